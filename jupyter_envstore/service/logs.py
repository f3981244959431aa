"""Logs and events of builds: of this store's own, and of those of shared stores."""

from __future__ import annotations

from typing import Any

from .progress import BuildProgress, LogPart
from .shared_files import events_of, log_of
from .shared_stores import SharedStores


class Logs:
    """Reads what builds have said, wherever that is kept."""

    def __init__(self, progress: BuildProgress, shared: SharedStores) -> None:
        self._progress = progress
        self._shared = shared

    def part(self, build_id: int, offset: int) -> LogPart:
        """Return a log from a byte offset, as `BuildProgress.log`; raise `NotFound`."""
        if found := self._shared.get(build_id):
            return log_of(found, offset)
        return self._progress.log(build_id, offset)

    def events_since(self, build_id: int, since: int) -> tuple[list[dict[str, Any]], int]:
        """Return events, as `BuildProgress.events_since`; raise `NotFound`."""
        if found := self._shared.get(build_id):
            return events_of(found, since)
        return self._progress.events_since(build_id, since)
