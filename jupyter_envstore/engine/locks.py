"""Locks on files: held by an open descriptor, and free by themselves when their holder dies."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

if sys.platform != "win32":
    import fcntl


class LockBusy(Exception):
    """Another process holds the lock."""


def lock_file(path: str | Path, *, exclusive: bool, wait: bool) -> int:
    """Open (or make) the file, lock it, and return the descriptor; closing it unlocks.

    Raises `LockBusy` if the lock is not free and `wait` is false.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except PermissionError as refused:
        try:
            # Another user's file: it may not be written to, and can be locked all the same.
            descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            raise refused from None
    try:
        relock(descriptor, exclusive=exclusive, wait=wait)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def unlock_file(descriptor: int) -> None:
    """Unlock and close what `lock_file` has opened.

    Closing alone would not do where other threads start programs: between fork and exec these
    have the descriptor, too, and with it the lock.
    """
    try:
        if sys.platform != "win32":
            fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)


def relock(descriptor: int, *, exclusive: bool, wait: bool) -> None:
    """Lock an open file, or change the kind of its lock (the old one may be lost on the way).

    Raises `LockBusy` if the lock is not free and `wait` is false.
    """
    if sys.platform == "win32":
        return  # Two builds may then fetch the same package, which is only slower.
    how = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
    try:
        fcntl.flock(descriptor, how if wait else how | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise LockBusy from error
