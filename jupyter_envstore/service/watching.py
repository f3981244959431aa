"""The watched folders: what is found there, what became of it, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..store.watched import WatchedFile, WatchedFiles
from .watched_path import WatchedPath


@dataclass(frozen=True)
class WatchedFolder:
    """A path of the configuration; `problem` says why it cannot be looked at, as a sentence."""

    path: str
    problem: str | None


@dataclass(frozen=True)
class Watched:
    """All of them; and every file that was ever found, with whether it still is."""

    folders: tuple[WatchedFolder, ...]
    files: tuple[tuple[WatchedFile, bool], ...]


class Watching:
    """Watches the paths of the configuration while the server runs."""

    def __init__(
        self, paths: Iterable[str], files: WatchedFiles, watch: Callable[[str], WatchedPath]
    ) -> None:
        self._files = files
        self._watches = [watch(path) for path in paths]

    def start(self) -> None:
        for watch in self._watches:
            watch.start()

    def stop(self) -> bool:
        """Watch no more; return whether all threads have ended."""
        ended = [watch.stop() for watch in self._watches]
        return all(ended)

    def watched(self) -> Watched:
        """Return the paths, and every file that was ever found there, with whether it still is."""
        return Watched(
            tuple(WatchedFolder(watch.path, watch.problem) for watch in self._watches),
            tuple((file, self._sees(file.path)) for file in self._files.all()),
        )

    def _sees(self, path: str) -> bool:
        return any(watch.sees(path) for watch in self._watches)
