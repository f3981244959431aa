"""Namespaces: a name, and free metadata."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from ..domain.entities import EVERYTHING, Scope
from ..domain.errors import Conflict, NotFound
from .database import Database
from .listing import Listing, Page, Where
from .scope import within

_SELECT = """
    SELECT namespace.*,
        (SELECT json_group_array(json_object('id', id, 'entity', entity, 'role', role))
         FROM (SELECT * FROM role_mapping WHERE namespace_id = namespace.id ORDER BY id)
        ) AS role_mappings
"""


@dataclass(frozen=True)
class RoleMapping:
    """Those whose own namespace this is have the role on the entity."""

    id: int
    entity: str
    role: str


@dataclass(frozen=True)
class Namespace:
    id: int
    name: str
    metadata: dict[str, Any] = field(default_factory=dict)
    role_mappings: tuple[RoleMapping, ...] = ()
    read_only: str | None = None
    """Why nothing in it can be changed; None where roles alone decide."""


class Namespaces:
    """The rows of ``namespace``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, name: str) -> Namespace:
        """Add a namespace; raise `Conflict` if it exists."""
        with self._database.write():
            if self.find(name) is not None:
                raise Conflict("namespace already exists")
            return self.ensure(name)

    def ensure(self, name: str) -> Namespace:
        """Return the namespace, made if it does not exist."""
        with self._database.write() as db:
            db.execute("INSERT INTO namespace (name) VALUES (?) ON CONFLICT DO NOTHING", [name])
            return self.get(name)

    def find(self, name: str) -> Namespace | None:
        for row in self._database.read().query(f"{_SELECT} FROM namespace WHERE name = ?", [name]):
            return _namespace(row)
        return None

    def by_name(self, names: Collection[str]) -> dict[str, Namespace]:
        """Return those of the namespaces that are there, in one query."""
        rows = self._database.read().query(
            f"{_SELECT} FROM namespace WHERE name IN (SELECT value FROM json_each(?))",
            [json.dumps(list(names))],
        )
        return {row["name"]: _namespace(row) for row in rows}

    def get(self, name: str) -> Namespace:
        found = self.find(name)
        if found is None:
            raise NotFound("namespace does not exist")
        return found

    def names(self) -> tuple[str, ...]:
        """Return the names of all namespaces, in order."""
        rows = self._database.read().query("SELECT name FROM namespace ORDER BY name")
        return tuple(row["name"] for row in rows)

    def list(self, listing: Listing, scope: Scope = EVERYTHING) -> Page[Namespace]:
        return listing.run(
            self._database.read(),
            select=_SELECT,
            source="FROM namespace",
            where=within(Where(), scope),
            sortable={"name": "name"},
            default=("name",),
            read=_namespace,
        )

    def describe(self, name: str, metadata: dict[str, Any]) -> None:
        """Replace the metadata. Raises `NotFound`."""
        with self._database.write() as db:
            namespace = self.get(name)
            db.execute(
                "UPDATE namespace SET metadata = ? WHERE id = ?",
                [json.dumps(metadata), namespace.id],
            )

    def delete(self, name: str) -> None:
        """Remove an empty namespace; raise `Conflict` while environments of it are there."""
        with self._database.write() as db:
            namespace = self.get(name)
            if db.execute(
                "SELECT 1 FROM environment WHERE namespace_id = ? LIMIT 1", [namespace.id]
            ).fetchone():
                raise Conflict("The namespace still has environments.", "Delete them first.")
            db.execute("DELETE FROM namespace WHERE id = ?", [namespace.id])


def _namespace(row: dict[str, Any]) -> Namespace:
    mappings = tuple(RoleMapping(**mapping) for mapping in json.loads(row["role_mappings"]))
    return Namespace(row["id"], row["name"], json.loads(row["metadata"]), mappings)
