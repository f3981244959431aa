"""Lists by pages, as conda-store's v1 has them: ``page``, ``size``, ``sort_by``, ``order``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlite_utils

Row = TypeVar("Row")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list; `count` is the number of all of them."""

    items: tuple[Row, ...]
    page: int
    size: int
    count: int

    def map(self, make: Callable[[Row], Made]) -> Page[Made]:
        """Return the page with each row made into something else."""
        return Page(tuple(make(row) for row in self.items), self.page, self.size, self.count)


@dataclass(frozen=True)
class Where:
    """Conditions of a list, joined by AND."""

    conditions: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()

    def also(self, condition: str, *values: Any) -> Where:
        return Where((*self.conditions, condition), (*self.values, *values))

    @property
    def sql(self) -> str:
        return "WHERE " + " AND ".join(self.conditions) if self.conditions else ""


@dataclass(frozen=True)
class Counting:
    """How the rows of a list are counted, where another way than to choose them is faster."""

    source: str
    where: Where


@dataclass(frozen=True)
class Listing:
    """Which part of a list is wanted. `size` None means all of it."""

    page: int = 1
    size: int | None = None
    sort_by: tuple[str, ...] = ()
    descending: bool = False

    def run(
        self,
        db: sqlite_utils.Database,
        *,
        select: str,
        source: str,
        sortable: Mapping[str, str],
        default: Sequence[str],
        read: Callable[[dict[str, Any]], Row],
        where: Where | None = None,
        key: str | None = None,
        joined: str | None = None,
        counting: Counting | None = None,
    ) -> Page[Row]:
        """Run the query; `sortable` maps the names that clients may sort by to columns.

        With `key`, a unique column of `source`, rows are counted and chosen from `source` alone;
        only those of the page are then read from `joined`, with all that `select` needs.
        """
        where = where or Where()
        counting = counting or Counting(source, where)
        page = max(self.page, 1)
        with _one_state_of(db):
            sql = f"SELECT count(*) {counting.source} {counting.where.sql}"
            count = db.execute(sql, counting.where.values).fetchone()[0]
            if not count:
                return Page((), page, 1 if self.size is None else self.size, 0)
            # Never zero: clients divide by it.
            size = max(count, 1) if self.size is None else self.size
            window = _window(count, page, size)
            order = self._order(sortable, default, backwards=window.backwards)
            chosen = f"{source} {where.sql} ORDER BY {order} LIMIT ? OFFSET ?"
            if key is None:
                query = f"{select} {chosen}"
            else:
                query = f"{select} {joined} WHERE {key} IN (SELECT {key} {chosen}) ORDER BY {order}"
            rows = list(db.query(query, [*where.values, window.limit, window.offset]))
        if window.backwards:
            rows.reverse()
        return Page(tuple(read(row) for row in rows), page, size, count)

    def _order(
        self, sortable: Mapping[str, str], default: Sequence[str], *, backwards: bool
    ) -> str:
        columns = [sortable[name] for name in self.sort_by if name in sortable]
        # An unknown name is dropped, as conda-store does, but there always is an order.
        # The default comes last, so that rows that are alike keep their order from page to page.
        columns += [sortable[name] for name in default if sortable[name] not in columns]
        direction = "DESC" if self.descending is not backwards else "ASC"
        return ", ".join(f"{column} {direction}" for column in dict.fromkeys(columns))


@dataclass(frozen=True)
class _Window:
    """Where in the rows a page is, counted from the nearer end."""

    limit: int
    offset: int
    backwards: bool


def _window(count: int, page: int, size: int) -> _Window:
    """Return the window of a page: the last page is read as fast as the first one."""
    before = min((page - 1) * size, count)
    limit = min(size, count - before)
    after = count - before - limit
    return _Window(limit, min(before, after), backwards=after < before)


@contextmanager
def _one_state_of(db: sqlite_utils.Database) -> Iterator[None]:
    """Let all queries see the rows of the same moment, as in a transaction."""
    if db.conn.in_transaction:
        yield
        return
    db.conn.execute("BEGIN")
    try:
        yield
    finally:
        db.conn.execute("ROLLBACK")


def contains(text: str) -> str:
    """Return the LIKE pattern (with ``ESCAPE '\\'``) for rows that contain `text`."""
    return f"%{literal(text)}%"


def literal(text: str) -> str:
    """Return the LIKE pattern (with ``ESCAPE '\\'``) for `text` itself, in whatever case."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
