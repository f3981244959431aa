"""What Windows says of itself, and nothing anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable

from ..domain.path_lengths import REGISTRY_KEY

ReadRegistry = Callable[[str, str], object]
"""Takes a key below ``HKEY_LOCAL_MACHINE`` and a name; raises OSError if there is no such value."""


def _read_registry(key: str, name: str) -> object:
    if sys.platform == "win32":
        import winreg

        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as handle:
            return winreg.QueryValueEx(handle, name)[0]
    raise OSError("There is no registry: this is not Windows.")


def long_paths_enabled(read: ReadRegistry = _read_registry) -> bool | None:
    """Return what ``LongPathsEnabled`` in the registry says; None if it cannot be read.

    The value counts for Python, whose manifest says that it can do with long paths, but not for
    every program that a build runs.
    """
    try:
        return read(REGISTRY_KEY, "LongPathsEnabled") == 1
    except FileNotFoundError:
        return False  # As Windows takes a value that is not there.
    except OSError:
        return None
