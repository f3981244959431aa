"""A directory that one user is to own and others to read: what differs from that, and its change.

Everything is reached through the descriptor of the directory that it is in, and no link is
followed: root may use this on a tree whose owner exchanges names meanwhile.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .file_access import ACCESS_LISTS

_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_READ, _ENTER = 0o444, 0o111


@dataclass
class TreeChanges:
    """How many files and directories were changed, or would be, in which way."""

    owners: Counter[int] = field(default_factory=Counter)
    """By the user id that they belonged to."""
    closed: int = 0
    """Others could write to them."""
    opened: int = 0
    """Others could not read them."""
    lists: int = 0
    """They had access control lists."""
    left: list[str] = field(default_factory=list)
    """What could not be changed, or must not be, with the reason."""
    seen: set[tuple[int, int]] = field(default_factory=set)
    """Device and inode of files with several names: what is done to one is done to all."""


def give_tree(
    root: Path,
    owner: int,
    private: frozenset[str],
    changes: TreeChanges,
    *,
    with_root: bool,
    dry_run: bool,
) -> None:
    """Let `owner` alone write to all below a directory, and everybody read it.

    `private` are paths relative to `root` that nobody else reads; the directory itself is one of
    its entries only with `with_root`. Nothing happens with `dry_run` but the counting.
    """
    for directory, _, files, descriptor in os.fwalk(root, follow_symlinks=False):
        inside = os.path.relpath(directory, root)
        names = [*files, "."] if inside == "." and with_root else files
        for name in (*names, *_directories(descriptor)):
            path = os.path.normpath(f"{inside}/{name}")
            entry = _Entry(descriptor, name, f"{root}/{path}", private=path in private)
            try:
                entry.settle(owner, changes, dry_run=dry_run)
            except FileNotFoundError:
                continue  # A server has removed it meanwhile.
            except OSError as error:
                changes.left.append(f"{entry.path}: {error.strerror}")


def _directories(descriptor: int) -> Iterator[str]:
    with os.scandir(descriptor) as entries:
        yield from (entry.name for entry in entries if entry.is_dir(follow_symlinks=False))


@dataclass
class _Entry:
    directory: int
    name: str
    path: str
    private: bool

    def settle(self, owner: int, changes: TreeChanges, *, dry_run: bool) -> None:
        status = os.stat(self.name, dir_fd=self.directory, follow_symlinks=False)
        if stat.S_ISREG(status.st_mode) and status.st_nlink > 1:
            inode = (status.st_dev, status.st_ino)
            if inode in changes.seen:
                return
            changes.seen.add(inode)
        if status.st_uid != owner:
            if status.st_uid == 0 and stat.S_ISREG(status.st_mode) and status.st_nlink > 1:
                # It may have another name elsewhere. Builds may link what is root's.
                changes.left.append(f"{self.path}: it is root's and has other names")
                return
            if not dry_run:
                os.chown(self.name, owner, -1, dir_fd=self.directory, follow_symlinks=False)
            changes.owners[status.st_uid] += 1
        if stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode):
            self._open(status, changes, dry_run=dry_run)

    def _open(self, status: os.stat_result, changes: TreeChanges, *, dry_run: bool) -> None:
        mode = stat.S_IMODE(status.st_mode)
        wanted = self._wanted(mode, is_directory=stat.S_ISDIR(status.st_mode))
        descriptor = os.open(self.name, _OPEN, dir_fd=self.directory)
        try:
            lists = [name for name in ACCESS_LISTS if _names_somebody(descriptor, name)]
            changes.lists += bool(lists)
            changes.closed += bool(mode & ~wanted & _OTHERS_WRITE)
            changes.opened += bool(wanted & ~mode)
            if dry_run:
                return
            for name in lists:
                os.removexattr(descriptor, name)
            if lists or mode != wanted:
                os.fchmod(descriptor, wanted)
        finally:
            os.close(descriptor)

    def _wanted(self, mode: int, *, is_directory: bool) -> int:
        if self.private:
            return 0o700 if is_directory else 0o600
        enter = _ENTER if is_directory or mode & stat.S_IXUSR else 0
        return (mode | _READ | enter) & ~_OTHERS_WRITE


def _names_somebody(descriptor: int, name: str) -> bool:
    """Tell whether a list has more than the three plain entries, which a mode says as well."""
    try:
        return len(os.getxattr(descriptor, name)) > 4 + 3 * 8
    except (OSError, AttributeError):
        return False
