"""The packages of builds of shared stores, as the records in their prefixes tell of them."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

from ..domain.build import BuildStatus, PackageRow
from ..domain.dependencies import Package, required_by
from ..domain.layout import Layout
from ..domain.shared_names import shared_id
from ..domain.specification import Specification
from ..engine.installed import installed_packages
from ..store.listing import Listing, Page
from ..store.packages import StoredPackage
from ..store.shared_index import read_inside
from .shared_files import specification_of
from .shared_stores import FoundBuild

_MOST_BYTES = 32 << 20
"""Of one record, or of the lockfile."""
_MOST_BYTES_EACH = 512 << 20
"""Of all records of a build together."""
_REMEMBERED = 64
"""Builds of which the packages are remembered: they do not change."""


class SharedPackages:
    """Reads the packages of builds, and remembers those that were asked for last."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[PackageRow, ...]] = {}

    def rows(self, found: FoundBuild) -> tuple[PackageRow, ...]:
        """Return the packages of a build; none where it has no prefix that can be read."""
        key = (found.build.prefix, found.build.key)
        if found.build.status is not BuildStatus.COMPLETED:
            return ()
        rows = self._known.get(key)
        if rows is None:
            rows = _read(found)
            if rows:  # What cannot be read now may be readable later.
                self._remember(key, rows)
        return rows

    def names(self, found: FoundBuild) -> frozenset[str]:
        """Return the names of the packages of a build."""
        return frozenset(row.name for row in self.rows(found))

    def page(
        self,
        found: FoundBuild,
        listing: Listing,
        *,
        search: str | None = None,
        exact: bool = False,
        build: str | None = None,
    ) -> Page[StoredPackage]:
        """Return packages of a build, as `Packages.of_build` does for builds of this store."""
        rows = self.rows(found)
        needing = required_by({Package(row.manager, row.name): row.depends for row in rows})
        channels = sorted({row.channel for row in rows})
        slot = found.state.slot
        stored = [
            StoredPackage(
                id=shared_id(slot, number),
                channel_id=shared_id(slot, channels.index(row.channel) + 1),
                channel_updated=None,
                package=row,
                required_by=needing.get(Package(row.manager, row.name), ()),
            )
            for number, row in enumerate(rows, 1)
            if _is_wanted(row, search or "", build or "", exact=exact)
        ]
        return _page(stored, listing)

    def _remember(self, key: tuple[str, str], rows: tuple[PackageRow, ...]) -> None:
        while len(self._known) >= _REMEMBERED:
            self._known.pop(next(iter(self._known)), None)
        self._known[key] = rows


def _read(found: FoundBuild) -> tuple[PackageRow, ...]:
    specification = specification_of(found) or Specification(found.environment.name)
    lockfile = Path(Layout(found.directory).lock_artifact(found.build.id))
    read = _reader(found.directory)
    try:
        return tuple(installed_packages(Path(found.build.prefix), lockfile, specification, read))
    except (AttributeError, KeyError, OSError, TypeError, ValueError):
        return ()  # Its records are not what conda writes.


def _reader(directory: str) -> Callable[[Path], bytes]:
    """Return a function that reads files of a store, until they are too many bytes together."""
    left = _MOST_BYTES_EACH

    def read(path: Path) -> bytes:
        nonlocal left
        if left <= 0:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), os.fspath(path))
        data = read_inside(path, directory, _MOST_BYTES)
        left -= len(data)
        return data

    return read


def _page(stored: list[StoredPackage], listing: Listing) -> Page[StoredPackage]:
    names = [name for name in (*listing.sort_by, "channel", "name") if name in ("channel", "name")]
    ordered = sorted(stored, key=lambda item: [getattr(item.package, name) for name in names])
    if listing.descending:
        ordered.reverse()
    page, size = max(listing.page, 1), listing.size or max(len(ordered), 1)
    return Page(tuple(ordered[(page - 1) * size : page * size]), page, size, len(ordered))


def _is_wanted(row: PackageRow, search: str, build: str, *, exact: bool) -> bool:
    name, text = row.name.lower(), search.lower()
    return (name == text if exact and text else text in name) and build.lower() in row.build.lower()
