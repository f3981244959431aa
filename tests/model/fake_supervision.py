"""Supervisors and builds' processes that do nothing until they are told how to end."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from jupyter_envstore.builder.executors import BuildExecutor, SupervisorLost
from jupyter_envstore.builder.supervisor import Outcome
from jupyter_envstore.domain.events import Finished, Refused
from jupyter_envstore.domain.order import WorkOrder
from jupyter_envstore.engine.protocol import (
    CANCEL_FILE,
    EVENTS_FILE,
    LEASE_FILE,
    LOCK_FILE,
    EventWriter,
    read_events,
)
from jupyter_envstore.store.leases import Lease
from tests.builder.fake_worker import FakeWorker


class Attempt:
    """One attempt at work: its supervisor holds the lease, its process the lock and the log."""

    def __init__(self, order: WorkOrder, future: Future[Outcome]) -> None:
        self.order = order
        self._future = future
        self._lease = Lease(self._directory / LEASE_FILE)
        self._lease.take()
        self._lock = os.open(self._directory / LOCK_FILE, os.O_RDWR | os.O_CREAT)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        Path(order.log).touch()

    @property
    def _directory(self) -> Path:
        return Path(self.order.directory)

    @property
    def told_to_stop(self) -> str:
        marker = self._directory / CANCEL_FILE
        return marker.read_text() if marker.exists() else ""

    def finish(self) -> None:
        """Make the prefix as a real process does, and say so."""
        events = os.open(self._directory / EVENTS_FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        FakeWorker(self.order, EventWriter(events)).finish()
        os.close(events)
        said, _ = read_events(self._directory / EVENTS_FILE)
        assert isinstance(said[-1], Finished)
        self._end(Outcome(finished=said[-1]))

    def be_killed(self) -> None:
        self._end(Outcome(refused=Refused("memory", "It was killed.")))

    def heed(self) -> None:
        """Stop, as the marker says."""
        self._end(Outcome(stopped=self.told_to_stop))

    def lose_supervisor(self) -> None:
        self._release()
        self._future.set_exception(SupervisorLost("The supervisor is gone."))

    def outlive_its_server(self) -> None:
        """The process is slow to end: it holds its lock until `end_at_last`."""
        self._lease._close()

    def end_at_last(self) -> None:
        self._release()

    def _end(self, outcome: Outcome) -> None:
        self._release()
        self._future.set_result(outcome)

    def _release(self) -> None:
        self._lease._close()
        os.close(self._lock)


class FakeExecutor(BuildExecutor):
    """Keeps the attempts that were begun and have not ended."""

    def __init__(self) -> None:
        self.attempts: list[Attempt] = []

    def submit(self, function: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        future: Future[Outcome] = Future()
        future.set_running_or_notify_cancel()
        self.attempts.append(Attempt(args[0], future))
        return future
