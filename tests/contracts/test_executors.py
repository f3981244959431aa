"""What holds wherever builds are supervised: in threads, in processes, on a Dask cluster."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_envstore.builder import dispatcher as dispatcher_module
from jupyter_envstore.domain.build import BuildStatus
from jupyter_envstore.engine.protocol import LEASE_FILE, ORDER_FILE, read_order
from jupyter_envstore.integration.links import read_link
from tests.builder.invariants import check_invariants, workers_of
from tests.builder.waiting import wait_for

from .cluster import WORKERS
from .proxy import Proxy
from .store_process import store_process

QUEUED, BUILDING = BuildStatus.QUEUED, BuildStatus.BUILDING
COMPLETED, FAILED, CANCELED = BuildStatus.COMPLETED, BuildStatus.FAILED, BuildStatus.CANCELED

elsewhere = pytest.mark.parametrize("executor", ["process", "dask"], indirect=True)
on_dask = pytest.mark.parametrize("executor", ["dask"], indirect=True)


def supervisor_of(attempt: Path) -> psutil.Process:
    """Return the process that supervises the attempt in a directory."""
    text = (attempt / LEASE_FILE).read_text()
    return psutil.Process(json.loads(text.partition("\n")[2])["pid"])


def kill(process: psutil.Process) -> None:
    process.kill()
    wait_for(lambda: has_ended(process), "the process ends")


def has_ended(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def told(bench: Any, build_id: int) -> list[str]:
    events, _ = bench.store.services.logs.events_since(build_id, 0)
    return [event["type"] for event in events]


# -- good ends ------------------------------------------------------------------------------------


def test_a_build_tells_of_its_progress_and_becomes_current(open_):
    bench = open_()
    build_id = bench.submit("gated")
    bench.wait_until_running(build_id)
    wait_for(lambda: "progress" in told(bench, build_id), "progress is told")
    assert bench.build(build_id).status is BUILDING
    bench.open_gate(build_id)
    build = bench.wait_until_recorded(build_id)
    assert (build.status, build.attempts, build.size) == (COMPLETED, 1, 1000)
    assert read_link(bench.link()) == build.prefix


def test_a_real_build_is_made(open_, real_worker):
    real_worker.add("made", "1.2", {"share/made": "made\n"})
    bench = open_()
    text = f"name: env\nchannels: [{real_worker.url}]\ndependencies: [made]\n"
    build_id = bench.environments.submit(text, "ns", author=None, client=None).build_id
    build = bench.wait_until_recorded(build_id)
    assert build.status is COMPLETED, bench.log(build_id)
    assert Path(build.prefix, "share", "made").read_text() == "made\n"


def test_an_attempt_is_supervised_once(open_):
    """Dask repeats what ran on a worker that it has lost, whether that lives or not."""
    bench = open_()
    build_id = bench.submit("gated")
    attempt = bench.wait_until_running(build_id)
    again = dispatcher_module.supervise(read_order(attempt / ORDER_FILE))
    assert again.lost == "The process that supervised the build is gone."
    bench.open_gate(build_id)
    assert bench.wait_until_recorded(build_id).status is COMPLETED
    assert told(bench, build_id).count("started") == 1


# -- cancel and stop --------------------------------------------------------------------------


@pytest.mark.parametrize("behaviour", ["sleep", "ignore-termination"])
def test_a_cancel_takes_at_most_two_seconds(open_, behaviour):
    bench = open_()
    build_id = bench.submit(behaviour)
    attempt = bench.wait_until_running(build_id)
    asked = time.monotonic()
    bench.builds.cancel(build_id)
    assert bench.wait_for_end(build_id).status is CANCELED
    assert time.monotonic() - asked < 2
    wait_for(lambda: not attempt.exists())
    assert not workers_of(bench.directory)


@on_dask
def test_a_build_that_waits_for_a_worker_can_be_canceled(open_):
    bench = open_(max_concurrent_builds=WORKERS + 1)
    ids = [bench.submit("gated", f"env{n}") for n in range(WORKERS)]
    for build_id in ids:
        bench.wait_until_running(build_id)
    waiting = bench.submit("gated", "waiting")
    bench.wait_for_status(waiting, BUILDING)
    asked = time.monotonic()
    bench.builds.cancel(waiting)
    assert bench.wait_for_end(waiting).status is CANCELED
    assert time.monotonic() - asked < 2
    assert told(bench, waiting) == []
    bench.open_gate(*ids)
    assert [bench.wait_until_recorded(build_id).status for build_id in ids] == [COMPLETED] * 2


def test_a_stop_gives_builds_back_within_five_seconds(open_, executor):
    # On the cluster, one more than there are workers: it never began.
    bench = open_(max_concurrent_builds=WORKERS + 1, max_attempts=1)
    ids = [bench.submit("gated", f"env{n}") for n in range(WORKERS + 1)]
    for build_id in ids[:WORKERS]:
        bench.wait_until_running(build_id)
    bench.wait_for_status(ids[-1], BUILDING)
    asked = time.monotonic()
    bench.stop()
    assert time.monotonic() - asked < 5
    assert not workers_of(bench.directory)
    bench.open_gate(*ids)
    again = open_(max_concurrent_builds=WORKERS)
    for build_id in ids:
        build = again.wait_until_recorded(build_id)
        assert (build.status, build.attempts - build.releases) == (COMPLETED, 1)


# -- deaths ---------------------------------------------------------------------------------------


def test_the_death_of_the_process_is_final(open_):
    bench = open_()
    build_id = bench.submit("be-killed")
    build = bench.wait_until_recorded(build_id)
    assert (build.status, build.attempts) == (FAILED, 1)
    assert "signal 9" in build.status_info


@elsewhere
def test_a_build_whose_supervisor_dies_is_begun_again(open_):
    bench = open_()
    build_id = bench.submit("gated")
    attempt = bench.wait_until_running(build_id)
    (worker,) = workers_of(bench.directory)
    kill(supervisor_of(attempt))
    wait_for(lambda: bench.build(build_id).attempts == 2, "it is begun again", 60)
    assert has_ended(worker), "two attempts ran at once"
    second = bench.wait_until_running(build_id)
    assert second != attempt
    assert not attempt.exists()
    bench.open_gate(build_id)
    build = bench.wait_until_recorded(build_id)
    assert (build.status, build.attempts, build.releases) == (COMPLETED, 2, 0)
    assert "is gone. The build is queued again." in bench.log(build_id)


@elsewhere
def test_a_build_whose_supervisors_die_again_and_again_fails(open_):
    bench = open_(max_attempts=2)
    build_id = bench.submit("gated")
    first = bench.wait_until_running(build_id)
    kill(supervisor_of(first))
    wait_for(lambda: bench.build(build_id).attempts == 2, "it is begun again", 60)
    kill(supervisor_of(bench.wait_until_running(build_id)))
    build = bench.wait_for_end(build_id, 60)
    assert build.status is FAILED
    assert "went away 2 times" in build.status_info


@elsewhere
def test_what_the_process_had_finished_when_its_supervisor_died_is_kept(open_):
    bench = open_()
    build_id = bench.submit("finish-and-linger")
    attempt = bench.wait_until_running(build_id)
    wait_for(lambda: "finished" in (attempt / "events.jsonl").read_text())
    kill(supervisor_of(attempt))
    build = bench.wait_until_recorded(build_id)
    assert (build.status, build.attempts) == (COMPLETED, 1)


def test_a_killed_server_leaves_no_process_and_another_finishes_its_build(open_, executor):
    bench = open_()
    bench.stop()  # It has made the store.
    settings = {"store_directory": str(bench.directory), "storage_threshold": 0, **executor}
    looker = open_(start=False)
    build_id = looker.submit("gated")
    with store_process(**settings) as server:
        attempt = looker.wait_until_running(build_id)
        (worker,) = workers_of(bench.directory)
        supervisor = supervisor_of(attempt)
        server.kill()
        server.wait(30)
        wait_for(lambda: has_ended(worker), "the build's process ends", 10)
        if executor["executor"] == "process":
            wait_for(lambda: has_ended(supervisor), "its supervisor ends", 10)
    looker.open_gate(build_id)
    looker.store.start()
    build = looker.wait_until_recorded(build_id)
    assert (build.status, build.attempts) == (COMPLETED, 2)
    (first, second) = looker.rows("SELECT * FROM attempt ORDER BY number")
    assert first["ended_on"] <= second["started_on"]


def test_a_server_that_is_stopped_for_a_while_keeps_its_build(open_, executor):
    bench = open_(recovery_interval=0.1)
    settings = {"store_directory": str(bench.directory), "storage_threshold": 0, **executor}
    # Not stopped in a round of its own: it would keep the lock of that, as in test_recovery.
    settings["recovery_interval"] = 60.0
    with store_process(**settings, max_concurrent_builds=1) as server:
        bench.store.dispatcher._stopping.set()  # The other server claims.
        build_id = bench.submit("gated")
        bench.wait_until_running(build_id)
        before = bench.build(build_id)
        os.kill(server.pid, signal.SIGSTOP)
        for _ in range(3):
            bench.store._housekeeper._recovery.run()
        assert bench.build(build_id) == before
        assert workers_of(bench.directory)
        os.kill(server.pid, signal.SIGCONT)
        bench.open_gate(build_id)
        build = bench.wait_for_end(build_id)
        assert (build.status, build.attempts) == (COMPLETED, 1)
        server.stdin.close()
        server.wait(30)
    check_invariants(bench.directory)


# -- a scheduler that is away -------------------------------------------------------------------


@pytest.fixture
def proxy(executor):
    host, _, port = executor["dask_scheduler"].removeprefix("tcp://").partition(":")
    proxy = Proxy((host, int(port)))
    executor["dask_scheduler"] = f"tcp://127.0.0.1:{proxy.port}"
    yield proxy
    proxy.close()


@on_dask
def test_builds_wait_for_a_scheduler_that_is_away(open_, proxy, executor):
    bench = open_(max_attempts=1)
    build_id = bench.submit("gated")
    why = wait_for(
        lambda: "cannot be reached" in (why := bench.store.dispatcher.obstacle() or "") and why,
        "the scheduler is missed",
    )
    assert executor["dask_scheduler"] in why
    assert "c.EnvStore.dask_scheduler" in why
    assert bench.build(build_id).status is QUEUED
    proxy.open()
    bench.wait_until_running(build_id)
    assert bench.store.dispatcher.obstacle() is None
    proxy.close()
    # It may be claimed once more before the scheduler is missed.
    wait_for(lambda: bench.build(build_id).releases >= 1, "it is given back", 60)
    bench.wait_for_status(build_id, QUEUED)
    assert not workers_of(bench.directory)
    proxy.open()
    bench.open_gate(build_id)
    assert bench.wait_until_recorded(build_id).status is COMPLETED
