"""Where things are in a prefix, on POSIX and on Windows."""

from __future__ import annotations

import sys
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
