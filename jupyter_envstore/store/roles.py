"""Role mappings: what those whose own namespace is one namespace may do in others.

conda-store has two versions of them, and a switch between the two. Here both count. The first
gives the owners of a namespace a role on an entity; the second gives the owners of another
namespace a role on everything in a namespace.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..domain.errors import Conflict, NotFound, Refused
from .database import Database
from .journal import Journal
from .namespaces import Namespaces

_SHARED = """
    SELECT namespace_role.id, namespace.name AS namespace, other.name AS other_namespace, role
    FROM namespace_role
    JOIN namespace ON namespace.id = namespace_role.namespace_id
    JOIN namespace AS other ON other.id = namespace_role.other_namespace_id
"""


@dataclass(frozen=True)
class SharedRole:
    """The owners of `other_namespace` have the role on everything in `namespace`."""

    id: int
    namespace: str
    other_namespace: str
    role: str


class RoleMappings:
    """The rows of ``role_mapping`` (version 1) and ``namespace_role`` (version 2)."""

    def __init__(self, database: Database, namespaces: Namespaces, journal: Journal) -> None:
        self._database = database
        self._namespaces = namespaces
        self._journal = journal

    def granted_to(self, namespace: str) -> dict[str, tuple[str, ...]]:
        """Return the roles by entity of those whose own namespace this is."""
        rows = self._database.read().execute(
            "SELECT entity, role FROM role_mapping"
            " JOIN namespace ON namespace.id = role_mapping.namespace_id WHERE namespace.name = ?"
            " UNION SELECT namespace.name || '/*', role FROM namespace_role"
            " JOIN namespace ON namespace.id = namespace_role.namespace_id"
            " JOIN namespace AS other ON other.id = namespace_role.other_namespace_id"
            " WHERE other.name = ? ORDER BY 1, 2",
            [namespace, namespace],
        )
        granted: dict[str, tuple[str, ...]] = {}
        for entity, role in rows:
            granted[entity] = (*granted.get(entity, ()), role)
        return granted

    def replace(self, namespace: str, mappings: Mapping[str, Iterable[str]]) -> None:
        """Replace all mappings of version 1 of a namespace. Raises `NotFound`."""
        with self._database.write() as db:
            owner = self._namespaces.get(namespace)
            db.execute("DELETE FROM role_mapping WHERE namespace_id = ?", [owner.id])
            for entity, roles in mappings.items():
                for role in dict.fromkeys(roles):
                    db.execute(
                        "INSERT INTO role_mapping (namespace_id, entity, role) VALUES (?, ?, ?)",
                        [owner.id, entity, role],
                    )
            self._journal.roles_changed()

    # -- version 2 ------------------------------------------------------------------------------

    def shared(self, namespace: str) -> tuple[SharedRole, ...]:
        """Return who has a role on everything in a namespace. Raises `NotFound`."""
        owner = self._namespaces.get(namespace)
        rows = self._database.read().query(
            f"{_SHARED} WHERE namespace_role.namespace_id = ? ORDER BY namespace_role.id",
            [owner.id],
        )
        return tuple(SharedRole(**row) for row in rows)

    def find(self, namespace: str, other: str) -> SharedRole | None:
        """Raises `NotFound` if the namespace, `Refused` if the other one does not exist."""
        owner, other_id = self._namespaces.get(namespace), self._other(other)
        rows = self._database.read().query(
            f"{_SHARED} WHERE namespace_id = ? AND other_namespace_id = ?", [owner.id, other_id]
        )
        return next((SharedRole(**row) for row in rows), None)

    def share(self, namespace: str, other: str, role: str) -> None:
        """Give the owners of `other` a role. Raises `Conflict` if they have one."""
        with self._database.write() as db:
            if (found := self.find(namespace, other)) is not None:
                raise Conflict(
                    f"{other} has a role on {namespace} already: {found.role}.",
                    "Change it with PUT instead of POST.",
                )
            db.execute(
                "INSERT INTO namespace_role (namespace_id, other_namespace_id, role)"
                " VALUES (?, ?, ?)",
                [self._namespaces.get(namespace).id, self._other(other), role],
            )
            self._journal.roles_changed()

    def change(self, namespace: str, other: str, role: str) -> None:
        """Replace the role of the owners of `other`. Raises `NotFound` if they have none."""
        with self._database.write() as db:
            found = self.find(namespace, other)
            if found is None:
                raise NotFound("failed to find role", "Give it with POST instead of PUT.")
            db.execute("UPDATE namespace_role SET role = ? WHERE id = ?", [role, found.id])
            self._journal.roles_changed()

    def unshare(self, namespace: str, other: str) -> None:
        """Take the role from the owners of `other`; nothing happens if they have none."""
        with self._database.write() as db:
            found = self.find(namespace, other)
            if found is not None:
                db.execute("DELETE FROM namespace_role WHERE id = ?", [found.id])
                self._journal.roles_changed()

    def unshare_all(self, namespace: str) -> None:
        """Take every role of version 2 on a namespace. Raises `NotFound`."""
        with self._database.write() as db:
            owner = self._namespaces.get(namespace)
            db.execute("DELETE FROM namespace_role WHERE namespace_id = ?", [owner.id])
            self._journal.roles_changed()

    def _other(self, name: str) -> int:
        found = self._namespaces.find(name)
        if found is None:
            raise Refused(f"Namespace='{name}' not found", "Make the namespace first.")
        return found.id
