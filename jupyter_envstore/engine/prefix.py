"""Where things are in a prefix, on POSIX and on Windows."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
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


def walk(prefix: str) -> Iterator[tuple[str, os.stat_result]]:
    """Yield all that is in a prefix but directories that are not empty.

    Paths are relative to it, with slashes. Links are not followed.
    """
    pending = [""]
    while pending:
        folder = pending.pop()
        with os.scandir(f"{prefix}/{folder}") as entries:
            empty = True
            for entry in entries:
                empty = False
                # One system call an entry: a prefix has tens of thousands.
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    pending.append(f"{folder}{entry.name}/")
                else:
                    yield f"{folder}{entry.name}", status
        if empty and folder:
            yield folder[:-1], os.lstat(f"{prefix}/{folder}")
