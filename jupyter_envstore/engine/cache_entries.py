"""What is in the caches of packages and of byte code, and how an entry is taken out of use.

A build holds an entry's lock with others for as long as it links the entry, so whoever holds it
alone may remove the entry. Whenever a build uses an entry, it renews the time of the entry's
metadata or manifest: that is the last use. The formats are those of `package_cache` and `bytecode`.
"""

from __future__ import annotations

import os
import re
import struct
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from .locks import LockBusy, lock_file, relock, unlock_file

METADATA = struct.Struct(">Q32s")
"""A revision and the SHA-256 of the archive: the file ``<entry>.lock`` beside an entry."""
LOCKS = ".locks"
"""The directory of the locks, in the package cache."""
MANIFEST = "manifest.json"
"""In every entry of byte code."""

_ARCHIVES = (".conda", ".tar.bz2")
_PACKAGE = re.compile(r"[^-.][^/]*-[^-/]+-[^-/]+")
_HASH = re.compile(r"[0-9a-f]{64}")


class NotOnlyPackages(Exception):
    """A directory that is said to be a package cache holds something else: it is left alone."""


@dataclass(frozen=True)
class CacheEntry:
    """A directory of a cache, and what has to be known before it may go."""

    path: Path
    locks: tuple[Path, ...]
    """All of them are held alone while the entry goes."""
    mark: Path
    """The metadata or manifest: its time is that of the last use."""
    sha256: str | None
    """Of the package's archive; None where it is not known."""

    @property
    def used_on(self) -> float:
        """When a build last used it, in seconds since the epoch; looked up each time."""
        try:
            return self.mark.stat().st_mtime
        except OSError:
            return 0.0  # What a crash has left without its metadata serves nobody.

    @property
    def beside(self) -> Path | None:
        """The metadata beside a package's entry: without it there is no entry, so it goes first."""
        return self.mark if self.mark.parent != self.path else None


def lock_of_archive(cache: Path, archive: str) -> Path:
    """Return the file that is locked while the package of this archive is used or replaced."""
    return cache / LOCKS / f"{archive}.lock"


def lock_of_byte_code(cache: Path) -> Path:
    """Return the file that builds lock with others while they use the cache of byte code."""
    return cache / ".lock"


def mark_used(mark: str | Path) -> None:
    """Renew the time of an entry's metadata or manifest: a build uses the entry now."""
    # Another user's file cannot be renewed; the entry then goes a little early, which is harmless.
    with suppress(OSError):
        os.utime(mark)


def package_entries(cache: Path) -> list[CacheEntry]:
    """Return the entries of the package cache.

    Raises `NotOnlyPackages` if the directory holds anything else, such as conda's own cache,
    whose rules we do not know. Names with a dot in front are nobody's concern.
    """
    names = _names(cache)
    entries = []
    for name in sorted(names):
        metadata = cache / f"{name}.lock"
        if _PACKAGE.fullmatch(name) and (cache / name / "info" / "index.json").is_file():
            locks = tuple(lock_of_archive(cache, f"{name}{end}") for end in _ARCHIVES)
            entries.append(CacheEntry(cache / name, locks, metadata, _hash(metadata)))
        elif not name.endswith(".lock"):
            raise NotOnlyPackages(name)
    return entries


def byte_code_entries(cache: Path) -> list[CacheEntry]:
    """Return the entries of the cache of byte code, and what killed builds have left there."""
    locks = (lock_of_byte_code(cache),)
    entries = []
    for group in sorted(_names(cache) - {"interpreters"}):
        for path in sorted((cache / group).iterdir()):
            if _HASH.fullmatch(path.name):
                entries.append(CacheEntry(path, locks, path / MANIFEST, path.name))
            elif path.name.startswith("."):
                # Half made. While nobody else holds the lock, nobody is making it.
                entries.append(CacheEntry(path, locks, path / MANIFEST, None))
    return entries


@contextmanager
def alone(entry: CacheEntry) -> Iterator[bool]:
    """Hold all locks of an entry; the value is False if somebody has one of them."""
    if sys.platform == "win32":
        yield False  # There are no locks that would tell who uses it.
        return
    with ExitStack() as held:
        try:
            for path in entry.locks:
                path.parent.mkdir(parents=True, exist_ok=True)
                held.callback(unlock_file, lock_file(path, exclusive=True, wait=False))
            if entry.beside is not None:
                # rattler's own lock, for other programs that share the cache. Never made here: it
                # would be an entry's metadata.
                with suppress(FileNotFoundError):
                    descriptor = os.open(entry.beside, os.O_RDWR)
                    held.callback(unlock_file, descriptor)
                    relock(descriptor, exclusive=True, wait=False)
        except (LockBusy, PermissionError):
            yield False
        else:
            yield True


def _names(directory: Path) -> set[str]:
    try:
        return {entry.name for entry in directory.iterdir() if not entry.name.startswith(".")}
    except FileNotFoundError:
        return set()


def _hash(metadata: Path) -> str | None:
    with suppress(OSError):
        recorded = metadata.read_bytes()
        if len(recorded) == METADATA.size:
            return recorded[METADATA.size - 32 :].hex()
    return None
