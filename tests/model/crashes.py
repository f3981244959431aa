"""Lets this process be a server that dies at its n-th change of a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.faults.steps import changed_paths


class ServerCrash(BaseException):
    """The server is dead: no handler of errors in it may do anything more."""


class _Fuse:
    root = ""
    left: int | None = None


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _Fuse.left is None:
        return
    paths = [os.fspath(path) for path in changed_paths(event, arguments) if _is_path(path)]
    if not any(path.startswith(_Fuse.root) for path in paths if isinstance(path, str)):
        return
    # A dead server cleans nothing up: each further change fails, too.
    _Fuse.left -= 1
    if _Fuse.left < 0:
        raise ServerCrash(event)


def _is_path(value: object) -> bool:
    return isinstance(value, (str, os.PathLike))


@contextmanager
def crash_after(changes: int | None, root: Path) -> Iterator[None]:
    """Raise `ServerCrash` instead of the change below `root` after so many; None: never."""
    if not _installed:
        _installed.append(True)
        sys.addaudithook(_hook)
    _Fuse.root, _Fuse.left = f"{root}{os.sep}", changes
    try:
        yield
    finally:
        _Fuse.left = None


_installed: list[bool] = []
"""An audit hook cannot be taken away: it is there once, and idle where nothing is to crash."""
