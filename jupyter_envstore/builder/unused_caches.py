"""Entries of the caches that no build uses: found, and taken while nobody can begin to use them."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..domain.disk_use import Removal, Tree
from ..engine.cache_entries import (
    CacheEntry,
    NotOnlyPackages,
    alone,
    byte_code_entries,
    package_entries,
)
from ..store.disk_use import measure
from ..store.files import Trash


@dataclass(frozen=True)
class UnusedEntry:
    """An entry that may go, and what it occupies."""

    entry: CacheEntry
    tree: Tree


class UnusedCaches:
    """The caches of packages and of byte code, seen from a clean-up."""

    def __init__(self, packages: Path, byte_code: Path, trash: Trash) -> None:
        self.packages = packages
        self.byte_code = byte_code
        self._trash = trash

    def find(
        self, hashes_in_use: Collection[str], unused_since: float, removal: Removal
    ) -> tuple[list[UnusedEntry], str | None]:
        """Return the entries that may go, and why the package cache is left alone, if it is.

        An entry stays if a build has its package, if it was used after `unused_since` (seconds
        since the epoch), or if anything outside of `removal` has a link to one of its files.
        """
        found = []
        for entry in self._entries():
            if entry.sha256 in hashes_in_use or entry.used_on > unused_since:
                continue
            tree = measure(entry.path, *([entry.beside] if entry.beside else []))
            if removal.would_clear(tree):
                found.append(UnusedEntry(entry, tree))
        return found, self.why_left_alone()

    def why_left_alone(self) -> str | None:
        """Return a sentence if the package cache holds something that is not a package."""
        try:
            package_entries(self.packages)
        except NotOnlyPackages as error:
            return (
                f"{self.packages} holds {error}, which is not a package; nothing is removed there. "
                "Give the store a package cache of its own: c.EnvStore.package_cache_directory."
            )
        return None

    def take(self, unused: UnusedEntry, unused_since: float) -> bool:
        """Throw an entry away, unless a build has begun to use it since it was found."""
        entry = unused.entry
        with alone(entry) as held:
            if not held or entry.used_on > unused_since or measure(entry.path).shared:
                return False
            if entry.beside is not None:
                entry.beside.unlink(missing_ok=True)
            try:
                return self._trash.take(entry.path)
            except OSError:  # On another file system than the store.
                shutil.rmtree(entry.path, ignore_errors=True)
                return not entry.path.exists()

    def _entries(self) -> Iterator[CacheEntry]:
        with contextlib.suppress(NotOnlyPackages):
            yield from package_entries(self.packages)
        yield from byte_code_entries(self.byte_code)
