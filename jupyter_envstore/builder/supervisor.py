"""One order to its end. Knows neither the store nor the server: it may run on another machine."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

from ..domain.events import Finished, Refused, WorkerEvent
from ..domain.order import WorkOrder
from ..engine.protocol import CANCEL_FILE, EVENTS_FILE, read_events, write_order
from .memory import MemoryGroup, count_kills, within_group
from .process import Usage, WorkerProcess
from .verdict import Evidence, broken_limit, cause_of_death

_LOOK = 0.1
"""Seconds between two looks at the cancel marker."""
_MEASURE = 0.5
"""Seconds between two looks at memory and activity."""


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended: with a whole prefix, for a reason, or because it was stopped.

    Exactly one of `finished` and `refused` is set, or `stopped` says who asked: ``cancel`` (a
    user) or ``shutdown`` (the server).
    """

    finished: Finished | None = None
    refused: Refused | None = None
    stopped: str | None = None
    told: bool = False
    """The build's process itself gave the reason, and has written it to the log."""
    peak_memory: int = 0
    """Bytes that the process and its descendants had resident at most, as far as was seen."""


def supervise(order: WorkOrder) -> Outcome:
    """Run the order's process to its end and say how it ended. Never raises."""
    try:
        return _Supervision(order).run()
    except Exception as error:  # noqa: BLE001 -- whatever it is, the build has to end
        return Outcome(
            refused=Refused(
                "internal",
                f"The build's process could not be supervised: {error}",
                "Look at the Jupyter server's log; rebuild when the cause is gone.",
            )
        )


class _Supervision:
    def __init__(self, order: WorkOrder) -> None:
        self._group = MemoryGroup()
        self._order = within_group(order, self._group)
        if self._order is not order:
            write_order(self._order)  # The process is to know what this machine leaves it.
        self._marker = Path(order.directory) / CANCEL_FILE
        self._began = self._active = time.monotonic()
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
            if time.monotonic() < measure_at:
                continue
            measure_at = time.monotonic() + _MEASURE
            before, usage = usage, process.usage()
            if problem := self._problem(usage, before):
                process.stop()
                return self._finished() or Outcome(refused=problem)
        self._peak = max(self._peak, process.peak_memory)
        return self._verdict(status)

    def _stopped(self) -> Outcome:
        reason = self._marker.read_text(encoding="utf-8").strip() or "cancel"
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
            return Outcome(refused=verdict, told=True)
        if self._marker.exists():
            return self._stopped()
        seen = Evidence(status, self._peak, count_kills().since(self._kills), self._group.limit())
        return Outcome(refused=cause_of_death(self._order, seen))

    def _last_event(self) -> WorkerEvent | None:
        events, _ = read_events(Path(self._order.directory) / EVENTS_FILE)
        return events[-1] if events else None
