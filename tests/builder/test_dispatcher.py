"""The dispatcher with real processes: queue, limits, cancels, shutdown, and what is recorded."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path

import pytest

from jupyter_envstore.builder import dispatcher as dispatcher_module
from jupyter_envstore.builder.attempts import Attempts
from jupyter_envstore.domain.build import BuildStatus
from jupyter_envstore.integration.links import read_link
from jupyter_envstore.store.builds import Builds
from jupyter_envstore.store.packages import Packages

from .invariants import ON_REQUEST, workers_of
from .waiting import wait_for

QUEUED, BUILDING = BuildStatus.QUEUED, BuildStatus.BUILDING
COMPLETED, FAILED, CANCELED = BuildStatus.COMPLETED, BuildStatus.FAILED, BuildStatus.CANCELED


def statuses(bench, build_ids):
    return [bench.build(build_id).status for build_id in build_ids]


def test_a_build_becomes_current_with_link_kernels_and_record(bench):
    build_id = bench.completed()
    build = bench.build(build_id)
    assert (build.size, build.size_own) == (1000, 10)
    assert build.scheduled_on <= build.started_on <= build.ended_on
    assert read_link(bench.link()) == build.prefix
    view = bench.environment()
    assert view.published.build.id == build_id
    assert [kernel.build_id for kernel in view.kernels] == [build_id]
    kinds = {artifact.type for artifact in bench.builds.get(build_id).artifacts}
    assert kinds == {"LOGS", "LOCKFILE", "DIRECTORY", *ON_REQUEST}


def test_no_more_builds_run_than_may_and_the_oldest_go_first(open_bench):
    bench = open_bench(max_concurrent_builds=2)
    ids = [bench.submit("gated", f"env{n}") for n in range(5)]
    for first in (0, 1, 2, 3):
        running = ids[first : first + 2]
        for build_id in running:
            bench.wait_until_running(build_id)
        after = ids[first + 2 :]
        assert statuses(bench, after) == [QUEUED] * len(after)
        assert len(workers_of(bench.directory)) == 2
        bench.open_gate(ids[first])
        bench.wait_for_status(ids[first], COMPLETED)
    bench.open_gate(ids[-1])
    wait_for(lambda: bench.store.activity() is None)
    assert statuses(bench, ids) == [COMPLETED] * 5


def test_neither_the_start_nor_the_end_of_a_build_waits_for_a_look(bench, monkeypatch):
    monkeypatch.setattr(dispatcher_module, "_LOOK_AGAIN", 60.0)
    wait_for(lambda: bench.completed())  # The loop now waits with the long interval.
    delays = []
    for n in range(3):
        build = bench.build(bench.completed(name=f"env{n}"))
        delays.append((build.started_on - build.asked_on).total_seconds())
    assert min(delays) < 0.1


def test_a_queued_build_that_is_canceled_never_runs(open_bench):
    bench = open_bench(max_concurrent_builds=1)
    first, second = bench.submit("gated"), bench.submit("gated")
    bench.wait_until_running(first)
    assert bench.builds.cancel(second) == f"build {second} canceled"
    assert bench.build(second).status is CANCELED
    bench.open_gate(first)
    bench.wait_for_status(first, COMPLETED)
    assert [row["build_id"] for row in bench.rows("SELECT * FROM attempt")] == [first]


@pytest.mark.parametrize("behaviour", ["sleep", "ignore-termination", "stop-itself"])
def test_a_running_build_that_is_canceled_ends_soon_and_leaves_nothing(bench, behaviour):
    build_id = bench.submit(behaviour)
    attempt = bench.wait_until_running(build_id)
    asked = time.monotonic()
    assert bench.builds.cancel(build_id) == f"build {build_id} canceled"
    build = bench.wait_for_end(build_id)
    assert time.monotonic() - asked < 2
    info = f"build {build_id} marked as CANCELED due to being canceled from the REST API"
    assert (build.status, build.status_info) == (CANCELED, info)
    assert info in bench.log(build_id)
    wait_for(lambda: not attempt.exists())
    assert bench.builds.cancel(build_id) == f"build {build_id} canceled"


def test_a_cancel_that_comes_too_late_says_so_and_leaves_the_build_whole(bench):
    build_id = bench.submit("finish-and-linger")
    attempt = bench.wait_until_running(build_id)
    wait_for(lambda: "finished" in (attempt / "events.jsonl").read_text())
    bench.builds.cancel(build_id)
    build = bench.wait_for_end(build_id)
    assert build.status is COMPLETED
    assert not build.cancel_requested
    late = f"build {build_id} was not canceled: it had ended already, COMPLETED"
    assert bench.builds.cancel(build_id) == late


def test_a_cancel_between_claim_and_start_is_not_lost(open_bench, monkeypatch):
    bench = open_bench(start=False)
    build_id = bench.submit("sleep")
    begin = Attempts.begin

    def cancel_first(self, build, *rest):
        bench.builds.cancel(build.id)  # No directory takes the marker yet.
        return begin(self, build, *rest)

    monkeypatch.setattr(Attempts, "begin", cancel_first)
    bench.store.start()
    assert bench.wait_for_end(build_id).status is CANCELED


def test_a_refused_build_says_why_everywhere_and_leaves_no_prefix(bench):
    build_id = bench.submit("refuse")
    build = bench.wait_for_end(build_id)
    assert build.status is FAILED
    assert build.status_info == "It cannot be.\nA needs B.\nAsk for less."
    failure = bench.builds.get(build_id).failure
    assert (failure.kind, failure.explanation) == ("unsatisfiable", "A needs B.")
    assert not Path(build.prefix).exists()
    assert bench.current() is None


def test_the_log_tells_what_the_process_could_not_say_any_more(bench):
    build_id = bench.submit("be-killed")
    build = bench.wait_for_end(build_id)
    assert build.status is FAILED
    assert "killed from outside (signal 9)" in build.status_info
    assert build.status_info in bench.log(build_id)


def test_a_prefix_without_a_verdict_is_removed(bench):
    build_id = bench.submit("end-without-verdict")
    build = bench.wait_for_end(build_id)
    assert build.status is FAILED
    wait_for(lambda: not Path(build.prefix).exists())


def test_an_older_build_that_finishes_last_is_not_published(bench):
    older, younger = bench.submit("gated"), bench.submit("gated")
    for build_id in (younger, older):
        bench.open_gate(build_id)
        bench.wait_until_recorded(build_id)
        assert bench.current() == younger
        assert read_link(bench.link()) == bench.build(younger).prefix


def test_a_younger_build_that_failed_holds_nothing_back(bench):
    older = bench.submit("gated")
    assert bench.wait_for_end(bench.submit("refuse")).status is FAILED
    bench.open_gate(older)
    bench.wait_for_status(older, COMPLETED)
    assert bench.current() == older


def test_what_was_asked_for_before_a_switch_is_not_published_after_it(bench):
    first, second = bench.completed(), bench.completed()
    third = bench.submit("gated")
    bench.environments.switch("ns", "env", first)
    bench.open_gate(third)
    bench.wait_until_recorded(third)
    assert bench.current() == first
    assert read_link(bench.link()) == bench.build(first).prefix
    assert {kernel.build_id for kernel in bench.environment().kernels} == {first}
    assert bench.completed() == bench.current() != second


@pytest.mark.parametrize("behaviour", ["sleep", "ignore-termination", "have-a-family"])
def test_stopping_gives_running_builds_back_uncounted(open_bench, behaviour):
    bench = open_bench(max_concurrent_builds=3, max_attempts=1)
    ids = [bench.submit(behaviour, f"env{n}") for n in range(3)]
    before = {}
    for build_id in ids:
        bench.wait_until_running(build_id)
        before[build_id] = bench.build(build_id)
    began = time.monotonic()
    bench.stop()
    assert time.monotonic() - began < 5
    assert not workers_of(bench.directory)
    again = open_bench(start=False)
    for build_id in ids:
        build = again.build(build_id)
        assert build.status is QUEUED
        assert build.attempts - build.releases == 0
        # A whole second later, hence another key and path.
        assert build.scheduled_on.replace(microsecond=0) > before[build_id].scheduled_on.replace(
            microsecond=0
        )
        assert build.prefix != before[build_id].prefix
        assert "The server was stopped; the build is queued again." in again.log(build_id)


def test_a_build_that_was_given_back_is_finished_by_the_next_server(open_bench):
    bench = open_bench()
    build_id = bench.submit("gated")
    bench.wait_until_running(build_id)
    bench.stop()
    bench.open_gate(build_id)
    again = open_bench()
    build = again.wait_for_status(build_id, COMPLETED)
    assert (build.attempts, build.releases) == (2, 1)
    events, _ = again.store.services.logs.events_since(build_id, 0)
    assert [event["type"] for event in events].count("started") == 2


def test_a_canceled_build_stays_canceled_when_the_server_stops_meanwhile(open_bench):
    bench = open_bench()
    build_id = bench.submit("ignore-termination")
    bench.wait_until_running(build_id)
    bench.builds.cancel(build_id)
    bench.stop()
    assert open_bench(start=False).build(build_id).status is CANCELED


# -- recording that fails -------------------------------------------------------------------------


def test_an_end_that_cannot_be_recorded_at_first_is_recorded_later(bench, monkeypatch):
    record, failures = Packages.record, []

    def fail_twice(self, *arguments):
        if len(failures) < 2:
            failures.append(1)
            raise sqlite3.OperationalError("database or disk is full")
        record(self, *arguments)

    monkeypatch.setattr(dispatcher_module, "_LOOK_AGAIN", 0.02)
    monkeypatch.setattr(Packages, "record", fail_twice)
    build_id = bench.completed()
    assert len(failures) == 2
    assert bench.current() == build_id


def test_an_end_that_can_never_be_recorded_makes_the_build_fail(bench, monkeypatch):
    def fail(self, *arguments):
        raise sqlite3.OperationalError("no such table")

    monkeypatch.setattr(dispatcher_module, "_LOOK_AGAIN", 0.02)
    monkeypatch.setattr(Packages, "record", fail)
    build = bench.wait_for_end(bench.submit())
    assert build.status is FAILED
    assert build.status_info.startswith(
        "The end of the build could not be recorded: no such table\n"
    )


def test_what_a_failed_build_left_makes_room_for_recording_its_end(bench, monkeypatch):
    set_failure = Builds.set_failure

    def fail_while_the_disk_is_full(self, build_id, failure):
        left = [*(bench.internal / "work").iterdir(), *(bench.internal / "trash").iterdir()]
        if left or Path(bench.build(build_id).prefix).exists():
            raise sqlite3.OperationalError("database or disk is full")
        set_failure(self, build_id, failure)

    monkeypatch.setattr(dispatcher_module, "_LOOK_AGAIN", 0.02)
    monkeypatch.setattr(Builds, "set_failure", fail_while_the_disk_is_full)
    build_id = bench.submit("end-without-verdict")
    assert bench.wait_for_end(build_id).status is FAILED
    assert "ended with status 3" in bench.builds.get(build_id).failure.message


def test_a_build_that_cannot_begin_fails_with_the_reason(open_bench):
    bench = open_bench(start=False)
    build_id = bench.submit()
    (bench.internal / "work" / f"{build_id}.1").symlink_to("nowhere")
    bench.store.dispatcher.start()  # Alone: housekeeping would take this for litter, rightly.
    build = bench.wait_for_end(build_id)
    assert build.status is FAILED
    assert build.status_info.startswith("The build could not begin: File exists")


def test_a_specification_that_cannot_be_read_makes_only_its_build_fail(bench):
    first = bench.submit("gated")
    second = bench.submit("gated", "broken")
    bench.wait_until_running(first)
    bench.builds.cancel(second)
    bench.wait_for_end(second)
    with bench.database() as db:
        db.execute("UPDATE specification SET model = '{' WHERE name = 'broken'")
        db.execute(
            "UPDATE build SET status = 'QUEUED', ended_on = NULL, status_info = NULL,"
            " cancel_requested = 0 WHERE id = ?",
            [second],
        )
        db.execute("UPDATE attempt SET outcome = 'QUEUED' WHERE build_id = ?", [second])
    bench.open_gate(first)
    assert bench.wait_for_end(first).status is COMPLETED
    wait_for(lambda: bench.rows("SELECT 1 FROM build WHERE id = ? AND ended_on", second))
    row = bench.rows("SELECT status, failure FROM build WHERE id = ?", second)[0]
    assert row["status"] == "FAILED"
    assert json.loads(row["failure"])["kind"] == "internal"
