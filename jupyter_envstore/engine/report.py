"""What the build tells: events for programs, the log for people."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone

from ..domain.build import Phase
from ..domain.credentials import without_credentials
from ..domain.events import PhaseEntered, Progress, Repeated, Warned, WorkerEvent
from .protocol import EventWriter

SHORTEST_INTERVAL = 0.1
"""Seconds between two progress events of one phase: more would be noise."""

_PHASE_TITLES = {
    Phase.SOLVING: "Solving environment",
    Phase.DOWNLOADING: "Downloading and extracting packages",
    Phase.LINKING: "Linking packages",
    Phase.PYPI: "Installing pip packages",
    Phase.COMPILING: "Compiling byte code",
    Phase.VERIFYING: "Verifying the prefix",
    Phase.LOCKING: "Writing the lockfile",
}


class Report:
    """Phases, progress, warnings and log lines of one build. Any thread may call it.

    `age` is how long the process had run, in seconds, when the report began.
    """

    def __init__(
        self,
        events: EventWriter,
        log: int,
        age: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._events = events
        self._log = log
        self._clock = clock
        self._origin = clock() - age
        self._phase: Phase | None = None
        self._entered = 0.0
        self._seconds: dict[str, float] = {}
        self._told = -SHORTEST_INTERVAL
        self._lock = threading.Lock()

    def emit(self, event: WorkerEvent) -> None:
        self._events.emit(event)

    def enter(self, phase: Phase) -> None:
        """Begin a phase; the one before it has ended."""
        now = self._end_phase()
        self._phase = phase
        self._told = -SHORTEST_INTERVAL
        self.emit(PhaseEntered(phase, round(now, 4)))
        self.log(f"\n[{datetime.now(timezone.utc):%Y-%m-%d %H:%M:%S} UTC] {_PHASE_TITLES[phase]}")

    def progress(self, progress: Progress, *, last: bool = False) -> None:
        """Tell how far the phase is, unless that was just told; the `last` one always is."""
        with self._lock:
            now = self._clock()
            if not last and now - self._told < SHORTEST_INTERVAL:
                return
            self._told = now
            self.emit(progress)

    def warn(self, message: str, hint: str | None = None, *, damaged: str | None = None) -> None:
        """Tell the user something that does not stop the build."""
        message = without_credentials(message)
        self.emit(Warned(message, hint, damaged))
        self.log(f"WARNING: {message}{f' {hint}' if hint else ''}")

    def repeat(self, what: str, attempt: int, delay: float) -> None:
        """Tell that something failed in a way that may pass, and is tried again after `delay`."""
        what = without_credentials(what)
        self.emit(Repeated(what, attempt, delay))
        self.log(f"{what} Trying again in {delay:g} s (attempt {attempt + 1}).")

    def log(self, text: str, end: str = "\n") -> None:
        """Append to the log, in one write, with credentials cut out."""
        data = without_credentials(text + end).encode("utf-8", "backslashreplace")
        while data:
            data = data[os.write(self._log, data) :]

    def finish(self) -> dict[str, float]:
        """End the last phase and return the seconds that each phase took."""
        self._end_phase()
        self._phase = None
        return dict(self._seconds)

    def _end_phase(self) -> float:
        now = self._clock() - self._origin
        if self._phase is not None:
            spent = self._seconds.get(self._phase.value, 0.0) + now - self._entered
            self._seconds[self._phase.value] = round(spent, 4)
        self._entered = now
        return now
