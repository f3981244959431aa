"""Events are values: what one process writes as a line, another reads as the same value."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_envstore.domain.events import (
    WORKER_EVENTS,
    Finished,
    PhaseEntered,
    Progress,
    Refused,
    Repeated,
    Solved,
    Started,
    Warned,
)
from jupyter_envstore.engine.protocol import decode, encode

seconds = st.floats(0, 2e9)
events = st.one_of(
    st.builds(Started, started=seconds),
    st.builds(PhaseEntered, seconds=seconds),
    st.from_type(Progress),
    st.from_type(Solved),
    st.from_type(Warned),
    st.builds(Repeated, delay=seconds),
    st.from_type(Refused),
    st.builds(Finished, seconds=st.dictionaries(st.text(), seconds)),
)


@given(events, seconds)
def test_a_line_says_all_of_an_event(event, at):
    line = encode(event, at)
    assert "\n" not in line
    assert decode(line) == event
    assert json.loads(line)["type"] == event.type


@given(events)
def test_a_newer_version_may_say_more(event):
    raw = {**json.loads(encode(event, 0.0)), "mood": "good"}
    assert decode(json.dumps(raw)) == event
    assert decode(json.dumps({**raw, "type": "something-new"})) is None


def test_types_are_told_apart():
    assert len({kind.type for kind in WORKER_EVENTS}) == len(WORKER_EVENTS)


@pytest.mark.parametrize(
    ("refused", "summary"),
    [
        (Refused("disk", "No space."), "No space."),
        (Refused("disk", "No space.", hint="Free some."), "No space.\nFree some."),
        (Refused("disk", "No.", "Do.", explanation="Because\nof it"), "No.\nBecause\nof it\nDo."),
    ],
)
def test_a_refusal_as_one_text(refused, summary):
    assert refused.summary == summary
