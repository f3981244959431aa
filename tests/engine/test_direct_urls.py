"""Match specs that are the URL of one archive."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from jupyter_envstore.domain.order import SOLVE
from jupyter_envstore.domain.solution import SOLUTION_FILE, solution_from_text
from jupyter_envstore.engine.match_specs import match_spec_problem

from .running import Workshop
from .tiny_channel import TinyChannel


@pytest.fixture
def elsewhere(tiny: TinyChannel) -> TinyChannel:
    """A channel that no order names; the tiny channel has what its package needs."""
    tiny.add("lib")
    channel = TinyChannel(tiny.directory.with_name("elsewhere"))
    channel.add("app", "2.0", depends=["lib"], subdir="noarch")
    return channel


@pytest.mark.parametrize("spelling", ["{}", "app[url={}]"])
def test_the_url_of_an_archive_is_built(
    elsewhere: TinyChannel, workshop: Workshop, spelling: str
) -> None:
    url = f"{elsewhere.url}/noarch/app-2.0-0.tar.bz2"
    archive = (elsewhere.directory / "noarch/app-2.0-0.tar.bz2").read_bytes()
    outcome = workshop.build(spelling.format(url))
    assert outcome.finished
    row = outcome.rows["app"]
    assert (row["channel"], row["url"], row["requested"]) == (elsewhere.url, url, True)
    assert row["sha256"] == hashlib.sha256(archive).hexdigest()
    assert row["md5"] == hashlib.md5(archive).hexdigest()
    assert row["size"] == len(archive)
    meta = json.loads((outcome.prefix / "conda-meta/app-2.0-0.json").read_text())
    assert meta["channel"] == elsewhere.url
    assert (
        f"+{elsewhere.url}/noarch::app-2.0-0" in (outcome.prefix / "conda-meta/history").read_text()
    )

    again = workshop.build_lock(outcome.lock)
    assert again.finished
    assert again.rows["app"]["channel"] == elsewhere.url


def test_the_url_of_an_archive_is_solved(elsewhere: TinyChannel, workshop: Workshop) -> None:
    url = f"{elsewhere.url}/noarch/app-2.0-0.tar.bz2"
    outcome = workshop.build(url, task=SOLVE)
    assert outcome.finished
    text = Path(outcome.order.directory, SOLUTION_FILE).read_text()
    channels = {row.name: row.channel for row in solution_from_text(text).packages}
    assert set(channels) == {"app", "lib"}
    assert channels["app"] == elsewhere.url


def test_a_url_that_is_in_no_channel_is_refused(workshop: Workshop, tiny: TinyChannel) -> None:
    tiny.add("lib")
    archive = tiny.directory / "linux-64/lib-1.0-0.tar.bz2"
    url = archive.rename(tiny.directory / archive.name).as_uri()
    assert f"{url} is not the URL of a package in a channel" in (match_spec_problem(url) or "")
    refused = workshop.build(url).refused
    assert refused.kind == "unsatisfiable"
    assert refused.problems[0].place == "dependencies[0]"
