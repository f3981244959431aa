"""Files of a prefix in use, replaced one by one: whoever opens one sees the old or the new."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from .survey import OTHERS_WRITE, unwanted_modes


class Replacing:
    """Replaces files of one prefix; paths are relative to it, with slashes.

    What goes is moved to `aside`, a directory on the same file system. Raises OSError, and never
    makes the prefix itself anew, if that has been removed meanwhile.
    """

    def __init__(self, prefix: Path, aside: Path, *, only_owner_writes: bool) -> None:
        self._prefix = prefix
        self._aside = aside
        self._others = OTHERS_WRITE if only_owner_writes else 0
        self._number = 0
        aside.mkdir(exist_ok=True)

    def put(self, fresh: Path, path: str) -> None:
        """Move a fresh file, on the same file system, to where it belongs."""
        target = self._place(path)
        if target.is_dir() and not target.is_symlink():
            self._move_aside(target)
        fresh.replace(target)

    def write(self, path: str, text: str) -> None:
        """Give a file this text."""
        fresh = self._new()
        fresh.write_text(text, encoding="utf-8")
        fresh.chmod(0o644)
        self.put(fresh, path)

    def remove(self, path: str) -> None:
        """Take a file away, and directories that are empty then."""
        target = self._prefix / path
        if not os.path.lexists(target):
            return
        self._move_aside(target)
        for parent in target.parents:
            if parent == self._prefix:
                return
            try:
                parent.rmdir()
            except OSError:  # It holds something else.
                return

    def correct_mode(self, path: str, *, runs: bool) -> None:
        """Let a file be run or not, and nobody write it who should not."""
        target = self._prefix / path
        status = target.lstat()
        if not stat.S_ISREG(status.st_mode):
            return
        mode = stat.S_IMODE(status.st_mode) & ~unwanted_modes(status, self._others)
        # Whoever may read it may run it.
        mode = mode | (mode & 0o444) >> 2 if runs else mode & ~0o111
        if mode != stat.S_IMODE(status.st_mode):
            target.chmod(mode)

    def _place(self, path: str) -> Path:
        """Return the target of a path, whose directories are there then."""
        target = self._prefix / path
        for parent in reversed(target.relative_to(self._prefix).parents[:-1]):
            directory = self._prefix / parent
            if os.path.lexists(directory) and not self._is_directory(directory):
                self._move_aside(directory)
            if not os.path.lexists(directory):
                directory.mkdir()
        return target

    def _is_directory(self, path: Path) -> bool:
        """Tell whether it is a directory, or a link to one of the same prefix."""
        root = os.path.realpath(self._prefix)
        return path.is_dir() and os.path.realpath(path).startswith(f"{root}{os.sep}")

    def _move_aside(self, path: Path) -> None:
        path.rename(self._new())

    def _new(self) -> Path:
        self._number += 1
        return self._aside / str(self._number)
