"""`supervise` with processes that misbehave in every way that is known."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_envstore.builder import supervisor
from jupyter_envstore.builder.supervisor import Outcome, supervise
from jupyter_envstore.domain.events import Finished, Refused, Started
from jupyter_envstore.domain.order import WorkOrder
from jupyter_envstore.engine.protocol import CANCEL_FILE, EVENTS_FILE, read_events, write_order

from .fake_worker import FAMILY_FILE
from .waiting import wait_for

pytestmark = pytest.mark.usefixtures("fake_workers")


@pytest.fixture
def order(tmp_path):
    """Make an order for one of the methods of `FakeWorker`."""

    def make(behaviour: str, **values: Any) -> WorkOrder:
        directory = tmp_path / "work" / "1.1"
        directory.mkdir(parents=True)
        order = WorkOrder(
            build_id=1,
            attempt=1,
            store_id="s",
            namespace="ns",
            name="env",
            directory=str(directory),
            prefix=str(tmp_path / "prefix"),
            log=str(tmp_path / "log"),
            lock_artifact=str(tmp_path / "artifacts" / "conda-lock.yml"),
            engine="fake",
            channels=(),
            subdir="linux-64",
            match_specs=(behaviour,),
            **values,
        )
        write_order(order)
        return order

    return make


class Supervised:
    """`supervise` in a thread, as the dispatcher runs it."""

    def __init__(self, order: WorkOrder) -> None:
        self.order = order
        self._pool = ThreadPoolExecutor(1)
        self._future: Future[Outcome] = self._pool.submit(supervise, order)

    def stop(self, reason: str = "cancel") -> None:
        Path(self.order.directory, CANCEL_FILE).write_text(reason)

    def outcome(self) -> Outcome:
        return self._future.result(20)

    def wait_until_started(self) -> None:
        wait_for(self._said_started, "the process begins")

    def end(self) -> None:
        self.stop()
        self._pool.shutdown()

    def family(self) -> list[int]:
        return family_of(self.order)

    def _said_started(self) -> bool:
        return any(isinstance(event, Started) for event in said(self.order))


@pytest.fixture
def start():
    running = []

    def start(order: WorkOrder) -> Supervised:
        running.append(Supervised(order))
        running[-1].wait_until_started()
        return running[-1]

    yield start
    for each in running:
        each.end()


def said(order: WorkOrder):
    return read_events(Path(order.directory, EVENTS_FILE))[0]


def family_of(order: WorkOrder) -> list[int]:
    """Return the ids of all processes of the attempt that have told theirs."""
    started = [event.pid for event in said(order) if isinstance(event, Started)]
    file = Path(order.directory, FAMILY_FILE)
    return started + [int(line) for line in file.read_text().split()] if file.exists() else started


def assert_gone(pids: list[int]) -> None:
    assert pids
    assert not [
        pid
        for pid in pids
        if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    ]


def test_a_verdict_is_passed_on(order):
    outcome = supervise(order("finish"))
    assert outcome.finished == Finished(1000, 10, "packages.json")
    assert (outcome.refused, outcome.stopped) == (None, None)


def test_a_refusal_of_the_process_is_passed_on_and_known_to_be_in_the_log(order):
    refused = order("refuse")
    outcome = supervise(refused)
    assert outcome.refused == Refused(
        "unsatisfiable", "It cannot be.", "Ask for less.", "A needs B."
    )
    assert outcome.told
    assert Path(refused.log).read_text() == "a line of the log\n"


def test_a_crash_after_the_verdict_changes_nothing(order):
    assert supervise(order("finish-and-crash")).finished is not None


@pytest.mark.parametrize(
    ("behaviour", "kind", "message"),
    [
        (
            "end-without-verdict",
            "internal",
            "The build's process ended with status 3 without a verdict.",
        ),
        (
            "tear-the-last-line",
            "internal",
            "The build's process ended with status 0 without a verdict.",
        ),
        ("abort", "memory", "The build's process aborted, most likely because it could get no"),
        ("be-killed", "killed", "The build's process was killed from outside (signal 9)"),
        ("be-terminated", "killed", "The build's process was ended from outside, by signal 15"),
        ("crash", "internal", "The build's process ended by signal 11 (SIGSEGV) without a verdict"),
    ],
)
def test_a_death_without_a_verdict_is_explained(order, behaviour, kind, message):
    outcome = supervise(order(behaviour))
    assert outcome.refused.kind == kind
    assert outcome.refused.message.startswith(message)
    assert outcome.refused.hint
    assert not outcome.told


def test_a_process_that_cannot_be_started_is_a_refusal_too(order):
    doomed = order("finish")
    Path(doomed.directory, "order.json").unlink()
    Path(doomed.directory).rmdir()
    outcome = supervise(doomed)
    assert outcome.refused.message.startswith("The directory of the attempt, ")


@pytest.mark.parametrize(
    ("behaviour", "relatives"),
    [
        ("sleep", 0),
        ("ignore-termination", 0),
        ("stop-itself", 0),
        ("close-its-input", 0),
        ("work-for-ever", 0),
        ("have-a-family", 4),
        ("have-a-daemon-that-knows-nothing", 1),
        ("multiply", 3),
    ],
)
@pytest.mark.parametrize("reason", ["cancel", "shutdown"])
def test_a_stopped_process_ends_within_two_seconds_with_all_it_started(
    order, start, behaviour, relatives, reason
):
    running = start(order(behaviour))
    wait_for(lambda: len(running.family()) > relatives)
    asked = time.monotonic()
    running.stop(reason)
    outcome = running.outcome()
    # The bound that users are promised. At most 0.1 s to see the marker, and 0.5 s between
    # asking and forcing.
    assert time.monotonic() - asked < 2
    assert outcome == Outcome(stopped=reason, peak_memory=outcome.peak_memory)
    family = running.family()
    assert_gone(family)
    # Nor does anything go on that was not seen.
    time.sleep(0.05)
    assert running.family() == family


def test_a_stop_that_comes_after_the_verdict_comes_too_late(order, start):
    running = start(order("finish-and-linger"))
    wait_for(lambda: any(isinstance(event, Finished) for event in said(running.order)))
    running.stop()
    outcome = running.outcome()
    assert outcome.finished is not None
    assert outcome.stopped is None


@pytest.mark.parametrize("behaviour", ["finish-and-leave-programs", "be-killed-with-a-family"])
def test_programs_that_outlive_the_process_are_ended(order, behaviour):
    ended = order(behaviour)
    outcome = supervise(ended)
    assert (outcome.finished is not None) == (behaviour == "finish-and-leave-programs")
    assert len(family_of(ended)) > 1
    assert_gone(family_of(ended))


def test_too_much_memory_is_refused_with_the_trait_to_raise(order):
    outcome = supervise(order("take-memory", memory_limit=200 << 20))
    assert outcome.refused.kind == "memory"
    assert "its limit is 200 MiB" in outcome.refused.message
    assert "c.EnvStore.memory_limit" in outcome.refused.hint
    assert outcome.peak_memory > 200 << 20


def test_a_process_that_does_nothing_is_ended(order):
    stopped = order("stop-itself", stall_timeout=1)
    outcome = supervise(stopped)
    assert outcome.refused.message == "The build did nothing for 1 seconds."
    assert "c.EnvStore.stall_timeout" in outcome.refused.hint
    assert_gone(family_of(stopped))


def test_a_process_that_works_is_never_stalled_but_has_a_limit_of_time(order):
    outcome = supervise(order("work-for-ever", stall_timeout=1, build_timeout=2.5))
    assert outcome.refused.message == "The build took longer than 2 seconds."
    assert "c.EnvStore.build_timeout" in outcome.refused.hint


def test_nothing_is_left_open(order):
    def descriptors() -> set[str]:
        # That of the listing itself is closed by now.
        return {f"{entry.name}:{os.path.realpath(entry)}" for entry in own.iterdir()}

    own = Path("/proc/self/fd")
    first = order("finish")
    before, threads = descriptors(), threading.active_count()
    supervise(first)
    assert descriptors() == before
    assert threading.active_count() == threads


def test_the_end_of_a_process_is_noticed_at_once(order, monkeypatch):
    """Not at the next look: a long interval must not delay the verdict."""
    monkeypatch.setattr(supervisor, "_LOOK", 30.0)
    began = time.monotonic()
    assert supervise(order("finish")).finished is not None
    assert time.monotonic() - began < 10
