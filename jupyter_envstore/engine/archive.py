"""An archive of a build: ``python -m jupyter_envstore.engine.archive PREFIX ARCHIVE``.

A gzipped tar file with conda-pack's ``bin/activate`` and ``bin/conda-unpack``, so that it works
wherever it is unpacked. conda-pack writes it; the list of files is ours. conda-pack's own goes by
the package cache, which may have been cleaned up, and knows nothing of what is not conda's below
``conda-meta``.

The archive appears by a rename when it is whole. Of several processes that are to make the same
one, the first does, and the others wait for it. Standard input is the lifeline; the exit status
is 0 if the archive is there, else standard error says why it is not.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conda_pack.core import CondaEnv, File

from ..domain.origin import MARKER
from . import process
from .locks import lock_file, unlock_file
from .prefix import WINDOWS

LOCK = ".archive.lock"
_SCRATCH = ".archive-"

_SCRIPTS = "Scripts" if WINDOWS else "bin"
_OF_CONDA_PACK = frozenset(f"{_SCRIPTS}/{name}" for name in ("activate", "deactivate", "conda"))
"""conda-pack adds its own; older versions of conda leave theirs in every prefix they activate."""
_OF_THE_STORE = frozenset([MARKER, "conda-meta/frozen"])
"""What is unpacked is no build of a store: whoever has it may change it."""
_EXTERNALLY_MANAGED = "EXTERNALLY-MANAGED"


def make_archive(prefix: Path, archive: Path) -> None:
    """Write the archive, unless it is there. Raises OSError, or what conda-pack raises."""
    lock = lock_file(archive.with_name(LOCK), exclusive=True, wait=True)
    try:
        if archive.exists():
            return
        # The lock is free: whoever began these is dead.
        for left in archive.parent.glob(f"{_SCRATCH}*"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=archive.parent) as directory:
            scratch = Path(directory)
            # conda-pack's temporary file: beside the archive, so that only its name changes.
            tempfile.tempdir = directory
            whole = scratch / "whole.tar.gz"
            CondaEnv(str(prefix), list(_files(prefix, scratch))).pack(str(whole), format="tar.gz")
            whole.chmod(0o644)
            whole.replace(archive)
    finally:
        tempfile.tempdir = None
        unlock_file(lock)


def _files(prefix: Path, scratch: Path) -> Iterator[File]:
    """Yield what belongs into the archive, and how each file names the prefix.

    ``unknown`` lets conda-pack look for the prefix itself; None is for what cannot have it.
    """
    recorded = _recorded_paths(prefix)
    for number, path in enumerate(_walk(prefix)):
        source, entry = prefix / path, recorded.get(path)
        if _is_left_out(prefix, path, entry):
            continue
        placeholder = None if entry is None else entry.get("prefix_placeholder")
        if path.startswith("conda-meta/") or source.is_symlink():
            mode, placeholder = None, None
        elif entry is not None and placeholder and entry.get("file_mode") == "binary":
            restored = scratch / str(number)
            _restore_placeholder(source, restored, str(prefix), placeholder)
            source, mode = restored, "binary"
        elif entry is not None and placeholder:
            mode, placeholder = "text", str(prefix)
        elif entry is None or "entry_point" in str(entry.get("path_type")):
            mode = "unknown"
        else:
            mode = None
        yield File(str(source), path, entry is not None, mode, placeholder)


def _walk(prefix: Path) -> Iterator[str]:
    """Yield the paths of files, links and empty directories, relative and with slashes."""
    for directory, directories, files in os.walk(prefix):
        here = Path(directory)
        leaves = [name for name in directories if _is_leaf(here / name)]
        for name in sorted([*files, *leaves]):
            yield (here / name).relative_to(prefix).as_posix()


def _is_leaf(directory: Path) -> bool:
    return directory.is_symlink() or not any(directory.iterdir())


def _is_left_out(prefix: Path, path: str, entry: dict[str, Any] | None) -> bool:
    if entry is not None:
        return False
    if path in _OF_CONDA_PACK or path in _OF_THE_STORE or path.endswith(f"/{_EXTERNALLY_MANAGED}"):
        return True
    # Byte code is made again from its source, whose time changes when it is unpacked.
    parent, _, name = path.rpartition("/__pycache__/")
    source = f"{parent}/{name.partition('.')[0]}.py"
    return name.endswith(".pyc") and (prefix / source).exists()


def _recorded_paths(prefix: Path) -> dict[str, dict[str, Any]]:
    """Return what conda's records say of each file that a package brought."""
    entries = {}
    for record in (prefix / "conda-meta").glob("*.json"):
        content = json.loads(record.read_text(encoding="utf-8"))
        for entry in content.get("paths_data", {}).get("paths", ()):
            entries[entry["_path"]] = entry
    return entries


def _restore_placeholder(source: Path, target: Path, prefix: str, placeholder: str) -> None:
    """Copy a binary file with the placeholder that its package had instead of the prefix.

    What was gained by the shorter path is at the end of each text as zeros. They are taken away
    again, so that `conda-unpack` has room for any path that is not longer than the placeholder.
    """
    old, new = os.fsencode(prefix), os.fsencode(placeholder)
    gained = len(new) - len(old)

    def restored(match: re.Match[bytes]) -> bytes:
        count = match.group("text").count(old)
        zeros = len(match.group("zeros")) - gained * count
        if zeros < 1:
            return match.group()  # Not what a package manager has written.
        return match.group("text").replace(old, new) + b"\0" * zeros

    pattern = re.compile(rb"(?P<text>%s[^\0]*)(?P<zeros>\0+)" % re.escape(old))
    target.write_bytes(pattern.sub(restored, source.read_bytes()))
    shutil.copystat(source, target)


def main(arguments: list[str]) -> None:
    """Make the archive that the arguments name, and end when the server does."""
    if len(arguments) != 2:
        sys.exit("usage: python -m jupyter_envstore.engine.archive PREFIX ARCHIVE")
    process.end_with_parent()
    process.be_modest()
    prefix, archive = map(Path, arguments)
    try:
        make_archive(prefix, archive)
    except Exception as error:  # noqa: BLE001  # Whatever it is, the one who asks has to know.
        sys.exit(str(error) or type(error).__name__)


if __name__ == "__main__":
    main(sys.argv[1:])
