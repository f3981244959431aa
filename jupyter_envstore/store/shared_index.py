"""The files of another store: read as they are replaced, also over a network file system.

Nothing is locked and nothing is written there. Files of a store are replaced by renames, so that
one that is open stays whole; over NFS its handle may become stale, and it is opened anew then.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ..domain.shared_content import MAX_BYTES, NotAnIndex, SharedContent, read_content

_ATTEMPTS = 4
_STALE = frozenset([errno.ESTALE, errno.EIO])
# Without waiting: a FIFO in place of a file would keep whoever opens it.
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)

T = TypeVar("T")


@dataclass(frozen=True)
class Stamp:
    """What differs between two files that had the same name, without reading them."""

    inode: int
    size: int
    modified_ns: int
    changed_ns: int


class SharedIndex:
    """The index of the store in a directory."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._path = os.path.join(directory, ".envstore", "index.json")  # noqa: PTH118

    def stamp(self) -> Stamp:
        """Return what tells whether it was replaced. Raises OSError.

        The file is opened: a mere stat may be answered from the attributes that NFS keeps for up
        to a minute, while each opening asks the server.
        """
        return _repeated(lambda: self._opened(lambda _, found: found))

    def read(self) -> tuple[Stamp, SharedContent]:
        """Return what it says. Raises OSError, or `NotAnIndex` with the reason."""
        stamp, data = _repeated(lambda: self._opened(_read_all))
        try:
            raw = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise NotAnIndex("its index.json is damaged.") from error
        return stamp, read_content(raw, self.roots())

    def roots(self) -> frozenset[str]:
        """Return the paths by which the directory is known: the given one and the real one."""
        given = os.path.normpath(self._directory)
        return frozenset([given, os.path.realpath(given)])

    def _opened(self, use: Callable[[int, Stamp], T]) -> T:
        descriptor = os.open(self._path, _OPEN | _NOFOLLOW)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise NotAnIndex("its index.json is no file.")
            found = Stamp(status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            return use(descriptor, found)
        finally:
            os.close(descriptor)


def open_inside(path: str | Path, root: str | Path) -> int:
    """Open a file of another store for reading, and return its descriptor.

    Raises FileNotFoundError for what is missing, no regular file, or not in the real directory
    `root`: a link could lead to any file that this process may read.
    """
    return _repeated(lambda: _open_inside(os.fspath(path), os.path.realpath(root)))


def read_inside(path: str | Path, root: str | Path, most: int) -> bytes:
    """Return the content of a file of another store; raises as `open_inside`.

    Raises OSError too if it has more than `most` bytes.
    """
    with os.fdopen(open_inside(path, root), "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), os.fspath(path))
    return data


def is_really_inside(path: str | Path, root: str | Path) -> bool:
    """Tell whether a path leads to something below `root`, once all links have been followed."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))


def _open_inside(path: str, root: str) -> int:
    real = os.path.realpath(path)
    if not Path(real).is_relative_to(root):
        raise FileNotFoundError(errno.ENOENT, "leads out of its store", path)
    descriptor = os.open(real, _OPEN | _NOFOLLOW)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileNotFoundError(errno.ENOENT, "is no file", path)
    if not _was_opened_inside(descriptor, root):
        os.close(descriptor)
        raise FileNotFoundError(errno.ENOENT, "leads out of its store", path)
    return descriptor


def _was_opened_inside(descriptor: int, root: str) -> bool:
    """Tell by what is open: a directory on the way may have been exchanged for a link meanwhile."""
    try:
        return Path(f"/proc/self/fd/{descriptor}").readlink().is_relative_to(root)
    except OSError:  # No such thing on this system.
        return True


def _read_all(descriptor: int, stamp: Stamp) -> tuple[Stamp, bytes]:
    if stamp.size > MAX_BYTES:
        raise NotAnIndex(f"its index.json has {stamp.size} bytes; {MAX_BYTES} are read at most.")
    with os.fdopen(os.dup(descriptor), "rb") as file:
        # One more than allowed: the file may grow while it is read.
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise NotAnIndex(f"its index.json is longer than {MAX_BYTES} bytes.")
    return stamp, data


def _repeated(read: Callable[[], T]) -> T:
    """Read again what became stale because its owner replaced it just now."""
    attempts = _ATTEMPTS
    while True:
        attempts -= 1
        try:
            return read()
        except OSError as error:
            if error.errno not in _STALE or not attempts:
                raise
