"""Lock files of package caches: whether this user can take them, and who has them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

LOCKS = Path("/proc/locks")


@dataclass(frozen=True)
class HeldLock:
    """A lock file, and what stands between this user and the lock."""

    path: str
    owner: int
    can_be_opened: bool
    holder: int | None
    """The process that has it; None if nobody has, or the kernel does not tell."""
    has_ended: bool = False
    """The holder is no process of this machine, as far as it can be seen."""


def lock_files(directory: str | Path) -> list[Path]:
    """Return the lock files of a package or repodata cache, at its top and one level below."""
    patterns = ("*.lock", ".*.lock", "*/*.lock", "*/.*.lock")
    found = {path for pattern in patterns for path in _matching(Path(directory), pattern)}
    return sorted(found)


def examine(path: Path, locks: Path = LOCKS) -> HeldLock | None:
    """Return what is known of a lock file; None if it has gone."""
    try:
        status = path.lstat()
    except OSError:
        return None
    holder = _holder(status, locks)
    return HeldLock(
        path=str(path),
        owner=status.st_uid,
        can_be_opened=os.access(path, os.R_OK | os.W_OK),
        holder=holder,
        has_ended=holder is not None and holder > 0 and not Path(f"/proc/{holder}").exists(),
    )


def _matching(directory: Path, pattern: str) -> list[Path]:
    try:
        return [path for path in directory.glob(pattern) if path.is_file()]
    except OSError:  # A directory that this user may not look into.
        return []


def _holder(status: os.stat_result, locks: Path) -> int | None:
    """Return the process that has a lock on a file, by proc_locks(5); -1 for an open-file lock."""
    try:
        lines = locks.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    wanted = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    for line in lines:
        fields = line.split()
        if len(fields) >= 6 and fields[1] != "->" and fields[5] == wanted:
            return int(fields[4])
    return None
