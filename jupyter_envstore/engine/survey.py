"""One walk over the finished prefix: sizes, modes, and the Python sources for the byte code."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field

_ALL_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_BLOCK = 512


@dataclass
class Survey:
    """What is in a prefix. Paths are relative to it, with slashes; sizes are bytes."""

    files: int = 0
    size: int = 0
    """Bytes of all files, as ``du --apparent-size`` counts them."""
    size_own: int = 0
    """Bytes on disk of the files that are linked nowhere else."""
    sources: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Seconds of modification and size of each ``.py`` file, as byte code records them."""
    compiled: set[str] = field(default_factory=set)
    """The ``.pyc`` files."""
    executables: list[str] = field(default_factory=list)
    """The files that may be run."""

    def count(self, path: str, status: os.stat_result, shared: bool) -> None:
        """Take in one file."""
        size = status.st_size
        self.files += 1
        self.size += size
        if status.st_mode & stat.S_IXUSR:
            self.executables.append(path)
        if not shared:
            # Windows has no st_blocks.
            self.size_own += getattr(status, "st_blocks", -(-size // _BLOCK)) * _BLOCK
        if path.endswith(".py"):
            self.sources[path] = (int(status.st_mtime), size)
        elif path.endswith(".pyc"):
            self.compiled.add(path)


def survey(prefix: str, *, only_owner_writes: bool) -> Survey:
    """Walk the prefix once, and take away write access that nobody should have.

    Files that share their inode with a cache become read-only: no kernel may change another
    build through them. With `only_owner_writes`, group and others lose write access everywhere.
    """
    others = OTHERS_WRITE if only_owner_writes else 0
    found = Survey()
    pending = [""]
    while pending:
        folder = pending.pop()
        with os.scandir(f"{prefix}/{folder}") as entries:
            for entry in entries:
                # One system call an entry: a large prefix has tens of thousands.
                status = entry.stat(follow_symlinks=False)
                mode = status.st_mode
                if stat.S_ISREG(mode):
                    found.count(f"{folder}{entry.name}", status, status.st_nlink > 1)
                elif stat.S_ISDIR(mode):
                    pending.append(f"{folder}{entry.name}/")
                else:
                    found.files += 1
                    continue
                if mode & (unwanted := unwanted_modes(status, others)):
                    os.chmod(entry.path, stat.S_IMODE(mode) & ~unwanted)  # noqa: PTH101
    return found


def unwanted_modes(status: os.stat_result, others: int = OTHERS_WRITE) -> int:
    """Return the write access that a file or directory of a build should not give.

    `others` is what group and others must not have, unless the file is shared with a cache.
    """
    shared = stat.S_ISREG(status.st_mode) and status.st_nlink > 1
    return _ALL_WRITE if shared else others
