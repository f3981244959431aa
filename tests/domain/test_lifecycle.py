"""The table of the lifecycle, pair by pair, and what holds for every history of a build."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_envstore.domain.build import BuildStatus
from jupyter_envstore.domain.build_key import build_key
from jupyter_envstore.domain.lifecycle import (
    CancelAsked,
    Claimed,
    Died,
    Discard,
    Finished,
    InvalidTransition,
    Orphaned,
    Publish,
    StopWorker,
    advance,
    next_schedule,
)

from .examples import LATER, NOON, build

QUEUED, BUILDING, COMPLETED, FAILED, CANCELED = BuildStatus

FACTS = {
    "claimed": Claimed("server-b", LATER),
    "cancel": CancelAsked(LATER),
    "finished": Finished(LATER, size=300, size_own=100),
    "died": Died(LATER, "Killed by signal 9."),
    "orphaned": Orphaned(LATER, max_attempts=3),
    "orphaned once too often": Orphaned(LATER, max_attempts=1),
    "given back": Orphaned(LATER, max_attempts=2, counted=False),
}

RUNNING = build(BUILDING)
FLAGGED = build(BUILDING, cancel_requested=True)

STOP, PUBLISH, DISCARD = (StopWorker(),), (Publish(),), (Discard(),)

# (from, fact) -> (status, flag, effects); every pair that is not here must raise.
LEGAL = {
    ("queued", "claimed"): (BUILDING, False, ()),
    ("queued", "cancel"): (CANCELED, False, ()),
    ("building", "cancel"): (BUILDING, True, STOP),
    ("building", "finished"): (COMPLETED, False, PUBLISH),
    ("building", "died"): (FAILED, False, DISCARD),
    ("building", "orphaned"): (QUEUED, False, DISCARD),
    ("building", "orphaned once too often"): (FAILED, False, DISCARD),
    ("building", "given back"): (QUEUED, False, DISCARD),
    ("flagged", "cancel"): (BUILDING, True, STOP),
    ("flagged", "finished"): (COMPLETED, False, PUBLISH),
    ("flagged", "died"): (CANCELED, True, DISCARD),
    ("flagged", "orphaned"): (CANCELED, True, DISCARD),
    ("flagged", "orphaned once too often"): (CANCELED, True, DISCARD),
    ("flagged", "given back"): (CANCELED, True, DISCARD),
    ("completed", "cancel"): (COMPLETED, False, ()),
    ("failed", "cancel"): (FAILED, False, ()),
    ("canceled", "cancel"): (CANCELED, False, ()),
}
STATES = {
    "queued": build(),
    "building": RUNNING,
    "flagged": FLAGGED,
    "completed": build(COMPLETED),
    "failed": build(FAILED),
    "canceled": build(CANCELED),
}


@pytest.mark.parametrize("fact", FACTS)
@pytest.mark.parametrize("state", STATES)
def test_table(state, fact):
    if (state, fact) not in LEGAL:
        with pytest.raises(InvalidTransition, match=f"build 7 is .*{type(FACTS[fact]).__name__}"):
            advance(STATES[state], FACTS[fact])
        return
    status, flag, effects = LEGAL[state, fact]
    decision = advance(STATES[state], FACTS[fact])
    assert decision.build.status is status
    assert decision.build.cancel_requested is flag
    assert decision.effects == effects


def test_claimed():
    after = advance(build(), Claimed("server-b", LATER)).build
    assert after == replace(
        build(), status=BUILDING, owner="server-b", started_on=LATER, attempts=1
    )


def test_finished_notes_sizes_and_end():
    after = advance(FLAGGED, Finished(LATER, size=300, size_own=100)).build
    assert (after.size, after.size_own) == (300, 100)
    assert after.ended_on == LATER
    assert after.owner is None
    assert after.status_info is None


def test_died_keeps_the_reason():
    assert advance(RUNNING, Died(LATER, "Out of memory.")).build.status_info == "Out of memory."


@pytest.mark.parametrize(
    ("before", "fact"),
    [(build(), CancelAsked(LATER)), (FLAGGED, Died(LATER, "Signal 15."))],
)
def test_canceled_in_conda_stores_words(before, fact):
    info = advance(before, fact).build.status_info
    assert info == "build 7 marked as CANCELED due to being canceled from the REST API"


def test_canceling_what_has_ended_changes_nothing():
    for status in (COMPLETED, FAILED, CANCELED):
        ended = build(status)
        assert advance(ended, CancelAsked(LATER)).build is ended


def test_orphaned_waits_for_a_new_attempt_under_a_new_key():
    after = advance(RUNNING, Orphaned(LATER, max_attempts=3)).build
    assert after == replace(RUNNING, status=QUEUED, owner=None, started_on=None, scheduled_on=LATER)
    assert after.asked_on == RUNNING.asked_on, "when it was asked for never changes"


def test_giving_up_says_how_often_and_what_to_do():
    third = build(BUILDING, attempts=5, releases=2)
    info = advance(third, Orphaned(LATER, max_attempts=3)).build.status_info
    assert "went away 3 times" in info
    assert "rebuild" in info


def test_a_clean_stop_of_the_server_is_no_try():
    after = build(BUILDING)
    for _ in range(10):
        after = advance(after, Orphaned(LATER, max_attempts=2, counted=False)).build
        assert after.status is QUEUED
        after = advance(after, Claimed("server-b", LATER)).build
    assert (after.attempts, after.releases) == (11, 10)
    after = advance(after, Orphaned(LATER, max_attempts=2)).build
    assert after.status is QUEUED, "the first try that counts"


moments = st.datetimes(NOON, NOON + timedelta(days=1))


@given(moments, moments)
def test_the_next_schedule_is_another_second(previous, now):
    again = next_schedule(previous, now)
    assert again >= now
    assert again.replace(microsecond=0) >= previous.replace(microsecond=0) + timedelta(seconds=1)


def test_a_clock_that_was_set_back_does_not_repeat_a_key():
    assert next_schedule(LATER, NOON) == LATER + timedelta(seconds=1)


# -- every history -----------------------------------------------------------------------------


@st.composite
def histories(draw):
    at = NOON
    facts = []
    for _ in range(draw(st.integers(1, 25))):
        at += timedelta(microseconds=draw(st.integers(0, 1_500_000)))
        facts.append(
            draw(
                st.one_of(
                    st.just(Claimed("server-a", at)),
                    st.just(CancelAsked(at)),
                    st.just(Finished(at)),
                    st.just(Died(at, "It died.")),
                    st.builds(Orphaned, st.just(at), st.just(3), st.booleans()),
                )
            )
        )
    return facts


def _key(of):
    return build_key(
        of.key_version,
        sha256=of.sha256,
        scheduled_on=of.scheduled_on,
        build_id=of.id,
        namespace=of.namespace,
        name=of.name,
    )


def _check_state(now):
    assert (now.owner is not None) is (now.status is BUILDING)
    assert (now.ended_on is not None) is now.status.ended
    assert 0 <= now.releases <= now.attempts
    assert now.attempts - now.releases <= 3, "never more tries than were allowed"
    assert not (now.cancel_requested and now.status in (QUEUED, COMPLETED, FAILED))


def _check_step(before, fact, after):
    assert not before.status.ended or after == before, "an end is final"
    assert after.attempts - before.attempts == isinstance(fact, Claimed)
    assert after.releases >= before.releases
    if before.cancel_requested and after.status is not COMPLETED:
        assert after.cancel_requested, "a wish to cancel is never lost"
        assert after.status in (BUILDING, CANCELED)
    if isinstance(fact, CancelAsked):
        assert after.cancel_requested or after.status.ended, "and never ignored"


@given(histories())
def test_whatever_happens(facts):
    now = build()
    keys = []
    for fact in facts:
        try:
            after = advance(now, fact).build
        except InvalidTransition:
            continue
        _check_state(after)
        _check_step(now, fact, after)
        if isinstance(fact, Claimed):
            keys.append(_key(after))
        now = after
    assert len(set(keys)) == len(keys), "every attempt has a key of its own"
