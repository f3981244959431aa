"""Errors of a file system, ours or rattler's or uv's, as sentences with what to do about them."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path

from ..domain.errors import Problem
from ..domain.events import Refused
from ..domain.sizes import describe_size

_FULL, _QUOTA, _READ_ONLY = errno.ENOSPC, errno.EDQUOT, errno.EROFS
_FORBIDDEN, _BROKEN = errno.EACCES, errno.EIO

_IN_TEXT = re.compile(
    rf"os error (?P<number>{_FULL}|{_QUOTA}|{_READ_ONLY}|{_FORBIDDEN}|{_BROKEN})\b"
    "|(?P<full>No space left on device)"
    "|(?P<quota>Disk quota exceeded)"
    "|(?P<read_only>Read-only file system)"
)
"""Rust prints the number; Python and C the text."""
_OF_TEXT = {"full": _FULL, "quota": _QUOTA, "read_only": _READ_ONLY}
_DELETE = "Delete builds that are no longer needed"


def is_full(error: BaseException) -> bool:
    """Tell whether an error says that the disk, its table of files, or the quota is full."""
    return _number_of(error) in (_FULL, _QUOTA)


def disk_failure(error: BaseException, directory: str | Path = ".") -> Refused | None:
    """Return what to tell people if the error is one of a file system, else None.

    `directory` is one of the file system that was most likely written to, for errors that do not
    name a file. In the build's process that is the working directory.
    """
    number = _number_of(error)
    if number is None or number not in _SENTENCES:
        return None
    file = error.filename if isinstance(error, OSError) else None
    place = Path(os.fsdecode(file)) if isinstance(file, (str, bytes)) else Path(directory)
    said = _SENTENCES[number](place)
    return Refused("disk", said.message, said.hint, explanation=str(error) or None)


def _number_of(error: BaseException) -> int | None:
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    found = _IN_TEXT.search(str(error))
    if found is None:
        return None
    return int(found["number"]) if found["number"] else _OF_TEXT[str(found.lastgroup)]


def _full(place: Path) -> Problem:
    disk = _statistics(place)
    if disk is not None and _has_too_few_inodes(disk):
        free = describe_size(disk.f_bavail * disk.f_frsize)
        return Problem(
            f"The disk ran out of inodes during the build: it can hold {disk.f_files} files and "
            f"directories, however small, although {free} are free.",
            hint=f"{_DELETE}, or many small files of others; or move the store to a file system "
            "that was made with more inodes (mkfs -N, mount -o nr_inodes).",
        )
    return Problem(
        "The disk became full during the build (no space left on device).",
        hint=f"{_DELETE}, or move the store to a larger disk.",
    )


def _has_too_few_inodes(disk: os.statvfs_result) -> bool:
    """Tell whether inodes are scarcer than bytes: some may be free again since the error."""
    if not disk.f_files or not disk.f_blocks:  # Some file systems make them as needed.
        return False
    return disk.f_favail / disk.f_files < disk.f_bavail / disk.f_blocks


def _quota(_: Path) -> Problem:
    return Problem(
        "The disk quota of the user who runs the server is used up.",
        hint=f"{_DELETE}, or ask the administrator for more quota (of bytes or files: see quota).",
    )


def _read_only(place: Path) -> Problem:
    return Problem(
        f"The file system of {place} became read-only, or was mounted so.",
        hint="A disk with errors is made read-only by the system: its log says so (dmesg). Mount "
        "it writable again, and rebuild.",
    )


def _forbidden(place: Path) -> Problem:
    return Problem(
        f"{place} cannot be written: permission denied.",
        hint="Let one user own the store and its caches, or give the user who runs the server "
        "write access to them.",
    )


def _broken(place: Path) -> Problem:
    return Problem(
        f"The disk of {place} reported an error (input/output error).",
        hint="The system's log has the details (dmesg). Rebuild when the disk, or the network "
        "that it is reached by, is mended.",
    )


_SENTENCES: dict[int, Callable[[Path], Problem]] = {
    _FULL: _full,
    _QUOTA: _quota,
    _READ_ONLY: _read_only,
    _FORBIDDEN: _forbidden,
    _BROKEN: _broken,
}


def _statistics(place: Path) -> os.statvfs_result | None:
    """Ask the nearest directory that is there: the file may not have been made."""
    there = next((path for path in (place, *place.parents) if path.exists()), None)
    try:
        return None if there is None else os.statvfs(there)
    except (OSError, AttributeError):  # Not on Windows.
        return None
