"""One walk over the finished prefix: sizes, modes, and the Python sources for the byte code."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field

_ALL_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
_BLOCK = 512


@dataclass
class Survey:
    """What is in a prefix. Paths are relative to it, with slashes; sizes are bytes."""

    files: int = 0
    size: int = 0
    """Bytes of all files, as `du --apparent-size` counts them."""
    size_own: int = 0
    """Bytes on disk of the files that are linked nowhere else."""
    sources: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Seconds of modification and size of each ``.py`` file, as byte code records them."""
    compiled: set[str] = field(default_factory=set)
    """The ``.pyc`` files."""


def survey(prefix: str, *, only_owner_writes: bool) -> Survey:
    """Walk the prefix once, and take away write access that nobody should have.

    Files that share their inode with a cache become read-only: no kernel may change another
    build through them. With `only_owner_writes`, group and others lose write access everywhere.
    """
    everywhere = stat.S_IWGRP | stat.S_IWOTH if only_owner_writes else 0
    found = Survey()
    pending = [(prefix, "")]
    while pending:
        directory, relative = pending.pop()
        with os.scandir(directory) as entries:
            for entry in entries:
                path = f"{relative}{entry.name}"
                if entry.is_symlink():
                    found.files += 1
                    continue
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    pending.append((entry.path, f"{path}/"))
                else:
                    _count(found, path, status)
                _protect(entry.path, status, everywhere)
    return found


def _count(found: Survey, path: str, status: os.stat_result) -> None:
    found.files += 1
    found.size += status.st_size
    if status.st_nlink == 1:
        # Windows has no st_blocks.
        found.size_own += getattr(status, "st_blocks", -(-status.st_size // _BLOCK)) * _BLOCK
    if path.endswith(".py"):
        found.sources[path] = (int(status.st_mtime), status.st_size)
    elif path.endswith(".pyc"):
        found.compiled.add(path)


def _protect(path: str, status: os.stat_result, unwanted: int) -> None:
    if status.st_nlink > 1 and not stat.S_ISDIR(status.st_mode):
        unwanted |= _ALL_WRITE
    if status.st_mode & unwanted:
        os.chmod(path, stat.S_IMODE(status.st_mode) & ~unwanted)  # noqa: PTH101  # Many files.
