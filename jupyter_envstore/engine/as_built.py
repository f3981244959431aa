"""What a build was like when it was finished, as far as no record of a package tells it.

The file `own_files.AS_BUILT` in the prefix has it as JSON: the records themselves, what link
scripts did, pip's lists, byte code of this prefix alone, and the store's own files.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ..domain.own_files import AS_BUILT, EXTERNALLY_MANAGED, FROZEN, HISTORY, STATE
from .prefix import standard_library

_VERSION = 1
_BLOCK = 1 << 20


@dataclass
class AsBuilt:
    """Paths are relative to the prefix, with slashes; hashes are those of `digest_of`."""

    hashes: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    """The store's own files, as a whole: nothing else could restore them."""
    executables: set[str] = field(default_factory=set)
    """All files that may be run."""
    absent: set[str] = field(default_factory=set)
    """What packages brought, and link scripts have removed."""

    def write(self, prefix: Path) -> None:
        """Keep it in the prefix. Readers see the old or the new one."""
        value = {
            "version": _VERSION,
            "hashes": self.hashes,
            "texts": self.texts,
            "executables": sorted(self.executables),
            "absent": sorted(self.absent),
        }
        path = prefix / AS_BUILT
        new = path.with_name(f".{path.name}.new")
        new.write_text(json.dumps(value), encoding="utf-8")
        new.chmod(0o644)
        new.replace(path)


def read_as_built(prefix: Path) -> AsBuilt | None:
    """Return what is kept in a prefix; None if there is nothing, or nothing that makes sense."""
    try:
        raw = json.loads((prefix / AS_BUILT).read_text(encoding="utf-8"))
        return AsBuilt(
            {str(path): str(digest) for path, digest in raw["hashes"].items()},
            {str(path): str(text) for path, text in raw["texts"].items()},
            set(raw["executables"]),
            set(raw["absent"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def note_records(prefix: Path, executables: Iterable[str], unrecorded: Iterable[str]) -> AsBuilt:
    """Look at what a build has just finished, and return what no record tells of it.

    `unrecorded` are files whose hashes are kept besides those of conda's records.
    """
    built = AsBuilt(executables=set(executables))
    for path in [*_records(prefix), *unrecorded]:
        if digest := digest_of(f"{prefix}/{path}"):
            built.hashes[path] = digest
    for path in own_files(prefix):
        built.texts[path] = (prefix / path).read_text(encoding="utf-8")
    return built


def own_files(prefix: Path) -> list[str]:
    """Return those of the store's own files that never change and that the prefix has."""
    library = standard_library(prefix)
    managed = [] if library is None else [library / EXTERNALLY_MANAGED]
    found = [prefix / FROZEN, prefix / HISTORY, prefix / STATE, *managed]
    return [path.relative_to(prefix).as_posix() for path in found if path.is_file()]


def pip_records(prefix: Path) -> list[str]:
    """Return where the lists of files of Python's packages are, those of conda's packages too."""
    library = standard_library(prefix)
    found = [] if library is None else sorted(library.glob("site-packages/*.dist-info/RECORD"))
    return [path.relative_to(prefix).as_posix() for path in found]


def digest_of(path: str) -> str | None:
    """Return the SHA-256 of a file, or of what a link says; None if it is neither, or not there."""
    digest = hashlib.sha256()
    try:
        mode = os.lstat(path).st_mode
        if stat.S_ISLNK(mode):
            return hashlib.sha256(os.fsencode(os.readlink(path))).hexdigest()  # noqa: PTH115
        if not stat.S_ISREG(mode):
            return None
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123  # Tens of thousands.
            while block := file.read(_BLOCK):
                digest.update(block)
    except FileNotFoundError:
        return None
    return digest.hexdigest()


def _records(prefix: Path) -> list[str]:
    meta = prefix / "conda-meta"
    return [f"conda-meta/{path.name}" for path in sorted(meta.glob("*.json"))]
