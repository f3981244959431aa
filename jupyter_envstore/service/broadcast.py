"""Tells everybody who listens what changes in the store, whichever server or process changed it.

One thread follows the journal and the events of running builds. Changes made by this server wake
it at once; those of other servers are seen within `_LOOK` seconds.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace

from ..builder.attempts import last_progress
from ..domain.build import Build
from ..domain.events import Progress, StoreEvent
from ..domain.moments import Clock, to_text, utc_now
from ..engine.protocol import read_events
from ..store.builds import Builds
from ..store.database import Database
from ..store.journal import Journal
from .progress import BuildProgress

_log = logging.getLogger(__name__)

_LOOK = 0.25
"""Seconds between two looks: also the least time between two announcements of progress."""

Listener = Callable[[StoreEvent], None]
"""Called in the thread of the broadcast, or of who announces; must return at once."""


class Broadcast:
    """Follows the store and calls its listeners."""

    def __init__(
        self,
        database: Database,
        journal: Journal,
        builds: Builds,
        progress: BuildProgress,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._journal = journal
        self._builds = builds
        self._progress = progress
        self._clock = clock
        self._listeners: list[Listener] = []
        self._running: dict[int, _Tail] = {}
        # From here on nothing is missed, though nobody is told before `start`.
        self._seen = journal.latest()
        self._version: int | None = None
        self._woken = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="envstore-broadcast", daemon=True)

    def subscribe(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Look now: something was committed."""
        self._woken.set()

    def stop(self) -> bool:
        """Follow no more; return whether the thread has ended."""
        self._stopping = True
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(_LOOK)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping:
            self._woken.wait(_LOOK)
            self._woken.clear()
            try:
                self._follow_journal()
                self._follow_builds()
            except Exception:  # noqa: BLE001 -- the thread has to survive
                _log.exception("Following the environment store failed; it is tried again.")

    def _follow_journal(self) -> None:
        version = self._database.read().execute("PRAGMA data_version").fetchone()[0]
        if version == self._version:
            return
        self._version = version
        kinds = set()
        while entries := self._journal.since(self._seen):
            for entry in entries:
                self._seen = entry.seq or self._seen
                kinds.add(entry.kind)
                self.announce(entry)
        if "build" in kinds or not self._running:
            self._find_running()

    def _find_running(self) -> None:
        running = {build.id: build for build in self._builds.running()}
        self._running = {
            build_id: tail
            for build_id, tail in self._running.items()
            if build_id in running and tail.attempt == running[build_id].attempts
        }
        for build_id, build in running.items():
            self._running.setdefault(build_id, _Tail(build))

    def _follow_builds(self) -> None:
        for tail in self._running.values():
            progress = tail.look(self._progress)
            if progress is not None:
                self.announce(
                    StoreEvent(
                        kind="progress",
                        at=to_text(self._clock()),
                        namespace=tail.build.namespace,
                        environment=tail.build.name,
                        build_id=tail.build.id,
                        status=tail.build.status.value,
                        progress=progress,
                    )
                )

    def announce(self, event: StoreEvent) -> None:
        """Tell all listeners; what this thread does not see may be announced from others."""
        for listener in self._listeners:
            listener(event)

    def echo(self, text: str) -> None:
        """Tell all listeners what somebody sent, who listens whether it comes back."""
        self.announce(StoreEvent(kind="echo", at=to_text(self._clock()), echo=text))


class _Tail:
    """The end of a running build's events."""

    def __init__(self, build: Build) -> None:
        self.build = build
        self.attempt = build.attempts
        self._offset = 0

    def look(self, progress: BuildProgress) -> Progress | None:
        """Return the newest progress since the last look, if there is any."""
        said, self._offset = read_events(progress.events_file(self.build), self._offset)
        phase, newest = last_progress(said)
        if newest is None and phase is not None:
            newest = Progress(phase)
        return replace(newest) if newest is not None else None
