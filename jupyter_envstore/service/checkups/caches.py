"""Locks of package caches that cannot be taken, and times of their files that cannot be set."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ...domain.diagnosis import Finding, Severity
from ...integration.held_locks import LOCKS, HeldLock, examine, lock_files
from .checkup import Found, quoted, shown


class CachesCheckup:
    """Looks at the store's own caches, and at those of the conda and mamba beside it."""

    def __init__(
        self,
        ours: Sequence[str],
        theirs: Callable[[], Sequence[str]],
        locks: Path = LOCKS,
        layers: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        """`ours` are used by builds; `theirs` are the `pkgs_dirs` of conda and mamba.

        `locks` has the format of ``/proc/locks``. `layers` are the package caches of others that
        builds take packages from.
        """
        self._layers = layers
        self._ours = tuple(filter(None, ours))
        self._theirs = theirs
        self._locks = locks

    def examine(self) -> Iterator[Found]:
        for directory in self._ours:
            for path in lock_files(directory):
                lock = examine(path, self._locks)
                if lock is not None:
                    yield from _about(lock)
        for directory in self._layers():
            yield from _layer(directory)
        for directory in self._theirs():
            yield from _foreign_index(directory)

    def unexamined(self) -> Iterator[str]:
        return iter(())


def _about(lock: HeldLock) -> Iterator[Found]:
    if not lock.can_be_opened:
        directory = Path(lock.path).parent
        may = os.access(directory, os.W_OK | os.X_OK)
        yield Found(
            Finding(
                "foreign-lock",
                Severity.WARNING,
                f"The lock {lock.path} belongs to somebody else and cannot be opened for writing.",
                "Builds go round it: they lock it as it is, or use another directory and download "
                "indexes anew. Other programs that share the directory wait for it, or fail.",
                "Whoever uses the directory with conda, mamba or rattler.",
                f"{'' if may else 'sudo '}rm {quoted(lock.path)}",
                (lock.path,),
                mendable=may,
            ),
            (lambda: _remove([lock.path])) if may else None,
        )
    elif lock.has_ended:
        yield Found(
            Finding(
                "stale-lock",
                Severity.WARNING,
                f"The lock {lock.path} is held by process {lock.holder}, which this machine does "
                "not have.",
                "Another machine or container has it, or had it and died: on a network file "
                "system, nobody gives such a lock back.",
                "Every build that fetches packages.",
                f"rm {quoted(lock.path)}  # after every server and build has been stopped",
                (lock.path,),
            )
        )


def _layer(directory: str) -> Iterator[Found]:
    try:
        status = os.stat(directory)  # noqa: PTH116
        reachable = os.access(directory, os.R_OK | os.X_OK)
    except OSError:
        status, reachable = None, False
    if not reachable:
        yield Found(
            Finding(
                "cache-unreadable",
                Severity.WARNING,
                f"The package cache {directory} is not there, or this user may not read it.",
                "Nothing is taken from it: every package is downloaded.",
                "Everybody who builds.",
                None,
                (directory,),
            )
        )
    elif status is not None and status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        yield Found(
            Finding(
                "cache-of-many",
                Severity.INFO,
                f"Several users may write to the package cache {directory}.",
                "Only packages of its owner and of root are taken from it, and archives by their "
                "hash; what others have put there is downloaded.",
                "Everybody who builds, by the time it takes.",
                None,
                (directory,),
            )
        )


def _foreign_index(directory: str) -> Iterator[Found]:
    """Yield what makes mamba fail in a cache of several users.

    micromamba 1.1 sets the time of an index that the server says is unchanged; mamba 2 sets the
    mode of the directory. Both are for the owner alone, whatever the modes say.
    """
    cache = Path(directory) / "cache"
    me = os.geteuid()
    try:
        owner = cache.stat().st_uid
        foreign = [str(path) for path in sorted(cache.iterdir()) if path.stat().st_uid != me]
    except OSError:
        return
    if me == 0:
        return
    if foreign and os.access(cache, os.W_OK):
        yield Found(
            Finding(
                "foreign-times",
                Severity.WARNING,
                f"{len(foreign)} files of the index in {cache} belong to somebody else: their "
                "times cannot be set.",
                "micromamba and mamba before 1.2 end with 'cannot set file time: Operation not "
                "permitted' as soon as a channel says that nothing has changed.",
                "Those who use micromamba or mamba with this cache. Builds of the store do not.",
                f"rm {quoted(*foreign[:20])}",
                shown(foreign),
                mendable=True,
            ),
            lambda: _remove(foreign),
        )
    if owner != me and os.access(cache, os.W_OK):
        yield Found(
            Finding(
                "foreign-cache",
                Severity.WARNING,
                f"{cache} belongs to somebody else: its mode cannot be set.",
                "mamba from version 2 on ends with 'cannot set permissions: Operation not "
                "permitted', since it sets the mode of this directory at each start.",
                "Those who use mamba with this cache. Builds of the store do not.",
                'export CONDA_PKGS_DIRS="$HOME/.conda/pkgs"',
                (str(cache),),
            )
        )


def _remove(paths: Sequence[str]) -> None:
    for path in paths:
        Path(path).unlink(missing_ok=True)
