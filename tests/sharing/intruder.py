"""Tries to change what is below directories, and says what it could: a program of its own.

Nothing is changed: a file that can be opened for writing is not written to, and what can be made
in a directory is removed again.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path


def can_change(path: Path) -> bool:
    status = path.lstat()
    if stat.S_ISDIR(status.st_mode):
        probe = path / ".intruder"
        try:
            probe.mkdir()
        except OSError:
            return False
        probe.rmdir()
        return True
    if not stat.S_ISREG(status.st_mode):
        return False
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_NOFOLLOW))
    except OSError:
        return False
    return True


for root in map(Path, sys.argv[1:]):
    for found in (root, *root.rglob("*")):
        if can_change(found):
            print(found)
