"""The directory of the channels' indexes: always one in which every file belongs to this user.

What is solved is what an index says, so one that others can write to is not believed. And one of
another user cannot be brought up to date: its time may not be set, and rattler hides what it writes
from everybody but its owner. The channel is then asked for a new one, which goes elsewhere.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .ownership import drop_default_list, is_kept_by

INDEXES = "indexes"
"""In the directory of an attempt: what it uses where no other directory will do."""
_CLOSED = 0o700


def own_index_directory(wanted: str | Path, otherwise: Path) -> Path:
    """Return `wanted`, or what stands in for it where others have a hand in it; made if need be.

    That is a directory of this user below it, or else `otherwise`. Nothing is removed. Raises
    OSError if none of them can be made.
    """
    path = Path(wanted)
    if sys.platform == "win32":
        path.mkdir(parents=True, exist_ok=True)
        return path
    user = os.geteuid()
    places = (path, path / f"of-user-{user}")
    found = next((place for place in places if _is_ours_alone(place, user)), None)
    if found is None:
        found = otherwise
        found.mkdir(mode=_CLOSED, parents=True, exist_ok=True)
    return found


def _is_ours_alone(directory: Path, user: int) -> bool:
    """Make a directory, and tell whether nobody else has a hand in what is there."""
    try:
        directory.mkdir(mode=_CLOSED, parents=True, exist_ok=True)
        if not is_kept_by({user}, directory.stat()):
            return False
        drop_default_list(directory)
        # What is deeper has the owner of what is above: who changes owners does so for all of it.
        with os.scandir(directory) as entries:
            return all(is_kept_by({user}, entry.stat(follow_symlinks=False)) for entry in entries)
    except OSError:  # Another's, who lets nobody in.
        return False
