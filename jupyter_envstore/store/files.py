"""Files and directories: written whole or not at all, and removed without anybody watching."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from ..domain.own_files import MARKER


def write_atomically(path: str | Path, text: str) -> None:
    """Replace a file's content: readers see the old or the new text, also after a crash."""
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[BinaryIO]:
    """Write a file that may be long, and that only its owner may read.

    It is there, in place of what was there, when the block has ended without an exception.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        with open(temporary, "x+b", opener=_for_its_owner) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def sweep_unfinished(path: str | Path) -> None:
    """Remove what a process left beside the file that was killed in `write_atomically`.

    For whoever is sure to be the only writer of the file.
    """
    path = Path(path)
    for left in path.parent.glob(f".{path.name}.*.tmp"):
        left.unlink(missing_ok=True)


def read_marker(prefix: str | Path) -> dict[str, object] | None:
    """Return what a prefix says about its origin; None if it is not the store's."""
    try:
        raw = json.loads((Path(prefix) / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return raw if isinstance(raw, dict) else None


def amend_marker(prefix: str | Path, **changes: object) -> None:
    """Replace entries of the marker of a prefix, and keep the others."""
    raw = read_marker(prefix) or {}
    path = Path(prefix) / MARKER
    write_atomically(path, json.dumps({**raw, **changes}, indent=2))
    path.chmod(0o644)


class Trash:
    """Removal in two steps: out of sight by one rename, then slowly, off the disk."""

    def __init__(self, directory: str) -> None:
        self._directory = Path(directory)

    def take(self, path: str | Path) -> bool:
        """Move a directory or file here; return False if there was nothing.

        It has to be on the same file system. What `empty` removes is gone for good.
        """
        path = Path(path)
        self._directory.mkdir(parents=True, exist_ok=True)
        try:
            path.rename(self._directory / f"{path.name[:40]}.{uuid.uuid4().hex}")
        except FileNotFoundError:
            return False
        return True

    def empty(self, enough: Callable[[], bool] = lambda: False) -> None:
        """Remove everything that was thrown away, by this server or another, until `enough`."""
        for entry in self.entries():
            if enough():
                return
            _remove(entry)

    def entries(self) -> list[Path]:
        """Return what has been thrown away and is not removed yet."""
        try:
            return sorted(self._directory.iterdir())
        except FileNotFoundError:
            return []


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        _make_writable(path)
        # Another server may empty the same trash: what is gone already is no error.
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _make_writable(root: Path) -> None:
    """Give directories their write bit: without it, what they hold cannot be removed."""
    for directory, _, _ in os.walk(root):
        with contextlib.suppress(OSError):
            mode = Path(directory).stat().st_mode
            if not mode & stat.S_IWUSR:
                Path(directory).chmod(mode | stat.S_IRWXU)
