"""Who can change a file: by its owner and its mode, which is what the kernel goes by.

With an access control list, the mode's bits for the group are the list's mask: a file without
them is one that nobody whom the list names can write to.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Collection
from pathlib import Path

from ..domain.posix_acl import DEFAULT

OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def is_kept_by(owners: Collection[int], status: os.stat_result) -> bool:
    """Tell whether nobody but these users can change a file, a directory or a link."""
    if sys.platform == "win32":
        return True  # Owners and modes say nothing there.
    if status.st_uid not in owners:
        return False
    return stat.S_ISLNK(status.st_mode) or not status.st_mode & OTHERS_WRITE


def own_users() -> frozenset[int]:
    """Return the users whose files this process may build from: itself, and root."""
    return frozenset({0, os.geteuid()}) if hasattr(os, "geteuid") else frozenset({0})


def keep_to_owner(directory: Path) -> None:
    """Let nobody else write to a directory of this user's, and nothing inherit such a right.

    Does nothing where this user is not the owner, and where the sticky bit keeps others from what
    is not theirs.
    """
    with contextlib.suppress(OSError):
        mode = directory.stat().st_mode
        if mode & OTHERS_WRITE and not mode & stat.S_ISVTX:
            directory.chmod(stat.S_IMODE(mode) & ~OTHERS_WRITE)
    drop_default_list(directory)


def own_directory(path: Path) -> Path:
    """Return a directory, or one beside it if it belongs to another user."""
    try:
        is_ours = sys.platform == "win32" or path.stat().st_uid == os.geteuid()
    except FileNotFoundError:
        is_ours = True
    return path if is_ours else path.with_name(f"{path.name}.{os.geteuid()}")


def keep_way_to_owner(prefix: Path, store: str) -> None:
    """Let nobody else exchange a prefix: by the directories of its store that lead to it."""
    for directory in prefix.parents:
        if store and directory.is_relative_to(store):
            keep_to_owner(directory)


def drop_default_list(directory: str | Path) -> None:
    """Remove the list that all that is made in a directory would begin with."""
    # Where there is none, where there are no such lists, and where somebody else is the owner.
    with contextlib.suppress(OSError, AttributeError):
        os.removexattr(directory, DEFAULT)
