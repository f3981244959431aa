"""The rules of clean-up: what they never take, and what their numbers mean."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_envstore.domain.build import Build, BuildStatus
from jupyter_envstore.domain.disk_use import Links, Tree, occupied
from jupyter_envstore.domain.retention import Facts, Rules, plan, plan_within_quota

NOW = datetime.fromisoformat("2026-11-20T12:00:00")
COMPLETED, FAILED = BuildStatus.COMPLETED, BuildStatus.FAILED


def make(
    build_id: int,
    status=COMPLETED,
    days: float = 0,
    environment: int = 1,
    pinned=False,
    kernel=False,
    used: float | None = None,
):
    """A build that ended so many days ago, if it has ended, and was used so many days ago."""
    ended = NOW - timedelta(days=days)
    return Build(
        id=build_id,
        environment_id=environment,
        namespace="ns",
        name=f"env{environment}",
        specification_id=1,
        sha256="",
        status=status,
        key_version=2,
        asked_on=ended,
        scheduled_on=ended,
        ended_on=ended if status.ended else None,
        pinned=pinned,
        kernel_pinned=kernel,
        last_used_on=None if used is None else NOW - timedelta(days=used),
    )


def ids(choices) -> list[int]:
    return [choice.build.id for choice in choices]


# -- the meaning of the numbers ---------------------------------------------------------------


def test_without_rules_everything_stays():
    builds = [make(number, days=999) for number in range(1, 5)]
    builds += [make(number, FAILED, days=999) for number in range(5, 9)]
    assert plan(builds, Rules(), Facts(current={4}), NOW).going == ()


def test_the_newest_builds_of_each_environment_stay():
    builds = [make(number, environment=1 + number % 2) for number in range(1, 9)]
    result = plan(builds, Rules(keep_builds=2), Facts(current={7, 8}), NOW)
    assert ids(result.going) == [1, 2, 3, 4]
    assert {choice.reason for choice in result.going} == {
        "not among the 2 newest of its environment"
    }


def test_a_build_goes_only_when_no_rule_keeps_it():
    builds = [make(1, days=40), make(2, days=20), make(3, days=40), make(4)]
    facts = Facts(current={4})
    assert ids(plan(builds, Rules(keep_builds=2, keep_days=30), facts, NOW).going) == [1]
    assert ids(plan(builds, Rules(keep_builds=2), facts, NOW).going) == [1, 2]
    assert ids(plan(builds, Rules(keep_days=30), facts, NOW).going) == [1, 3]


@pytest.mark.parametrize(("days", "goes"), [(7, False), (7.001, True)])
def test_age_is_counted_from_the_end_to_the_second(days, goes):
    builds = [make(1, days=days), make(2)]
    result = plan(builds, Rules(keep_days=7), Facts(current={2}), NOW)
    assert (ids(result.going) == [1]) is goes


def test_what_was_used_lately_stays_however_old_it_is():
    builds = [make(1, days=90), make(2, days=90, used=8), make(3, days=90, used=6), make(4)]
    result = plan(builds, Rules(keep_days=7), Facts(current={4}), NOW)
    assert ids(result.going) == [1, 2]
    assert {choice.reason for choice in result.going} == {"neither made nor used for 7 days"}
    # By their number, builds go whether they are used or not.
    assert ids(plan(builds, Rules(keep_builds=1), Facts(current={4}), NOW).going) == [1, 2, 3]


def test_failed_builds_neither_count_among_the_newest_nor_go_with_them():
    builds = [make(1), make(2), make(3, FAILED, days=3), make(4, BuildStatus.CANCELED, days=3)]
    facts = Facts(current={2})
    assert ids(plan(builds, Rules(keep_builds=2), facts, NOW).going) == []
    result = plan(builds, Rules(keep_failed_days=1), facts, NOW)
    assert [(c.build.id, c.reason) for c in result.going] == [
        (3, "failed more than 1 day ago"),
        (4, "canceled more than 1 day ago"),
    ]


def test_the_only_trace_of_an_environment_stays():
    builds = [make(1, FAILED, days=9), make(2, FAILED, days=9)]
    result = plan(builds, Rules(keep_failed_days=1), Facts(), NOW)
    assert ids(result.going) == [1]
    assert [(c.build.id, c.reason) for c in result.kept] == [(2, "the newest build of ns/env1")]


def test_what_would_go_but_is_protected_is_named_with_the_reason():
    builds = [
        make(1),
        make(2, pinned=True),
        make(3),
        make(4),
        make(5),
        make(6, kernel=True),
        make(7),
    ]
    facts = Facts(current={1}, used={3: "a.ipynb"})
    result = plan(builds, Rules(keep_builds=1), facts, NOW)
    assert ids(result.going) == [4, 5]
    assert {c.build.id: c.reason for c in result.kept} == {
        1: "the current build of ns/env1",
        2: "pinned",
        3: "in use by a.ipynb",
        6: "its kernel is pinned",
    }


# -- quotas -----------------------------------------------------------------------------------


def test_the_oldest_go_until_the_namespace_is_within_its_quota():
    builds = [make(1), make(2, pinned=True), make(3), make(4)]
    file = {(0, 0): Links(100, 1, 4)}
    trees = {build.id: Tree(10, file) for build in builds}  # All share a file of 100 bytes.
    facts = Facts(current={4})
    assert plan_within_quota(builds, trees, 140, facts).going == ()
    result = plan_within_quota(builds, trees, 125, facts)
    assert (ids(result.going), ids(result.kept)) == ([1, 3], [2])
    assert "over its quota" in result.going[0].reason
    assert ids(plan_within_quota(builds, trees, 1, facts).kept) == [2, 4]
    assert plan_within_quota(builds, trees, 0, facts).going == ()


# -- properties -------------------------------------------------------------------------------

all_builds = st.lists(
    st.builds(
        make,
        st.integers(1, 10_000),
        st.sampled_from(BuildStatus),
        st.floats(0, 100),
        st.integers(1, 3),
        st.booleans(),
        st.booleans(),
    ),
    unique_by=lambda build: build.id,
    max_size=25,
)
rules = st.builds(Rules, st.integers(0, 5), st.floats(0, 120), st.floats(0, 120))


@st.composite
def facts_of(draw, builds):
    completed = [build.id for build in builds if build.status is COMPLETED]
    environments = {build.id: build.environment_id for build in builds}
    current = {
        environments[number]: number
        for number in draw(
            st.lists(st.sampled_from(completed), max_size=3) if completed else st.just([])
        )
    }
    used = draw(st.sets(st.sampled_from(completed), max_size=4) if completed else st.just(set()))
    return Facts(set(current.values()), dict.fromkeys(used, "a.ipynb"))


@st.composite
def stores(draw):
    builds = draw(all_builds)
    return builds, draw(facts_of(builds))


def is_free_to_go(build: Build, builds: list[Build], facts: Facts) -> bool:
    others = [b for b in builds if b.environment_id == build.environment_id and b is not build]
    return (
        build.status.ended
        and not build.pinned
        and not build.kernel_pinned
        and build.id not in facts.current
        and build.id not in facts.used
        and bool(others)
    )


@given(stores(), rules)
def test_nothing_protected_or_unfinished_ever_goes(store, rules):
    builds, facts = store
    result = plan(builds, rules, facts, NOW)
    assert all(is_free_to_go(choice.build, builds, facts) for choice in result.going)
    assert not set(ids(result.going)) & set(ids(result.kept))


@given(stores(), st.integers(0, 600))
def test_a_quota_takes_nothing_protected_or_unfinished_and_no_more_than_it_must(store, quota):
    builds, facts = store
    trees = {
        b.id: Tree(b.id % 50, {(0, b.id % 7): Links(100, 1, 99)})
        for b in builds
        if b.status is COMPLETED
    }
    result = plan_within_quota(builds, trees, quota, facts)
    assert all(is_free_to_go(choice.build, builds, facts) for choice in result.going)
    gone = ids(result.going)

    def rest(without: list[int]) -> int:
        return occupied(tree for number, tree in trees.items() if number not in without)

    if gone:
        assert quota
        assert rest(gone[:-1]) > quota, "the last one went without need"
    elif quota and rest([]) > quota:
        free = [b for b in builds if b.id in trees and is_free_to_go(b, builds, facts)]
        newest = {b.environment_id: max(b.id, 0) for b in sorted(builds, key=lambda b: b.id)}
        assert all(newest[b.environment_id] == b.id for b in free), "something could have gone"


@given(stores(), rules, rules)
def test_keeping_less_takes_no_less(store, one, other):
    builds, facts = store
    if not (one.keep_builds or one.keep_days):
        one = replace(one, keep_builds=1)  # Both 0 is another rule: everything is kept.
    more = Rules(
        one.keep_builds + other.keep_builds,
        one.keep_days + other.keep_days,
        one.keep_failed_days and one.keep_failed_days + other.keep_failed_days,
    )
    taken = set(ids(plan(builds, one, facts, NOW).going))
    assert set(ids(plan(builds, more, facts, NOW).going)) <= taken
    later = NOW + timedelta(days=other.keep_days)
    assert taken <= set(ids(plan(builds, one, facts, later).going))


@given(stores(), rules)
def test_a_second_clean_up_finds_nothing(store, rules):
    builds, facts = store
    first = plan(builds, rules, facts, NOW)
    rest = [build for build in builds if build.id not in ids(first.going)]
    second = plan(rest, rules, facts, NOW)
    assert second.going == ()
    assert ids(second.kept) == ids(first.kept)


@given(stores(), rules)
def test_every_environment_keeps_a_build(store, rules):
    builds, facts = store
    gone = ids(plan(builds, rules, facts, NOW).going)
    rest = {build.environment_id for build in builds if build.id not in gone}
    assert rest == {build.environment_id for build in builds}
