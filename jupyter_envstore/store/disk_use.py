"""Measures directories: every file once, with its links, in one walk."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from ..domain.disk_use import Inode, Links, Tree

_BLOCK = 512
"""Bytes of a block in ``st_blocks`` (POSIX)."""
_TYPE = 0o170000
"""The bits of the mode that say what an entry is: ``S_IFMT``."""


def measure(*paths: str | Path) -> Tree:
    """Return what files and directories occupy on disk, together.

    What is not there, or goes while it is looked at, counts nothing, and so does what this user
    may not look into. Symbolic links are not followed.
    """
    found = _Found()
    pending: list[str] = []
    for path in paths:
        with suppress(OSError):
            if found.count(os.lstat(path)):
                pending.append(os.fspath(path))
    while pending:
        with suppress(OSError), os.scandir(pending.pop()) as entries:
            for entry in entries:
                # One system call an entry: a prefix has tens of thousands.
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                if found.count(status):
                    pending.append(entry.path)
    return found.tree()


class _Found:
    """What the walk has seen so far."""

    def __init__(self) -> None:
        self._own = 0
        self._names: dict[Inode, int] = {}
        self._shared: dict[Inode, tuple[int, int]] = {}

    def count(self, status: os.stat_result) -> bool:
        """Take in one entry of a directory; return whether it is a directory itself."""
        # Windows has no st_blocks.
        size = getattr(status, "st_blocks", -(-status.st_size // _BLOCK)) * _BLOCK
        directory = (status.st_mode & _TYPE) == stat.S_IFDIR
        if directory or status.st_nlink == 1:
            self._own += size
        else:
            inode = (status.st_dev, status.st_ino)
            self._names[inode] = self._names.get(inode, 0) + 1
            self._shared[inode] = (size, status.st_nlink)
        return directory

    def tree(self) -> Tree:
        own, shared = self._own, {}
        for inode, (size, everywhere) in self._shared.items():
            here = self._names[inode]
            if here >= everywhere:
                own += size
            else:
                shared[inode] = Links(size, here, everywhere)
        return Tree(own, shared)
