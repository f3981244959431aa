"""Finding packages in the index: how many there are, and a page of them, in little time.

A page is found without sorting hundreds of thousands of records: whole series are put in order
where the order allows it, few records are sorted, and for many an index is walked along, which
fills a page soon.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from .listing import Listing, Where
from .package_runs import Runs

_FEW = 20_000
"""So many records can be sorted for one page without anybody waiting."""
_COLUMNS = {
    "channel": "series.channel_id",
    "name": "series.name_id",
    "version": "record.version_id",
    "build": "record.build",
}
_DEFAULT = ("channel", "name", "version", "build")
_DISTINCT = {
    "channel": "series.channel_id",
    "name": "series.name_id",
    "version": "record.version_id",
}
_SERIES = (
    "FROM series JOIN name ON name.id = series.name_id"
    " JOIN channel ON channel.id = series.channel_id"
)
_RECORDS = (
    f"{_SERIES} JOIN record"
    " ON record.id BETWEEN series.first_id AND series.first_id + series.records - 1"
)
# Of records that are alike the newest one of the most important channel stands for all.
_BEST = "max(record.id - channel.priority * 10000000000)"
_BEST_OF_SERIES = "max(series.first_id + series.records - channel.priority * 10000000000)"


@dataclass(frozen=True)
class PackageQuery:
    """What is looked for. `search` is a part of the name, or with `exact` all of it."""

    search: str = ""
    exact: bool = False
    build: str = ""
    """A part of the build string."""
    channels: tuple[str, ...] = ()
    """URLs; none for all that the index has."""
    distinct_on: tuple[str, ...] = ()
    """Of ``channel``, ``name``, ``version``: one package is returned for each combination."""


class PackageSearch:
    """One search: how much it finds, and the ids of a page of it."""

    def __init__(
        self,
        db: sqlite3.Connection,
        query: PackageQuery,
        listing: Listing,
        remembered: Callable[[Hashable, Callable[[], Runs]], Runs],
    ) -> None:
        """`remembered` is `RunsMemory.get`, for this very index."""
        self._db = db
        self._remembered = remembered
        self._build = query.build
        self._distinct = tuple(name for name in _DISTINCT if name in query.distinct_on)
        self._names, self._channels = _of_names(query), _of_channels(query)
        everything = Where(
            (*self._names.conditions, *self._channels.conditions),
            (*self._names.values, *self._channels.values),
        )
        if query.build:
            everything = everything.also("instr(lower(record.build), ?) > 0", query.build.lower())
        self._where, self._values = everything.sql, list(everything.values)
        # An unknown name is dropped, as conda-store does.
        asked = [name for name in listing.sort_by if name in _COLUMNS]
        self._columns = tuple(dict.fromkeys((*asked, *_DEFAULT)))
        self._direction = "DESC" if listing.descending else "ASC"
        self._relevance = ""
        self._relevance_values: list[Any] = []
        if query.search and not query.exact and not asked and not listing.descending:
            self._relevance = (
                "CASE instr(name.text, ?) WHEN 1 THEN length(name.text) > ? ELSE 2 END, "
            )
            self._relevance_values = [query.search.lower(), len(query.search)]
        # Grouping this many records would take longer than anybody waits.
        self._one_of_each_version = (
            self._distinct == ("version",) and not query.build and self._records() > _FEW
        )
        plain = not self._distinct and not self._build
        self._runs = self._found_runs() if plain and self._by_series() else None
        self.count = self._counted() if self._runs is None else self._runs.count

    def ids(self, limit: int, offset: int) -> list[int]:
        """Return the ids of the records of a page."""
        if limit <= 0 or offset >= self.count:
            return []
        if self._distinct:
            return self._representatives(limit, offset)
        if self._build:
            return self._sorted(f"{_RECORDS} {self._where}", limit, offset)
        if self._runs is not None:
            return self._runs.ids(limit, offset, backwards=self._direction == "DESC")
        if self.count <= _FEW:
            return self._sorted(f"{_RECORDS} {self._where}", limit, offset)
        return self._in_order_of_versions(limit, offset)

    def _records(self) -> int:
        sql = f"SELECT coalesce(sum(series.records), 0) {_SERIES} {self._where}"
        return int(self._db.execute(sql, self._values).fetchone()[0])

    def _counted(self) -> int:
        if not self._distinct and not self._build:
            return self._records()
        if self._each_stands_alone():
            what = f"SELECT count(*) {_SERIES} {self._where}"
        elif self._distinct:
            what = f"SELECT count(id) FROM ({self._chosen()})"
        else:
            what = f"SELECT count(*) {_RECORDS} {self._where}"
        return int(self._db.execute(what, self._values).fetchone()[0])

    def _by_series(self) -> bool:
        """Tell whether the order is that of whole series: then a page is a few runs of ids."""
        return set(self._columns[:2]) == {"channel", "name"} and self._columns[2] == "version"

    def _found_runs(self) -> Runs:
        sql = (
            f"SELECT series.first_id, series.records {_SERIES} {self._where}"
            f" ORDER BY {self._relevance}{self._order(self._columns[:2])}"
        )
        values = (*self._values, *self._relevance_values)
        return self._remembered((sql, values), lambda: Runs(self._db.execute(sql, values)))

    def _in_order_of_versions(self, limit: int, offset: int) -> list[int]:
        """Walk along an index: what is looked for is frequent, so a page is soon full."""
        # The plus: looking up the names that are wanted would lead to a sort of all they have.
        wanted = f"+record.name_id IN (SELECT name.id FROM name {self._names.sql})"
        where = Where((wanted, *self._channels.conditions))
        columns = {**_COLUMNS, "channel": "record.channel_id", "name": "record.name_id"}
        terms = [columns[name] for name in self._columns]
        if self._columns == ("version", "channel", "name", "build"):
            # Ids are in the order of the rest: the index has it all, and nothing is sorted.
            terms = ["record.version_id", "record.id"]
        order = ", ".join(f"{term} {self._direction}" for term in terms)
        rows = self._db.execute(
            "SELECT record.id FROM record CROSS JOIN channel ON channel.id = record.channel_id"
            f" {where.sql} ORDER BY {order} LIMIT ? OFFSET ?",
            [*self._names.values, *self._channels.values, limit, offset],
        )
        return [row[0] for row in rows]

    def _sorted(self, source: str, limit: int, offset: int) -> list[int]:
        rows = self._db.execute(
            f"SELECT record.id {source} ORDER BY {self._relevance}{self._order(self._columns)}"
            " LIMIT ? OFFSET ?",
            [*self._values, *self._relevance_values, limit, offset],
        )
        return [row[0] for row in rows]

    def _representatives(self, limit: int, offset: int) -> list[int]:
        if not self._needs_records() and self._by_series():
            what, grouped = "series.first_id + series.records - 1", ""
            if not self._each_stands_alone():
                what, grouped = f"{what}, {_BEST_OF_SERIES}", f"GROUP BY {self._groups()}"
            rows = self._db.execute(
                f"SELECT {what} {self._source()} {grouped}"
                f" ORDER BY {self._relevance}{self._order(self._columns[:2])} LIMIT ? OFFSET ?",
                [*self._values, *self._relevance_values, limit, offset],
            )
            return [row[0] for row in rows]
        source = (
            f"FROM ({self._chosen()}) AS chosen JOIN record ON record.id = chosen.id"
            " JOIN name ON name.id = record.name_id"
            " JOIN series"
            " ON series.channel_id = record.channel_id AND series.name_id = record.name_id"
            " JOIN channel ON channel.id = record.channel_id"
        )
        return self._sorted(source, limit, offset)

    def _chosen(self) -> str:
        """Return the query for the records that stand for all that are like them."""
        if self._one_of_each_version:
            where = Where(("record.version_id = version.id",))
            if self._names.conditions:
                where = where.also(
                    f"+record.name_id IN (SELECT name.id FROM name {self._names.sql})"
                )
            if self._channels.conditions:
                where = where.also(
                    f"+record.channel_id IN (SELECT channel.id FROM channel {self._channels.sql})"
                )
            return f"SELECT (SELECT record.id FROM record {where.sql} LIMIT 1) AS id FROM version"
        if not self._needs_records():
            return (
                f"SELECT series.first_id + series.records - 1 AS id, {_BEST_OF_SERIES}"
                f" {self._source()} GROUP BY {self._groups()}"
            )
        return f"SELECT record.id AS id, {_BEST} {self._source()} GROUP BY {self._groups()}"

    def _each_stands_alone(self) -> bool:
        """Tell whether no two series are alike: grouping them costs more than finding them.

        A name has one series in each channel.
        """
        if "name" not in self._distinct or self._needs_records():
            return False
        sql = f"SELECT count(*) FROM channel {self._channels.sql}"
        channels = self._db.execute(sql, self._channels.values).fetchone()[0]
        return "channel" in self._distinct or int(channels) <= 1

    def _needs_records(self) -> bool:
        return bool(self._build) or "version" in self._distinct

    def _source(self) -> str:
        return f"{_RECORDS if self._needs_records() else _SERIES} {self._where}"

    def _groups(self) -> str:
        return ", ".join(_DISTINCT[name] for name in self._distinct)

    def _order(self, columns: Iterable[str]) -> str:
        return ", ".join(f"{_COLUMNS[name]} {self._direction}" for name in columns)


def _of_names(query: PackageQuery) -> Where:
    if query.search and query.exact:
        return Where().also("name.text = ?", query.search.lower())
    if query.search:
        return Where().also("instr(name.text, ?) > 0", query.search.lower())
    return Where()


def _of_channels(query: PackageQuery) -> Where:
    if not query.channels:
        return Where()
    marks = ", ".join("?" * len(query.channels))
    return Where().also(f"channel.url IN ({marks})", *(url.rstrip("/") for url in query.channels))
