"""One order to its end. Knows neither the store nor the server: it may run on another machine."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass, replace
from pathlib import Path

from ..domain.events import Finished, Refused, WorkerEvent
from ..domain.order import WorkOrder
from ..engine.protocol import CANCEL_FILE, EVENTS_FILE, read_events
from .memory import describe, oom_kills
from .process import Usage, WorkerProcess

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
        self._order = order
        self._marker = Path(order.directory) / CANCEL_FILE
        self._began = self._active = time.monotonic()
        self._peak = 0
        self._kills = oom_kills()

    def run(self) -> Outcome:
        with WorkerProcess(self._order) as process:
            outcome = self._watch(process)
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
                return Outcome(refused=problem)
        return self._verdict(status)

    def _stopped(self) -> Outcome:
        # A verdict that was there before the process could be stopped is the truth.
        verdict = self._last_event()
        if isinstance(verdict, Finished):
            return Outcome(finished=verdict)
        reason = self._marker.read_text(encoding="utf-8").strip() or "cancel"
        return Outcome(stopped=reason)

    def _problem(self, usage: Usage, before: Usage) -> Refused | None:
        now = time.monotonic()
        self._peak = max(self._peak, usage.memory)
        if usage.moved_since(before):
            self._active = now
        if usage.memory > self._order.memory_limit:
            return Refused(
                "memory",
                f"The build used {describe(usage.memory)} of memory; its limit is "
                f"{describe(self._order.memory_limit)}.",
                "Raise c.EnvStore.memory_limit, or ask for fewer packages.",
            )
        if now - self._began > self._order.build_timeout:
            return Refused(
                "timeout",
                f"The build took longer than {self._order.build_timeout:.0f} seconds.",
                "Raise c.EnvStore.build_timeout, or look in the log for what took so long.",
            )
        if now - self._active > self._order.stall_timeout:
            return Refused(
                "timeout",
                f"The build did nothing for {self._order.stall_timeout:.0f} seconds.",
                "Check the network and the channels, then rebuild; "
                "c.EnvStore.stall_timeout sets the limit.",
            )
        return None

    def _verdict(self, status: int) -> Outcome:
        verdict = self._last_event()
        if isinstance(verdict, Finished):
            return Outcome(finished=verdict)
        if isinstance(verdict, Refused):
            return Outcome(refused=verdict, told=True)
        if self._marker.exists():
            return self._stopped()
        return Outcome(refused=self._death(status))

    def _death(self, status: int) -> Refused:
        peak = (
            f"It had used {describe(self._peak)} of memory; "
            f"its limit is {describe(self._order.memory_limit)}."
        )
        if oom_kills() > self._kills:
            return Refused(
                "memory",
                f"The system ended the build's process because memory ran out. {peak}",
                "Give the machine or the container more memory, or build fewer things at once "
                "(c.EnvStore.max_concurrent_builds).",
            )
        if status in (-signal.SIGABRT, 127):
            return Refused(
                "memory",
                f"The build's process aborted, most likely because memory ran out. {peak}",
                "Raise c.EnvStore.memory_limit.",
            )
        if status == -signal.SIGKILL:
            return Refused(
                "memory",
                f"The build's process was killed from outside (signal 9), most likely because "
                f"memory ran out. {peak}",
                "Give the machine more memory, or look in the system's log for who killed it.",
            )
        how = f"by signal {-status}" if status < 0 else f"with status {status}"
        return Refused(
            "internal",
            f"The build's process ended {how} without a verdict.",
            "The end of the build's log may say why. Rebuild it; report it if it happens again.",
        )

    def _last_event(self) -> WorkerEvent | None:
        events, _ = read_events(Path(self._order.directory) / EVENTS_FILE)
        return events[-1] if events else None
