"""What clients get of watched folders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..service.watching import Watched, WatchedFolder
from ..store.watched import WatchedFile


@dataclass(frozen=True)
class WatchedFileReply:
    """A file, and what became of the content that it had `at` that time: a build or a problem."""

    path: str
    is_there: bool
    sha256: str
    at: datetime
    namespace: str | None
    environment: str | None
    build_id: int | None
    problem: str | None
    hint: str | None

    @classmethod
    def of(cls, file: WatchedFile, *, is_there: bool) -> WatchedFileReply:
        return cls(is_there=is_there, **vars(file))


@dataclass(frozen=True)
class WatchedReply:
    """The paths of ``c.EnvStore.watch_paths``, and every file that was ever found there."""

    folders: tuple[WatchedFolder, ...]
    files: tuple[WatchedFileReply, ...]

    @classmethod
    def of(cls, watched: Watched) -> WatchedReply:
        files = (WatchedFileReply.of(file, is_there=there) for file, there in watched.files)
        return cls(watched.folders, tuple(files))
