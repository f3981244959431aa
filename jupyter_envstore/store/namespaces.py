"""Namespaces: a name, and free metadata."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from ..domain.errors import Conflict, NotFound
from .database import Database
from .listing import Listing, Page


@dataclass(frozen=True)
class Namespace:
    id: int
    name: str
    metadata: dict[str, Any] = field(default_factory=dict)


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
        for row in self._database.read().query("SELECT * FROM namespace WHERE name = ?", [name]):
            return _namespace(row)
        return None

    def get(self, name: str) -> Namespace:
        found = self.find(name)
        if found is None:
            raise NotFound("namespace does not exist")
        return found

    def list(self, listing: Listing) -> Page[Namespace]:
        return listing.run(
            self._database.read(),
            select="SELECT *",
            source="FROM namespace",
            sortable={"name": "name"},
            default=("name",),
            read=_namespace,
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
    return Namespace(row["id"], row["name"], json.loads(row["metadata"]))
