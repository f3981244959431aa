"""Archives of builds: each made once, by a process of its own, however many read it meanwhile.

They are a cache: what was not read for the longest time goes when they are too many bytes. Whoever
reads an archive holds a lock on it with others, and it goes only if nobody does; the lock, the file
that grows and the facts of one that is whole are those of `engine.archive`.
"""

from __future__ import annotations

import glob
import logging
import os
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ..domain.archives import FACTS, FORMATS, LOCK, PART, ArchiveFacts, ArchiveFormat, ArchiveOrder
from ..domain.layout import Layout
from ..engine.archive import facts_of, sweep
from ..engine.locks import LockBusy, lock_file, relock, unlock_file
from .making import Making, removed, stopping
from .open_archive import OpenArchive

_log = logging.getLogger(__name__)


class Archives:
    """The archives of one store, and those that this server makes."""

    def __init__(self, layout: Layout, *, limit: int, at_once: int) -> None:
        """`limit` is the bytes that are kept; `at_once` how many are made at the same time."""
        self._layout = layout
        self._limit = limit
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="envstore-archive")
        self._lock = threading.Lock()
        self._makings: dict[str, Making] = {}
        self._over = False
        self._stopped = False

    def open(self, order: ArchiveOrder) -> Future[OpenArchive]:
        """Return the future of the archive, or of what there is of it by then; close it after use.

        It is the caller's own; to cancel it ends only this waiting. Its exception is
        `StoreUnusable` if there will be no archive.
        """
        ready: Future[OpenArchive] = Future()
        with self._lock:
            if self._stopped:
                raise stopping()
            making = self._makings.get(order.archive)
            if making is None:
                if whole := OpenArchive.whole(order.archive):
                    whole.when_unused = self._after_reading
                    ready.set_result(whole)
                    return ready
                Path(order.archive).parent.mkdir(parents=True, exist_ok=True)
                making = self._makings[order.archive] = Making(order, self._after_reading)
                self._threads.submit(self._make, making, order)
            making.join(ready)
        return ready

    def facts(self, build_id: int) -> dict[ArchiveFormat, ArchiveFacts]:
        """Return what is known of the archives of a build that are there."""
        found = {form: facts_of(self._layout.archive(build_id, form.suffix)) for form in FORMATS}
        return {form: facts for form, facts in found.items() if facts is not None}

    def is_made(self, build_id: int, form: ArchiveFormat) -> bool:
        """Tell whether this server makes the archive at present."""
        with self._lock:
            return self._layout.archive(build_id, form.suffix) in self._makings

    def discard(self, build_id: int) -> None:
        """Remove the archives of a build that goes, or whose files have changed."""
        for form in FORMATS:
            archive = self._layout.archive(build_id, form.suffix)
            with self._lock:
                making = self._makings.get(archive)
            if making is not None:
                making.end(removed())
            for ending in ("", FACTS, LOCK):
                Path(archive + ending).unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove what killed servers have left of archives, and what is too much."""
        for part in glob.glob(f"{glob.escape(self._layout.archives)}/*{PART}"):  # noqa: PTH207
            _sweep_unless_made(part.removesuffix(PART).rpartition(".")[0])
        self.trim()

    def trim(self) -> None:
        """Remove what was not read for the longest time, until the rest is within the limit."""
        kept = sorted(self._whole(), key=lambda one: one.used)
        total = sum(one.size for one in kept)
        for one in kept:
            if total > self._limit and _remove_unread(one.archive):
                total -= one.size
                _log.info("The archive %s was removed to make room.", Path(one.archive).name)
        self._over = total > self._limit

    def stop(self) -> None:
        """End the processes; those who wait are told that the server stops."""
        with self._lock:
            self._stopped = True
            for making in self._makings.values():
                making.end(stopping())
        self._threads.shutdown(wait=True)

    def _make(self, making: Making, order: ArchiveOrder) -> None:
        if not making.run():
            _sweep_unless_made(order.archive)
        with self._lock:
            del self._makings[order.archive]
        making.leave()
        self.trim()

    def _after_reading(self) -> None:
        """Remove what could not go while it was read."""
        if self._over and not self._stopped:
            with suppress(RuntimeError):  # Stopped just now.
                self._threads.submit(self.trim)

    def _whole(self) -> Iterator[_Kept]:
        for facts in glob.glob(f"{glob.escape(self._layout.archives)}/*{FACTS}"):  # noqa: PTH207
            archive = facts.removesuffix(FACTS)
            with suppress(OSError):
                used = os.stat(facts).st_mtime  # noqa: PTH116
                yield _Kept(archive, os.stat(archive).st_size, used)  # noqa: PTH116


class _Kept(NamedTuple):
    archive: str
    size: int
    used: float
    """When it was last asked for, in seconds since the epoch."""


def _sweep_unless_made(archive: str) -> None:
    """Remove what a process that died has left of an archive, unless another makes it by now."""
    with suppress(OSError, LockBusy):
        lock = lock_file(Path(archive + LOCK), exclusive=True, wait=False)
        try:
            sweep(archive)
        finally:
            unlock_file(lock)


def _remove_unread(archive: str) -> bool:
    """Remove an archive, unless somebody reads it; return whether it is gone."""
    try:
        descriptor = os.open(archive, os.O_RDONLY)
    except FileNotFoundError:
        return True
    try:
        relock(descriptor, exclusive=True, wait=False)
        if os.fstat(descriptor).st_nlink:  # Else another is there by now.
            os.unlink(archive)  # noqa: PTH108
            Path(archive + FACTS).unlink(missing_ok=True)
    except LockBusy:
        return False
    finally:
        unlock_file(descriptor)
    return True
