"""The directories that Jupyter lists, one a kernel: filled from a revision, changed by a rename.

A new directory is made elsewhere and renamed into place. Of one that is there, ``kernel.json`` is
replaced last, by a rename: it names its revision's script, so a reader has the old kernel or the
new one. One that goes is renamed away before it is removed. Whatever holds no ``kernel.json`` of
the store is foreign, and is never touched.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..domain.errors import Conflict

CONTENT = "kernel.json"
TEMPORARY = ".tmp-"


def fill(directory: Path, revision: Path, *, but: str) -> bool:
    """Make `directory` show the files of a revision; return whether that changed anything.

    `but` names a file that the directory does without: it is used where the revision is. Raises
    `Conflict` if the directory is foreign. Part of what a single writer does.
    """
    _check_ours(directory)
    present = directory / CONTENT
    if present.exists() and present.read_bytes() == (revision / CONTENT).read_bytes():
        return False
    with _scratch(revision.parent) as scratch:
        new = scratch / "new"
        shutil.copytree(revision, new, ignore=shutil.ignore_patterns(but))
        _flush(new / CONTENT)
        if directory.exists():
            _replace_files(directory, new)
        else:
            new.rename(directory)
    return True


def take_away(directory: Path, aside: Path) -> bool:
    """Remove the kernel of this name; return whether there was one.

    It disappears by one rename into `aside`, on the same file system. Raises `Conflict` if it is
    foreign.
    """
    _check_ours(directory)
    if not directory.exists():
        return False
    with _scratch(aside) as scratch:
        directory.rename(scratch / "old")
    return True


def _replace_files(directory: Path, new: Path) -> None:
    names = {entry.name for entry in new.iterdir()}
    for name in sorted(names - {CONTENT}):
        (new / name).replace(directory / name)
    (new / CONTENT).replace(directory / CONTENT)
    for entry in directory.iterdir():
        if entry.name not in names:
            entry.unlink()


def _check_ours(directory: Path) -> None:
    if os.path.lexists(directory) and (directory.is_symlink() or not _is_ours(directory)):
        raise Conflict(
            f"{directory} is foreign: this store did not make it, so it is left alone.",
            "Move it away, or choose another name for the environment.",
        )


def _is_ours(directory: Path) -> bool:
    try:
        content: Any = json.loads((directory / CONTENT).read_text(encoding="utf-8"))
        return "envstore" in content["metadata"]
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _flush(path: Path) -> None:
    # An empty file after a power failure would be foreign for ever.
    with path.open("rb+") as file:
        os.fsync(file.fileno())


@contextmanager
def _scratch(parent: Path) -> Iterator[Path]:
    """Yield a directory below `parent` that is removed afterwards; if we die, by the next sweep."""
    scratch = parent / f"{TEMPORARY}{secrets.token_hex(8)}"
    scratch.mkdir(parents=True)
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
