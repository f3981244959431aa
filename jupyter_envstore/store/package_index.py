"""The package index: all packages of the channels, for searching. A database of its own.

Its process writes a new file beside the old one, which then takes its place (see
`package_index_writer`): readers never see half of it, and nothing in it is ever changed. So ids can
be ranks: a record's id is its place in the order channel, name, version, build, and all records of
one name in one channel, a *series*, are neighbours. Names and versions are numbered in their own
order, versions by conda's rules, channels by their URLs.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..domain.channel_package import ChannelPackage
from .listing import Listing, Page
from .package_runs import RunsMemory
from .package_search import PackageQuery, PackageSearch

FORMAT = 1
"""A file of another format is not read; a new one is written."""
INDEX_FILE = "packages.db"

_FARTHEST = 2**62


@dataclass(frozen=True)
class IndexedPackage:
    """A package of a channel, and what the index knows of it besides."""

    id: int
    channel: str
    """The channel's URL, without credentials."""
    subdir: str
    url: str
    summary: str | None
    package: ChannelPackage


class PackageIndex:
    """Searches the index; may be used from any thread."""

    def __init__(self, directory: str | Path) -> None:
        self.path = Path(directory) / INDEX_FILE
        self._local = threading.local()
        self._memory = RunsMemory()

    def search(self, query: PackageQuery, listing: Listing) -> Page[IndexedPackage]:
        """Return a page of the packages that are looked for; nothing if there is no index yet.

        Without `listing.sort_by`, names that begin with the text come before those that have it
        elsewhere; then the order is channel, name, version, build.
        """
        opened = self._open()
        page = max(listing.page, 1)
        if opened is None:
            return Page((), page, listing.size or 0, 0)
        identity, db = opened
        found = PackageSearch(
            db, query, listing, lambda key, find: self._memory.get((identity, key), find)
        )
        size = found.count if listing.size is None else listing.size
        ids = found.ids(size, min((page - 1) * size, _FARTHEST))
        return Page(tuple(_read(db, ids)), page, size, found.count)

    def is_there(self) -> bool:
        """Tell whether there is an index, of a format that can be read."""
        return self._open() is not None

    def packages(self, channel: str, subdir: str) -> Iterator[IndexedPackage]:
        """Yield all that the index has of a part of a channel, on a connection of its own."""
        if not self.path.exists():
            return
        with closing(_connect(self.path)) as db:
            if not _is_readable(db):
                return
            sql = f"{_PACKAGE} WHERE channel.url = ? AND subdir.name = ? ORDER BY record.id"
            yield from map(_package, db.execute(sql, [channel, subdir]))

    def _open(self) -> tuple[tuple[int, int], sqlite3.Connection] | None:
        """Return what tells the file that is there now from others, and a connection to it."""
        try:
            status = self.path.stat()
        except OSError:
            return None
        identity = (status.st_ino, status.st_mtime_ns)
        held: tuple[tuple[int, int], _Closing] | None = getattr(self._local, "held", None)
        if held is None or held[0] != identity:
            connection = _connect(self.path)
            if not _is_readable(connection):
                connection.close()
                return None
            held = self._local.held = (identity, _Closing(connection))
        return identity, held[1].connection


class _Closing:
    """Closes a connection when nobody has it any more: its thread has ended, or has a new one."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def __del__(self) -> None:
        self.connection.close()


_PACKAGE = (
    "SELECT record.id, channel.url, subdir.name, name.text, version.text, record.build,"
    " record.build_number, coalesce(record.file, name.text || '-' || version.text || '-'"
    " || record.build || '.conda'), subdir.base_url, record.size, record.sha256, license.text,"
    " series.summary, record.timestamp"
    " FROM record JOIN name ON name.id = record.name_id"
    " JOIN version ON version.id = record.version_id"
    " JOIN channel ON channel.id = record.channel_id"
    " JOIN subdir ON subdir.id = record.subdir_id"
    " JOIN series ON series.channel_id = record.channel_id AND series.name_id = record.name_id"
    " LEFT JOIN license ON license.id = record.license_id"
)


def _read(db: sqlite3.Connection, ids: Sequence[int]) -> Iterator[IndexedPackage]:
    found: dict[int, IndexedPackage] = {}
    for start in range(0, len(ids), 500):  # SQLite's oldest limit on parameters is 999.
        part = ids[start : start + 500]
        marks = ", ".join("?" * len(part))
        for row in db.execute(f"{_PACKAGE} WHERE record.id IN ({marks})", part):
            found[row[0]] = _package(row)
    for number in ids:
        yield found[number]


def _package(row: tuple[Any, ...]) -> IndexedPackage:
    base, digest = row[8], row[10]
    return IndexedPackage(
        id=row[0],
        channel=row[1],
        subdir=row[2],
        url=f"{base}/{row[7]}",
        summary=row[12],
        package=ChannelPackage(
            file=row[7],
            name=row[3],
            version=row[4],
            build=row[5],
            build_number=row[6],
            size=row[9],
            sha256=digest.hex() if digest else None,
            license=row[11],
            timestamp=row[13],
        ),
    )


def _connect(path: Path) -> sqlite3.Connection:
    # The file never changes: SQLite need not lock it, nor look whether it has changed.
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA mmap_size = 1073741824")
    return connection


def _is_readable(db: sqlite3.Connection) -> bool:
    try:
        return int(db.execute("PRAGMA user_version").fetchone()[0]) == FORMAT
    except sqlite3.Error:
        return False
