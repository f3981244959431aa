"""Environments: a name in a namespace, and the build that is current."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from ..domain.build import Environment
from ..domain.errors import NotFound
from ..domain.moments import from_optional, to_optional, to_text
from .cursor import Cursor, Slice, end_cursor, read_cursor
from .database import Database
from .filters import ALL_ENVIRONMENTS, EnvironmentFilter
from .listing import Listing, Page

_SELECT = """
    SELECT environment.*, namespace.name AS namespace,
        (SELECT max(id) FROM build
         WHERE environment_id = environment.id AND deleted_on IS NULL) AS newest_build_id
"""
_SOURCE = "FROM environment JOIN namespace ON namespace.id = environment.namespace_id"
_KEY = "environment.id"
SORTABLE = {"namespace": "namespace.name", "name": "environment.name"}
"""What lists can be sorted by, and the columns."""


class Environments:
    """The rows of ``environment``. A deleted one is hidden at once, and removed with its files."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ensure(self, namespace_id: int, name: str, description: str, now: datetime) -> int:
        """Return the environment's id, made if needed; a description that is given replaces."""
        with self._database.write() as db:
            row = db.execute(
                "SELECT id, description FROM environment"
                " WHERE namespace_id = ? AND name = ? AND deleted_on IS NULL",
                [namespace_id, name],
            ).fetchone()
            if row is None:
                cursor = db.execute(
                    "INSERT INTO environment (namespace_id, name, description, created_on)"
                    " VALUES (?, ?, ?, ?)",
                    [namespace_id, name, description, to_text(now)],
                )
                return int(cursor.lastrowid or 0)
            if description and description != row[1]:
                self.describe(int(row[0]), description)
            return int(row[0])

    def find(self, namespace: str, name: str) -> Environment | None:
        rows = self._database.read().query(
            f"{_SELECT} {_SOURCE} WHERE namespace.name = ? AND environment.name = ?"
            " AND environment.deleted_on IS NULL",
            [namespace, name],
        )
        return next((_environment(row) for row in rows), None)

    def get(self, namespace: str, name: str) -> Environment:
        found = self.find(namespace, name)
        if found is None:
            raise NotFound("environment does not exist")
        return found

    def by_id(self, environment_id: int) -> Environment | None:
        """Return an environment that is not deleted."""
        rows = self._database.read().query(
            f"{_SELECT} {_SOURCE} WHERE environment.id = ? AND environment.deleted_on IS NULL",
            [environment_id],
        )
        return next((_environment(row) for row in rows), None)

    def list(
        self, listing: Listing, wanted: EnvironmentFilter = ALL_ENVIRONMENTS
    ) -> Page[Environment]:
        """Return a page of environments, in two queries however many there are."""
        return listing.run(
            self._database.read(),
            select=_SELECT,
            source=_SOURCE,
            sortable=SORTABLE,
            default=("namespace", "name"),
            read=_environment,
            where=wanted.where(),
            key=_KEY,
            joined=_SOURCE,
        )

    def after(
        self,
        cursor: str | None,
        limit: int,
        *,
        sort_by: Sequence[str] = (),
        descending: bool = False,
        wanted: EnvironmentFilter = ALL_ENVIRONMENTS,
    ) -> Slice[Environment]:
        """Return the environments after a cursor. Raises `Refused` for one that is none.

        `sort_by` names columns of `SORTABLE`; without any it is all of them.
        """
        columns = {name: SORTABLE[name] for name in (sort_by or SORTABLE)}
        last = read_cursor(cursor, columns)
        where = wanted.where()
        db = self._database.read()
        count = db.execute(f"SELECT count(*) {_SOURCE} {where.sql}", where.values).fetchone()[0]
        if last is not None:
            rest = last.after(columns, _KEY, descending=descending)
            where = where.also(rest.conditions[0], *rest.values)
        direction = "DESC" if descending else "ASC"
        order = ", ".join(f"{column} {direction}" for column in (*columns.values(), _KEY))
        query = f"{_SELECT} {_SOURCE} {where.sql} ORDER BY {order} LIMIT ?"
        rows = list(db.query(query, [*where.values, limit]))
        if not rows:
            return Slice((), end_cursor(), count)
        seen = Cursor(rows[-1]["id"], {name: rows[-1][name] for name in columns})
        return Slice(tuple(map(_environment, rows)), seen.text(), count)

    def published_of(self, environment_ids: Collection[int]) -> set[int]:
        """Return the ids of the current builds of these environments, as far as they have one."""
        rows = self._database.read().execute(
            "SELECT published_build_id FROM environment WHERE deleted_on IS NULL"
            " AND published_build_id IS NOT NULL AND id IN (SELECT value FROM json_each(?))",
            [json.dumps(list(environment_ids))],
        )
        return {row[0] for row in rows}

    def publish(
        self, environment_id: int, build_id: int | None, switched_on: datetime | None
    ) -> None:
        """Make a build the current one, or none; `switched_on` is given when a user chose it."""
        with self._database.write() as db:
            # A switch follows all that was asked for before, also if the clock was set back.
            db.execute(
                "UPDATE environment SET published_build_id = ?, switched_on = coalesce(max(?,"
                " (SELECT coalesce(max(asked_on), '') FROM build WHERE environment_id = ?)),"
                " switched_on) WHERE id = ?",
                [build_id, to_optional(switched_on), environment_id, environment_id],
            )

    def describe(self, environment_id: int, description: str) -> None:
        with self._database.write() as db:
            db.execute(
                "UPDATE environment SET description = ? WHERE id = ?",
                [description, environment_id],
            )

    def rename(self, environment_id: int, name: str) -> None:
        """Give the environment another name, which nobody else in the namespace may have."""
        with self._database.write() as db:
            db.execute("UPDATE environment SET name = ? WHERE id = ?", [name, environment_id])

    def mark_deleted(self, environment_id: int, now: datetime) -> None:
        with self._database.write() as db:
            db.execute(
                "UPDATE environment SET deleted_on = ?, published_build_id = NULL WHERE id = ?",
                [to_text(now), environment_id],
            )

    def deleted(self) -> tuple[tuple[int, str, str], ...]:
        """Return (id, namespace, name) of the environments whose files have still to go."""
        rows = self._database.read().query(
            f"SELECT environment.id, namespace.name AS namespace, environment.name {_SOURCE}"
            " WHERE environment.deleted_on IS NOT NULL"
        )
        return tuple((row["id"], row["namespace"], row["name"]) for row in rows)

    def remove(self, environment_id: int) -> None:
        """Remove the row and, with it, its builds' rows."""
        with self._database.write() as db:
            db.execute("DELETE FROM environment WHERE id = ?", [environment_id])


def _environment(row: dict[str, Any]) -> Environment:
    return Environment(
        id=row["id"],
        namespace=row["namespace"],
        name=row["name"],
        description=row["description"],
        published_build_id=row["published_build_id"],
        switched_on=from_optional(row["switched_on"]),
        newest_build_id=row["newest_build_id"],
    )
