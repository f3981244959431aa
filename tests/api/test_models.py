"""Lists as clients ask for them, and replies as they see them."""

from __future__ import annotations

from datetime import datetime

import pytest
from pydantic import ValidationError

from jupyter_envstore.api.build_replies import ProgressReply
from jupyter_envstore.api.events import event_data
from jupyter_envstore.api.models import CheckSpecification, PageQuery, SubmitSpecification
from jupyter_envstore.domain.build import BuildStatus, Phase
from jupyter_envstore.domain.events import Progress, StoreEvent
from jupyter_envstore.handlers.decoding import plain


@pytest.mark.parametrize(
    ("query", "unlimited", "page", "size"),
    [
        ({}, False, 1, 100),
        ({}, True, 1, None),
        ({"size": 1000}, False, 1, 100),
        ({"size": 1000}, True, 1, 100),
        ({"size": 7, "page": 3}, True, 3, 7),
        ({"page": 0}, False, 1, 100),
        ({"page": -5}, False, 1, 100),
    ],
)
def test_pages_are_counted_from_one_and_have_a_largest_size(query, unlimited, page, size):
    listing = PageQuery(**query).listing(100, unlimited=unlimited)
    assert (listing.page, listing.size) == (page, size)


@pytest.mark.parametrize(
    ("order", "descending"), [("asc", False), ("desc", True), ("DESC", False), ("x", False)]
)
def test_any_order_but_desc_is_ascending(order, descending):
    assert PageQuery(order=order).listing(10).descending is descending


def test_a_size_of_zero_is_refused():
    with pytest.raises(ValidationError):
        PageQuery(size=0)


def test_conda_stores_bodies_may_have_more_keys_and_ours_may_not():
    assert SubmitSpecification(specification="x", new=1).specification == "x"
    with pytest.raises(ValidationError):
        CheckSpecification(specification="x", new=1)


@pytest.mark.parametrize(
    ("progress", "done", "total", "unit"),
    [
        (Progress(Phase.DOWNLOADING, 1, 2, 10, 30), 10, 30, "bytes"),
        (Progress(Phase.DOWNLOADING, 1, 2, 0, 0), 1, 2, "packages"),
        (Progress(Phase.LINKING, 1, 2, 10, 30), 1, 2, "packages"),
        (Progress(Phase.SOLVING), 0, None, "packages"),
    ],
)
def test_progress_is_told_in_bytes_while_there_are_bytes_to_download(progress, done, total, unit):
    reply = ProgressReply.of(progress)
    assert (reply.done, reply.total, reply.unit) == (done, total, unit)


def test_the_event_of_progress_is_plain_data_with_its_phase():
    event = StoreEvent("progress", "2026-01-01T00:00:00", progress=Progress(Phase.LINKING, 1, 2))
    data = event_data(event)
    assert (data["phase"], data["progress"]["phase"], data["seq"]) == ("LINKING", "LINKING", None)
    assert type(data["phase"]) is str


def test_times_have_no_offset_and_fractions_only_if_there_are_any():
    assert plain(datetime(2026, 11, 20, 8, 45, 10, 838793)) == "2026-11-20T08:45:10.838793"  # noqa: DTZ001
    assert plain(datetime(2024, 1, 1)) == "2024-01-01T00:00:00"  # noqa: DTZ001
    assert plain(BuildStatus.QUEUED) == "QUEUED"
    with pytest.raises(TypeError):
        plain(object())
