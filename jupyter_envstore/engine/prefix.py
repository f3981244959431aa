"""Where things are in a prefix, on POSIX and on Windows."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WINDOWS = sys.platform == "win32"


def python_of(prefix: Path) -> Path:
    """Return the path of the build's own interpreter, which may not exist."""
    return prefix / "python.exe" if WINDOWS else prefix / "bin" / "python"


def path_directories(prefix: Path) -> list[Path]:
    """Return what an activated environment puts in front of PATH."""
    if WINDOWS:
        return [prefix, prefix / "Library" / "bin", prefix / "Scripts"]
    return [prefix / "bin"]


def standard_library(prefix: Path) -> Path | None:
    """Return the directory of Python's standard library, or None where there is no Python."""
    candidates = [prefix / "Lib"] if WINDOWS else sorted((prefix / "lib").glob("python[23]*"))
    return next((path for path in candidates if (path / "os.py").is_file()), None)


def walk(
    prefix: str, wanted: Callable[[str], bool] = lambda _: True
) -> Iterator[tuple[str, os.stat_result]]:
    """Yield all that is in a prefix but directories that are not empty.

    Paths are relative to it, with slashes. Links are not followed. `wanted` is asked about each
    file before it is looked at, and about those of a folder before those of folders in it.
    """
    pending = [""]
    while pending:
        folder = pending.pop()
        with opened_folder(f"{prefix}/{folder}") as opened, os.scandir(opened) as entries:
            empty = True
            for entry in entries:
                empty = False
                path = f"{folder}{entry.name}"
                # One system call a file, and none for a directory: there are tens of thousands.
                if entry.is_dir(follow_symlinks=False):
                    pending.append(f"{path}/")
                elif wanted(path):
                    yield path, entry.stat(follow_symlinks=False)
        if empty and folder:
            yield folder[:-1], os.lstat(f"{prefix}/{folder}")


@contextmanager
def opened_folder(path: str) -> Iterator[int | str]:
    """Give what `os.scandir` looks into fastest: a descriptor, where the system has such.

    Beginning at a descriptor, the system need not find its way along the path for each entry.
    """
    if os.scandir not in os.supports_fd:
        yield path
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
