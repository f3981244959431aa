"""How far builds are, and what they have said: read from the files their processes write."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..builder.attempts import last_progress
from ..domain.build import Build, BuildStatus, Phase
from ..domain.events import Progress
from ..domain.layout import Layout
from ..engine.protocol import EVENTS_FILE, read_events, read_lines
from ..store.builds import Builds

LOG_CHUNK = 1 << 18
"""Bytes of a log that are read at once."""


LogPlace = tuple[int, int]
"""The id of a build, and a byte offset in its log."""


@dataclass(frozen=True)
class LogPart:
    """A part of a log: bytes from an offset. `ended` tells that nothing will be added."""

    data: bytes
    size: int
    ended: bool


class BuildProgress:
    """The events and logs of builds, whichever server runs them."""

    def __init__(self, layout: Layout, builds: Builds) -> None:
        self._layout = layout
        self._builds = builds

    def of(self, build: Build) -> tuple[Phase | None, Progress | None]:
        """Return the phase of a running build and its newest progress; None of an ended one."""
        if build.status is not BuildStatus.BUILDING:
            return None, None
        said, _ = read_events(self.events_file(build))
        return last_progress(said)

    def events_since(self, build_id: int, since: int) -> tuple[list[dict[str, Any]], int]:
        """Return the events of all attempts after the first `since`, and the next number."""
        build = self._builds.get(build_id)
        lines: list[str] = []
        for attempt in range(1, build.attempts + 1):
            # Where they are first: they may be moved to where they are kept at this very moment.
            said = read_lines(self.events_file(build))[0] if attempt == build.attempts else []
            lines += said or read_lines(Path(self._layout.events(build_id, attempt)))[0]
        since = max(since, 0)
        numbered = enumerate(lines[since:], since)
        return [{"seq": number, **json.loads(line)} for number, line in numbered], len(lines)

    def log(self, build_id: int, offset: int) -> LogPart:
        """Return the log from a byte offset, at most `LOG_CHUNK` bytes; raise `NotFound`."""
        # The state first: what is written after it was read is then asked for again.
        ended = self._builds.get(build_id).status.ended
        return self._log_part(build_id, offset, ended)

    def logs(self, places: Collection[LogPlace]) -> dict[LogPlace, LogPart]:
        """Return parts of several logs; that of a build which is gone meanwhile has ended."""
        unended = self._builds.unended({build_id for build_id, _ in places})
        return {
            (build_id, offset): self._log_part(build_id, offset, build_id not in unended)
            for build_id, offset in places
        }

    def _log_part(self, build_id: int, offset: int, ended: bool) -> LogPart:
        try:
            with Path(self._layout.log(build_id)).open("rb") as file:
                size = file.seek(0, 2)
                # An offset past every file there could be is more than the system takes.
                file.seek(min(max(offset, 0), size))
                data = file.read(LOG_CHUNK)
        except FileNotFoundError:
            return LogPart(b"", 0, ended)
        return LogPart(data, size, ended and max(offset, 0) + len(data) >= size)

    def events_file(self, build: Build) -> Path:
        return Path(self._layout.attempt(build.id, build.attempts)) / EVENTS_FILE
