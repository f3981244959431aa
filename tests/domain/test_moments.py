from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_envstore.domain.moments import (
    from_optional,
    from_text,
    to_optional,
    to_text,
    utc_now,
)

moments = st.datetimes(datetime.fromisoformat("1000-01-01T00:00:00"))


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [
        (838_793, "2024-01-01T00:00:00.838793"),
        (0, "2024-01-01T00:00:00"),
        (1, "2024-01-01T00:00:00.000001"),
    ],
)
def test_text_is_what_conda_stores_clients_expect(microseconds, text):
    new_year = datetime.fromisoformat("2024-01-01T00:00:00")
    assert to_text(new_year + timedelta(microseconds=microseconds)) == text


@given(moments)
def test_nothing_is_lost(moment):
    assert from_text(to_text(moment)) == moment
    assert from_optional(to_optional(moment)) == moment


def test_no_moment_stays_none():
    assert to_optional(None) is None
    assert from_optional(None) is None


@given(moments, moments)
def test_texts_sort_as_the_moments_do(one, other):
    """The store sorts and compares the text."""
    assert (to_text(one) < to_text(other)) is (one < other)


def test_now_is_naive_utc(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    now = utc_now()
    assert now.tzinfo is None
    epoch = datetime.fromisoformat("1970-01-01T00:00:00")
    assert abs(epoch + timedelta(seconds=time.time()) - now) < timedelta(minutes=1)
