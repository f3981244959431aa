"""Lists by pages, as conda-store's v1 has them: ``page``, ``size``, ``sort_by``, ``order``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlite_utils

_MAX_OFFSET = 2**63 - 1
"""SQLite's largest integer."""

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
    ) -> Page[Row]:
        """Run the query; `sortable` maps the names that clients may sort by to columns."""
        where = where or Where()
        count = db.execute(f"SELECT count(*) {source} {where.sql}", where.values).fetchone()[0]
        columns = [sortable[name] for name in self.sort_by if name in sortable]
        # An unknown name is dropped, as conda-store does, but there always is an order.
        # The default comes last, so that rows that are alike keep their order from page to page.
        columns += [sortable[name] for name in default if sortable[name] not in columns]
        direction = "DESC" if self.descending else "ASC"
        order = ", ".join(f"{column} {direction}" for column in columns)
        page = max(self.page, 1)
        limit = count if self.size is None else self.size
        offset = min((page - 1) * limit, _MAX_OFFSET)
        rows = db.query(
            f"{select} {source} {where.sql} ORDER BY {order} LIMIT ? OFFSET ?",
            [*where.values, limit, offset],
        )
        return Page(tuple(read(row) for row in rows), page, limit, count)


def contains(text: str) -> str:
    """Return the LIKE pattern (with ``ESCAPE '\\'``) for rows that contain `text`."""
    return f"%{literal(text)}%"


def literal(text: str) -> str:
    """Return the LIKE pattern (with ``ESCAPE '\\'``) for `text` itself, in whatever case."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
