"""Writes the package index into a new file, which takes the old one's place when it is whole.

Records are gathered with numbers in the order of their arrival, then sorted by SQLite, which needs
little memory for that; what they are sorted by is numbered anew in its own order.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from typing_extensions import Self

from ..domain.channel_package import ChannelPackage
from .package_index import FORMAT, INDEX_FILE

_SUFFIX = ".new"

_TABLES = """
CREATE TABLE channel (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL UNIQUE,
    priority INTEGER NOT NULL
) STRICT;
CREATE TABLE subdir (
    id INTEGER PRIMARY KEY,
    channel_id INTEGER NOT NULL REFERENCES channel,
    name TEXT NOT NULL,
    base_url TEXT NOT NULL
) STRICT;
CREATE TABLE license (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE version (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
CREATE TABLE record (
    id INTEGER PRIMARY KEY,
    channel_id INTEGER NOT NULL REFERENCES channel,
    subdir_id INTEGER NOT NULL REFERENCES subdir,
    name_id INTEGER NOT NULL REFERENCES name,
    version_id INTEGER NOT NULL REFERENCES version,
    build TEXT NOT NULL,
    build_number INTEGER NOT NULL,
    file TEXT,
    size INTEGER NOT NULL,
    sha256 BLOB,
    license_id INTEGER REFERENCES license,
    timestamp INTEGER
) STRICT;
CREATE TABLE series (
    name_id INTEGER NOT NULL REFERENCES name,
    channel_id INTEGER NOT NULL REFERENCES channel,
    first_id INTEGER NOT NULL,
    records INTEGER NOT NULL,
    summary TEXT,
    PRIMARY KEY (name_id, channel_id)
) STRICT, WITHOUT ROWID;
CREATE TEMP TABLE gathered (
    channel_id INTEGER, subdir_id INTEGER, name_id INTEGER, version_id INTEGER, build TEXT,
    build_number INTEGER, is_conda INTEGER, file TEXT, size INTEGER, sha256 BLOB,
    license_id INTEGER, timestamp INTEGER
);
CREATE TEMP TABLE summary (
    channel_id INTEGER, name TEXT, text TEXT, PRIMARY KEY (channel_id, name)
) WITHOUT ROWID;
"""

# SQLite takes the other columns from the row that has the maximum: of a package in both formats,
# only the newer one is kept, as solvers do.
_SORT = """
INSERT INTO record (channel_id, subdir_id, name_id, version_id, build, build_number, file, size,
                    sha256, license_id, timestamp)
SELECT channel_id, subdir_id, name_rank.rank, version_rank.rank, build, build_number, file, size,
       sha256, license_id, timestamp
FROM (
    SELECT channel_id, subdir_id, name_id, version_id, build, build_number, file, size, sha256,
           license_id, timestamp, max(is_conda)
    FROM gathered GROUP BY channel_id, name_id, version_id, build, subdir_id
) AS one
JOIN name_rank ON name_rank.id = one.name_id
JOIN version_rank ON version_rank.id = one.version_id
ORDER BY channel_id, name_rank.rank, version_rank.rank, build_number, build, subdir_id
"""

_SERIES = """
INSERT INTO series
SELECT one.name_id, one.channel_id, one.first_id, one.records, summary.text
FROM (SELECT name_id, channel_id, min(id) AS first_id, count(*) AS records
      FROM record GROUP BY name_id, channel_id) AS one
JOIN name ON name.id = one.name_id
LEFT JOIN summary ON summary.channel_id = one.channel_id AND summary.name = name.text
"""

_INDEXES = """
CREATE INDEX series_by_channel ON series (channel_id, name_id, first_id, records);
CREATE INDEX record_by_version ON record (version_id);
CREATE INDEX record_by_name ON record (name_id, version_id);
"""


class PackageIndexWriter:
    """Writes a new index. Left by an error, or without `publish`, nothing is changed."""

    def __init__(self, directory: str | Path, channels: Sequence[str]) -> None:
        """`channels` are the URLs of all that will be added, the most important one first."""
        self._path = Path(directory) / INDEX_FILE
        self._new = self._path.with_name(INDEX_FILE + _SUFFIX)
        self._new.unlink(missing_ok=True)
        self._db = sqlite3.connect(self._new, isolation_level=None)
        self._names = _Numbers()
        self._versions = _Numbers()
        self._licenses = _Numbers()
        self._channels = {url: number for number, url in enumerate(sorted(channels), 1)}
        self._priorities = {url: number for number, url in enumerate(channels)}
        self._subdirs: dict[tuple[str, str], int] = {}

    def __enter__(self) -> Self:
        # A crash leaves a file that nobody reads: nothing need be safe before `publish`.
        self._db.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -32768;"
            f"PRAGMA temp_store = FILE; PRAGMA user_version = {FORMAT}; {_TABLES}; BEGIN"
        )
        self._db.executemany(
            "INSERT INTO channel VALUES (?, ?, ?)",
            ((number, url, self._priorities[url]) for url, number in self._channels.items()),
        )
        return self

    def __exit__(self, *error: object) -> None:
        self._db.close()
        self._new.unlink(missing_ok=True)

    def add(self, channel: str, subdir: str, packages: Iterable[ChannelPackage]) -> None:
        """Add a part of a channel.

        When `packages` raises, nothing of the part is added.
        """
        channel_id = self._channels[channel]
        number = self._subdirs.setdefault((channel, subdir), len(self._subdirs) + 1)
        self._db.execute(
            "INSERT OR IGNORE INTO subdir VALUES (?, ?, ?, '')", [number, channel_id, subdir]
        )
        try:
            self._db.executemany(
                "INSERT INTO gathered VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (self._row(channel_id, number, package) for package in packages),
            )
        except BaseException:
            # There is no journal to roll back with.
            self._db.execute("DELETE FROM gathered WHERE subdir_id = ?", [number])
            raise

    def place(self, channel: str, subdir: str, url: str) -> None:
        """Say below which URL the packages of a part of a channel are."""
        number = self._subdirs[channel, subdir]
        self._db.execute("UPDATE subdir SET base_url = ? WHERE id = ?", [url.rstrip("/"), number])

    def describe(self, channel: str, summaries: Iterable[tuple[str, str]]) -> None:
        """Add (name, summary) of packages of a channel."""
        channel_id = self._channels[channel]
        self._db.executemany(
            "INSERT OR REPLACE INTO summary VALUES (?, ?, ?)",
            ((channel_id, name, text) for name, text in summaries),
        )

    def publish(self, in_order: Callable[[Iterable[str]], Sequence[str]]) -> dict[str, int]:
        """Put the new index in place of the old one; return how many packages channels have.

        `in_order` sorts versions. What is left of the new file after an error is removed.
        """
        db = self._db
        for table, numbers, sort in (
            ("name", self._names, sorted),
            ("version", self._versions, in_order),
        ):
            db.execute(f"CREATE TEMP TABLE {table}_rank (id INTEGER PRIMARY KEY, rank INTEGER)")
            ranked = list(enumerate(sort(numbers.known), 1))
            db.executemany(f"INSERT INTO {table} VALUES (?, ?)", ranked)
            db.executemany(
                f"INSERT INTO {table}_rank VALUES (?, ?)",
                ((numbers.known[text], rank) for rank, text in ranked),
            )
        db.executemany(
            "INSERT INTO license VALUES (?, ?)",
            ((number, text) for text, number in self._licenses.known.items()),
        )
        db.execute(_SORT)
        db.execute(_SERIES)
        db.execute("COMMIT")
        db.executescript(f"{_INDEXES} ANALYZE; PRAGMA optimize;")
        counts = dict(
            db.execute(
                "SELECT channel.url, coalesce(sum(series.records), 0) FROM channel"
                " LEFT JOIN series ON series.channel_id = channel.id GROUP BY channel.id"
            )
        )
        db.close()
        with self._new.open("rb") as file:
            os.fsync(file.fileno())
        self._new.replace(self._path)
        return counts

    def _row(self, channel_id: int, subdir_id: int, package: ChannelPackage) -> tuple[Any, ...]:
        usual = f"{package.name}-{package.version}-{package.build}.conda"
        return (
            channel_id,
            subdir_id,
            self._names.of(package.name),
            self._versions.of(package.version),
            package.build,
            package.build_number,
            package.file.endswith(".conda"),
            None if package.file == usual else package.file,
            package.size,
            bytes.fromhex(package.sha256) if package.sha256 else None,
            self._licenses.of(package.license) if package.license else None,
            package.timestamp,
        )


class _Numbers:
    """Numbers texts in the order of their arrival."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}

    def of(self, text: str) -> int:
        return self.known.setdefault(text, len(self.known) + 1)
