"""Who may change the files below a directory: a walk that follows no link and has an end."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..domain.posix_acl import ACCESS, DEFAULT, writers

ACCESS_LISTS = (ACCESS, DEFAULT)
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


@dataclass
class FileAccess:
    """What a walk has seen; each list has paths in the order in which they were met."""

    writable: list[str] = field(default_factory=list)
    """Files and directories that the owning group or everybody may change."""
    listed: list[str] = field(default_factory=list)
    """Those that an access control list lets named users or groups change."""
    foreign: dict[int, list[str]] = field(default_factory=dict)
    """Those of other owners, by user id."""
    looked_at: int = 0
    is_whole: bool = True
    """False if the walk ended at its limit."""


def survey(root: str | Path, owner: int, most: int, into: FileAccess | None = None) -> FileAccess:
    """Look at all that is below a directory, and at itself, up to `most` entries.

    `owner` is the user id that everything should have. What cannot be looked at is passed over:
    it is another's, which is what the list of the foreign tells.
    """
    seen = FileAccess() if into is None else into
    for path, status in _walk(str(root)):
        if seen.looked_at >= most:
            seen.is_whole = False
            break
        _take_in(path, status, owner, seen)
    return seen


def look_at(path: str | Path, owner: int, into: FileAccess) -> None:
    """Look at one file or directory alone, as `survey` does at many."""
    with contextlib.suppress(OSError):
        _take_in(str(path), os.lstat(path), owner, into)


def _take_in(path: str, status: os.stat_result, owner: int, seen: FileAccess) -> None:
    seen.looked_at += 1
    if status.st_uid != owner:
        seen.foreign.setdefault(status.st_uid, []).append(path)
    if stat.S_ISLNK(status.st_mode):
        return
    if named_writers(path):
        seen.listed.append(path)
    elif status.st_mode & _OTHERS_WRITE:
        # With a list, the bits of the group are the list's mask, and say nothing alone.
        seen.writable.append(path)


def named_writers(path: str) -> bool:
    """Tell whether an access control list lets somebody named change a file or its directory."""
    return any(writers(_attribute(path, name)) for name in ACCESS_LISTS)


def drop_lists(path: str) -> None:
    """Remove the access control lists of a file; raise OSError where that is not allowed."""
    for name in ACCESS_LISTS:
        if _attribute(path, name):
            os.removexattr(path, name, follow_symlinks=False)


def take_from_others(path: str) -> None:
    """Take the right to write from group and everybody; raise OSError if not allowed.

    Through a descriptor that follows no link: a directory's owner may exchange what is in it.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        os.fchmod(descriptor, stat.S_IMODE(os.fstat(descriptor).st_mode) & ~_OTHERS_WRITE)
    finally:
        os.close(descriptor)


def _attribute(path: str, name: str) -> bytes:
    """Return an attribute of a file; empty where there is none, or no such thing at all."""
    try:
        return os.getxattr(path, name, follow_symlinks=False)
    except (OSError, AttributeError):
        return b""


def _walk(root: str) -> Iterator[tuple[str, os.stat_result]]:
    try:
        yield root, os.lstat(root)
    except OSError:
        return
    pending = [root]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in listed:
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            yield entry.path, status
            if stat.S_ISDIR(status.st_mode):
                pending.append(entry.path)
