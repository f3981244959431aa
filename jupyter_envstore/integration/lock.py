"""One writer at a time, between threads, processes and servers that share a store."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..domain.errors import Conflict

PATIENCE = 5.0
"""Seconds to wait: what is mostly done under a lock takes milliseconds, unless its holder stops."""


@contextmanager
def exclusive(path: Path, patience: float | None = None) -> Iterator[None]:
    """Hold the lock file at `path`; raise `Conflict` if another keeps it for longer than that.

    `patience` is in seconds; `PATIENCE` if it is None.

    The system releases it when its holder dies, so that no lock is ever stale; a holder that is
    suspended keeps it. The file itself stays: removing it would let a second holder lock a new
    file of the same name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _wait(descriptor, path, PATIENCE if patience is None else patience)
        yield
    finally:
        os.close(descriptor)


def _wait(descriptor: int, path: Path, patience: float) -> None:
    began = time.monotonic()
    while not _locked(descriptor):
        waited = time.monotonic() - began
        if waited > patience:
            raise Conflict(
                f"Another server of this store has held {path} for {waited:.0f} s.",
                "It may be suspended: let it go on, or end it, and try again.",
            )
        time.sleep(min(0.001 + waited / 10, 0.05))


if sys.platform == "win32":
    import msvcrt

    def _locked(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _locked(descriptor: int) -> bool:
        # flock belongs to the open file, not to the process: it also keeps threads apart.
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
