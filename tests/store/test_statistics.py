"""Numbers about the store: what is counted, and that the histogram never loses a build."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlite_utils

from jupyter_envstore.domain.build import BuildStatus
from jupyter_envstore.store.migrations import settings_and_durations
from jupyter_envstore.store.statistics import Statistics


@pytest.fixture
def statistics(database):
    return Statistics(database)


@pytest.fixture
def end(builds, clock):
    """Let the next build run for so long, and end in a status."""

    def end(status, seconds):
        build = builds.claim("server", clock())
        after = replace(
            build, status=status, owner=None, ended_on=build.started_on + timedelta(seconds=seconds)
        )
        return builds.save(build, after)

    return end


def filled(durations):
    return {limit: count for limit, count in durations.buckets if count}


def test_an_empty_store_has_all_numbers(statistics):
    counts = statistics.counts()
    assert (counts.namespaces, counts.environments, counts.oldest_queued) == (0, 0, None)
    assert counts.builds == dict.fromkeys(BuildStatus, 0)
    assert set(counts.durations) == {status for status in BuildStatus if status.ended}
    for durations in counts.durations.values():
        limits = [limit for limit, _ in durations.buckets]
        assert limits == sorted(limits)
        assert math.isinf(limits[-1])
        assert (filled(durations), durations.seconds) == ({}, 0)


def test_builds_are_counted_where_their_duration_belongs(statistics, submit, end):
    for status, seconds in (
        (BuildStatus.COMPLETED, 1.0),
        (BuildStatus.COMPLETED, 1.5),
        (BuildStatus.COMPLETED, 86400),
        (BuildStatus.FAILED, 59.5),
        (BuildStatus.CANCELED, -5),  # The clock was set back.
    ):
        submit()
        end(status, seconds)
    found = statistics.counts().durations
    completed = found[BuildStatus.COMPLETED]
    assert filled(completed) == {1.0: 1, 2.0: 1, math.inf: 1}
    assert completed.seconds == pytest.approx(86402.5, abs=0.01)
    assert filled(found[BuildStatus.FAILED]) == {60.0: 1}
    assert filled(found[BuildStatus.CANCELED]) == {1.0: 1}
    assert found[BuildStatus.CANCELED].seconds == 0


def test_a_build_that_never_ran_has_no_duration(statistics, submit, builds, clock):
    build = submit()
    builds.save(build, replace(build, status=BuildStatus.CANCELED, ended_on=clock()))
    counts = statistics.counts()
    assert counts.builds[BuildStatus.CANCELED] == 1
    assert filled(counts.durations[BuildStatus.CANCELED]) == {}


def test_deleted_builds_are_not_there_and_yet_have_taken_their_time(
    statistics, submit, end, builds, environments, clock
):
    submit("one")
    one = end(BuildStatus.COMPLETED, 3)
    submit("two")
    two = end(BuildStatus.COMPLETED, 4)
    builds.mark_deleted(one.id, clock())
    environments.mark_deleted(two.environment_id, clock())
    environments.remove(two.environment_id)
    counts = statistics.counts()
    assert counts.builds[BuildStatus.COMPLETED] == 0
    assert counts.environments == 1
    assert filled(counts.durations[BuildStatus.COMPLETED]) == {5.0: 2}


def test_the_one_that_waits_the_longest(statistics, submit):
    first = submit()
    submit()
    counts = statistics.counts()
    assert counts.builds[BuildStatus.QUEUED] == 2
    assert counts.oldest_queued == first.scheduled_on


def test_builds_from_before_are_counted_when_the_store_is_migrated(
    statistics, database, submit, end
):
    submit()
    end(BuildStatus.COMPLETED, 3)
    submit()
    end(BuildStatus.FAILED, 4000)
    before = statistics.counts().durations
    with database.write() as db:
        for table in ("build_duration", "setting", "setting_change"):
            db.execute(f"DROP TABLE {table}")
        for trigger in ("build_duration_counted", "setting_moves"):
            db.execute(f"DROP TRIGGER {trigger}")
        settings_and_durations.m0008_settings_and_durations(sqlite_utils.Database(db.conn))
    after = statistics.counts().durations
    assert filled(after[BuildStatus.COMPLETED]) == {5.0: 1}
    assert filled(after[BuildStatus.FAILED]) == {math.inf: 1}
    for status, durations in before.items():
        assert after[status].buckets == durations.buckets
        assert after[status].seconds == pytest.approx(durations.seconds, abs=0.01)
