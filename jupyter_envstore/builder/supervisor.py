"""One order to its end. Knows neither the store nor the server: it may run on another machine."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass, replace
from pathlib import Path

from ..domain.events import Finished, Refused, WorkerEvent
from ..domain.order import WorkOrder
from ..engine.disk import disk_failure
from ..engine.protocol import CANCEL_FILE, EVENTS_FILE, LEASE_FILE, read_events, write_order
from ..store.leases import Lease, LeaseWatch
from .memory import MemoryGroup, count_kills, within_group
from .process import Usage, WorkerProcess
from .verdict import Evidence, broken_limit, cause_of_death, with_kills

_LOOK = 0.1
"""Seconds between two looks at the cancel marker."""
_MEASURE = 0.5
"""Seconds between two looks at memory and activity."""
_CONFIRM = 1.0
"""Seconds between two signs of life, and two looks for that of the server."""


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended: with a whole prefix, for a reason, because it was stopped, or unknown.

    Exactly one of `finished` and `refused` is set, or `stopped` says who asked, ``cancel`` (a
    user) or ``shutdown`` (the server), or `lost` is a sentence that says who is gone without a
    word: that says nothing of the build.
    """

    finished: Finished | None = None
    refused: Refused | None = None
    stopped: str | None = None
    lost: str | None = None
    counted: bool = True
    """Whether an attempt that was lost was a try; False if it was never begun."""
    told: bool = False
    """The build's process itself gave the reason, and has written it to the log."""
    peak_memory: int = 0
    """Bytes that the process and its descendants had resident at most, as far as was seen."""


def supervise(order: WorkOrder) -> Outcome:
    """Run the order's process to its end and say how it ended. Never raises.

    An attempt is supervised once, whoever may ask for it again: what runs functions elsewhere
    repeats those whose machine it has lost.
    """
    lease = Lease(Path(order.directory) / LEASE_FILE)
    try:
        lease.take()
        return _Supervision(order, lease).run()
    except FileExistsError:
        return Outcome(lost="The process that supervised the build is gone.")
    except Exception as error:  # noqa: BLE001 -- whatever it is, the build has to end
        return Outcome(refused=_not_supervised(order, error))
    finally:
        lease.retire()


def _not_supervised(order: WorkOrder, error: Exception) -> Refused:
    if not Path(order.directory).is_dir():
        return Refused(
            "disk",
            f"The directory of the attempt, {order.directory}, is not there on "
            f"{socket.gethostname()}.",
            "With c.EnvStore.executor = 'dask', the store has to be mounted at the same path on "
            "every worker, and writable there.",
        )
    return disk_failure(error, order.directory) or Refused(
        "internal",
        f"The build's process could not be supervised: {error}",
        "Look at the Jupyter server's log; rebuild when the cause is gone.",
    )


class _Supervision:
    def __init__(self, order: WorkOrder, lease: Lease) -> None:
        self._group = MemoryGroup()
        self._order = within_group(order, self._group)
        if self._order is not order:
            write_order(self._order)  # The process is to know what this machine leaves it.
        self._lease = lease
        self._servers = LeaseWatch()
        self._marker = Path(order.directory) / CANCEL_FILE
        self._began = self._active = self._confirmed = time.monotonic()
        self._peak = 0
        self._kills = count_kills()

    def run(self) -> Outcome:
        with WorkerProcess(self._order) as process:
            outcome = self._watch(process)
        self._peak = max(self._peak, process.peak_memory)
        return replace(outcome, peak_memory=self._peak)

    def _watch(self, process: WorkerProcess) -> Outcome:
        usage, measure_at = process.usage(), time.monotonic() + _MEASURE
        while (status := process.wait(_LOOK)) is None:
            if self._marker.exists():
                process.stop()
                return self._stopped()
            if not self._is_wanted():
                process.stop()
                return Outcome(lost="The server that ran this build is gone.")
            if time.monotonic() < measure_at:
                continue
            measure_at = time.monotonic() + _MEASURE
            before, usage = usage, process.usage()
            if problem := self._problem(usage, before):
                process.stop()
                return self._finished() or Outcome(refused=problem)
        self._peak = max(self._peak, process.peak_memory)
        return self._verdict(status)

    def _is_wanted(self) -> bool:
        """Give a sign of life, and look whether the server gives one and knows the attempt."""
        now = time.monotonic()
        if now - self._confirmed < _CONFIRM:
            return True
        self._confirmed = now
        try:
            self._lease.renew()
            server = self._order.server_lease
            return not server or self._servers.is_held(Path(server))
        except FileNotFoundError:
            return False  # The attempt was taken from us, and its directory thrown away.
        except OSError:
            return True  # The disk is full, or the store is away for a moment.

    def _stopped(self) -> Outcome:
        reason = self._marker.read_text(encoding="utf-8").strip() or "cancel"
        if reason == "lost":
            return self._finished() or Outcome(lost="The supervisor of the build was out of sight.")
        return self._finished() or Outcome(stopped=reason)

    def _finished(self) -> Outcome | None:
        """A verdict that was there before the process could be stopped is the truth."""
        verdict = self._last_event()
        return Outcome(finished=verdict) if isinstance(verdict, Finished) else None

    def _problem(self, usage: Usage, before: Usage) -> Refused | None:
        now = time.monotonic()
        self._peak = max(self._peak, usage.memory)
        if usage.moved_since(before):
            self._active = now
        return broken_limit(
            self._order, usage.memory, elapsed=now - self._began, idle=now - self._active
        )

    def _verdict(self, status: int) -> Outcome:
        verdict = self._last_event()
        if isinstance(verdict, Finished):
            return Outcome(finished=verdict)
        if isinstance(verdict, Refused):
            kills = count_kills().since(self._kills)
            return Outcome(refused=with_kills(verdict, kills), told=True)
        if self._marker.exists():
            return self._stopped()
        seen = Evidence(status, self._peak, count_kills().since(self._kills), self._group.limit())
        return Outcome(refused=cause_of_death(self._order, seen))

    def _last_event(self) -> WorkerEvent | None:
        events, _ = read_events(Path(self._order.directory) / EVENTS_FILE)
        return events[-1] if events else None
