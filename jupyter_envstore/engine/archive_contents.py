"""What belongs into the archive of a prefix, and how each file names the prefix.

conda-pack's own list goes by the package cache, which may have been cleaned up, and knows nothing
of what is not conda's below ``conda-meta``. This one goes by conda's records in the prefix.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import re
import stat
import sys
import zlib
from collections.abc import Collection
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from ..domain.own_files import AS_BUILT, EXTERNALLY_MANAGED, FROZEN, MARKER
from .prefix import WINDOWS, walk

if TYPE_CHECKING:
    from .archive_writers import Writer

RECIPE = 1
"""To be raised with every change that makes other bytes of the same files."""

_SCRIPTS = "Scripts" if WINDOWS else "bin"
_OF_CONDA_PACK = frozenset(f"{_SCRIPTS}/{name}" for name in ("activate", "deactivate", "conda"))
"""conda-pack adds its own; older versions of conda leave theirs in every prefix they activate."""
_OF_THE_STORE = frozenset([MARKER, FROZEN, AS_BUILT])
"""What is unpacked is no build of a store: whoever has it may change it."""
_LOCAL_PATHS = ("extracted_package_dir", "package_tarball_full_path")
"""In conda's records: where the package was on this machine."""
_LONGEST = 255
"""Bytes of a prefix where no binary file has a placeholder: more is not asked of packages."""
_LARGEST_TEXT = 64 << 20
"""Bytes. What is larger and of no package does not name the prefix."""


class Entry(NamedTuple):
    """One file, link or empty directory; `path` is relative to the prefix, with slashes."""

    path: str
    status: os.stat_result
    recorded: dict[str, Any] | None
    """What the package's record says of it; None if no package brought it."""

    @property
    def is_of_conda_meta(self) -> bool:
        return self.path.startswith("conda-meta/") and self.path.endswith(".json")

    @property
    def may_name_prefix(self) -> bool:
        if not stat.S_ISREG(self.status.st_mode) or self.path.startswith("conda-meta/"):
            return False
        entry = self.recorded
        if entry is None:
            return self.status.st_size <= _LARGEST_TEXT
        return bool(entry.get("prefix_placeholder")) or "entry_point" in str(entry.get("path_type"))


def contents(prefix: str) -> list[Entry]:
    """Return what belongs into the archive, sorted. Raises OSError, ValueError."""
    recorded = _recorded_paths(prefix)
    there: set[str] = set()

    def belongs(path: str) -> bool:
        there.add(path)
        return path in recorded or not _is_left_out(path, there)

    return [
        Entry(path, status, recorded.get(path))
        for path, status in sorted(walk(prefix, belongs), key=itemgetter(0))
        if _can_be_archived(status)
    ]


def tag_of(entries: list[Entry], *circumstances: str) -> str:
    """Return what tells the bytes of an archive: equal tags mean equal bytes.

    It is made of all that goes into them: the files, by their sizes and times, and the programs.
    """
    programs = (RECIPE, sys.version, zlib.ZLIB_RUNTIME_VERSION, _conda_pack_version())
    digest = hashlib.sha256(repr((programs, circumstances)).encode())
    for path, status, _ in entries:
        told = f"{path}\0{status.st_mode:o} {status.st_size} {status.st_mtime_ns}\n"
        digest.update(told.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:32]


def longest_path(entries: list[Entry]) -> int:
    """Return how many bytes a path may have that the archive is unpacked to."""
    return min(
        (
            len(os.fsencode(entry.recorded["prefix_placeholder"]))
            for entry in entries
            if entry.recorded
            and entry.recorded.get("prefix_placeholder")
            and entry.recorded.get("file_mode") == "binary"
        ),
        default=_LONGEST,
    )


def pack(prefix: str, entries: list[Entry], writer: Writer) -> None:
    """Write all of it, and conda-pack's ``activate`` and ``conda-unpack``.

    What does not name the prefix comes first: for that, conda-pack need not be there yet.
    """
    naming = []
    for entry in entries:
        source = f"{prefix}/{entry.path}"
        if entry.may_name_prefix:
            naming.append(entry)
        elif entry.is_of_conda_meta:
            writer.add_bytes(source, _without_local_paths(source), entry.path)
        else:
            writer.add(source, entry.path)
    from conda_pack.core import File, Packer

    packer = Packer(prefix, writer)
    for path, _, recorded in naming:
        source = f"{prefix}/{path}"
        placeholder = None if recorded is None else recorded.get("prefix_placeholder")
        if placeholder is None:
            if _has(source, prefix):
                packer.add(File(source, path, is_conda=False, file_mode="unknown"))
            else:
                writer.add(source, path)
        elif recorded is not None and recorded.get("file_mode") == "binary":
            writer.add_bytes(source, _with_placeholder(source, prefix, placeholder), path)
            packer.prefixes.append((path, placeholder, "binary"))
        else:
            packer.add(File(source, path, file_mode="text", prefix_placeholder=prefix))
    packer.finish()


def _can_be_archived(status: os.stat_result) -> bool:
    """Tell whether it is a file, a link or an empty directory, and not such as a socket."""
    kind = stat.S_IFMT(status.st_mode)
    return kind in (stat.S_IFREG, stat.S_IFLNK, stat.S_IFDIR)


def _is_left_out(path: str, there: Collection[str]) -> bool:
    """Tell whether a file that no package brought stays behind; `there` tells its source."""
    if path in _OF_CONDA_PACK or path in _OF_THE_STORE or path.endswith(f"/{EXTERNALLY_MANAGED}"):
        return True
    # Byte code is made again from its source, whose time changes when it is unpacked.
    if not path.endswith(".pyc"):
        return False
    parent, _, name = path.rpartition("/__pycache__/")
    return f"{parent}/{name.partition('.')[0]}.py" in there


def _recorded_paths(prefix: str) -> dict[str, dict[str, Any]]:
    """Return what conda's records say of each file that a package brought."""
    meta = f"{prefix}/conda-meta"
    recorded = {}
    for name in os.listdir(meta):  # noqa: PTH208
        if name.endswith(".json"):
            with open(f"{meta}/{name}", "rb") as file:  # noqa: PTH123
                content = json.loads(file.read())
            for entry in content.get("paths_data", {}).get("paths", ()):
                recorded[entry["_path"]] = entry
    return recorded


def _without_local_paths(source: str) -> bytes:
    """Return a record of conda's that does not say where packages were on this machine."""
    with open(source, "rb") as file:  # noqa: PTH123
        record = json.loads(file.read())
    record.update(dict.fromkeys(set(_LOCAL_PATHS).intersection(record), ""))
    if isinstance(record.get("link"), dict) and "source" in record["link"]:
        record["link"]["source"] = ""
    return json.dumps(record, sort_keys=True).encode()


def _has(source: str, prefix: str) -> bool:
    with open(source, "rb") as file:  # noqa: PTH123
        if not os.fstat(file.fileno()).st_size:
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(os.fsencode(prefix)) >= 0


def _with_placeholder(source: str, prefix: str, placeholder: str) -> bytes:
    """Return a binary file with the placeholder that its package had instead of the prefix.

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
    with open(source, "rb") as file:  # noqa: PTH123
        return pattern.sub(restored, file.read())


def _conda_pack_version() -> str:
    """Return the version of conda-pack without loading it."""
    import importlib.util

    found = importlib.util.find_spec("conda_pack")
    packages = os.path.dirname(os.path.dirname((found and found.origin) or ""))  # noqa: PTH120
    return next(filter(_IS_CONDA_PACK, os.listdir(packages or ".")), "")  # noqa: PTH208


_IS_CONDA_PACK = re.compile(r"conda_pack-.+\.dist-info").fullmatch
