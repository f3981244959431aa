"""Directories of the store: only its owner writes to them and to what is made in them.

Whoever could exchange a prefix, a link or a kernelspec would decide what others run. Neither a
umask of 002 nor an access control list of the directory above shall give that right away.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from pathlib import Path

from ..domain.posix_acl import DEFAULT, list_of_mode

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_STATUS = Path("/proc/self/status")
_USUAL = 0o022


def make_own(path: str | Path) -> None:
    """Make a directory, and its parents, that only this user may write to. Raises OSError."""
    path = Path(path)
    for missing in reversed([place for place in (path, *path.parents) if not place.exists()]):
        missing.mkdir(mode=0o755, exist_ok=True)


def guard(path: str | Path) -> None:
    """Let nobody else write to a directory of this user's, nor to what will be made in it.

    The second by a list of the three plain entries, from which new files and directories begin in
    place of the umask. Without support for such lists the umask decides.
    """
    if not hasattr(os, "geteuid"):
        return
    with contextlib.suppress(OSError, AttributeError):
        status = os.stat(path)  # noqa: PTH116
        if status.st_uid != os.geteuid() or status.st_mode & stat.S_ISVTX:
            return
        if status.st_mode & _OTHERS_WRITE:
            os.chmod(path, stat.S_IMODE(status.st_mode) & ~_OTHERS_WRITE)  # noqa: PTH101
        umask = _umask()
        if umask & _USUAL != _USUAL or _has_default_list(path):
            os.setxattr(path, DEFAULT, list_of_mode(0o777 & ~(umask | _USUAL)))


def _has_default_list(path: str | Path) -> bool:
    try:
        return bool(os.getxattr(path, DEFAULT))
    except OSError:
        return False


def _umask() -> int:
    """Return the umask; to ask the system call for it would change it for all threads."""
    with contextlib.suppress(OSError):
        found = re.search(r"^Umask:\s*([0-7]+)$", _STATUS.read_text(), re.MULTILINE)
        if found:
            return int(found[1], 8)
    return _USUAL
