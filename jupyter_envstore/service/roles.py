"""Sharing namespaces: who has which role where. Nobody gives a role that they do not have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..domain.entities import is_entity
from ..domain.errors import NotFound, Refused
from ..domain.permissions import ROLES, Role
from ..store.namespaces import Namespaces
from ..store.roles import RoleMappings, SharedRole
from .access import Access, roles_of


class RoleService:
    """Role mappings of conda-store's version 1, by entity, and version 2, by namespace."""

    def __init__(self, namespaces: Namespaces, mappings: RoleMappings) -> None:
        self._namespaces = namespaces
        self._mappings = mappings

    def replace(
        self, access: Access, namespace: str, mappings: Mapping[str, Sequence[str]]
    ) -> None:
        """Replace the mappings of version 1: what the namespace's owners may do elsewhere.

        Raises `NotFound`; `Refused`, in conda-store's words, for what is no entity or no role;
        and `Forbidden` for more than the caller has. What is there already may stay.
        """
        for entity, names in mappings.items():
            if not is_entity(entity):
                raise Refused(
                    f"invalid entity={entity}",
                    "Write namespace/environment, with * for any characters, e.g. team-*/*.",
                )
            for name in names:
                _role(name, f"invalid entity={name}")
        there = {(m.entity, m.role) for m in self._namespaces.get(namespace).role_mappings}
        roles = roles_of(mappings)
        for entity, given in roles.items():
            access.require_role(entity, [r for r in given if (entity, r.name) not in there])
        self._mappings.replace(
            namespace, {entity: [role.name for role in given] for entity, given in roles.items()}
        )

    def list(self, namespace: str) -> tuple[SharedRole, ...]:
        return self._mappings.shared(namespace)

    def get(self, namespace: str, other: str) -> SharedRole:
        """Raises `NotFound`, or `Refused` if there is no such other namespace."""
        found = self._mappings.find(namespace, other)
        if found is None:
            raise NotFound("failed to find role", f"{other} has no role on {namespace}.")
        return found

    def share(self, access: Access, namespace: str, other: str, role: str) -> None:
        """Give the owners of another namespace a role on everything in this one.

        Raises `Refused` for an unknown role, `Forbidden` for more than the caller has, `Conflict`
        if they have one.
        """
        given = _role(role, f"invalid role={role}")
        access.require_role(f"{namespace}/*", [given])
        self._mappings.share(namespace, other, given.name)

    def change(self, access: Access, namespace: str, other: str, role: str) -> None:
        """Replace the role that the owners of another namespace have. Raises `NotFound`, too."""
        given = _role(role, f"invalid role={role}")
        access.require_role(f"{namespace}/*", [given])
        self._mappings.change(namespace, other, given.name)

    def unshare(self, namespace: str, other: str) -> None:
        """Take the role from the owners of another namespace, if they have one."""
        self._mappings.unshare(namespace, other)

    def unshare_all(self, namespace: str) -> None:
        """Take every role that owners of other namespaces have on this one."""
        self._mappings.unshare_all(namespace)


def _role(name: str, message: str) -> Role:
    role = ROLES.get(name)
    if role is None:
        raise Refused(message, "The roles are viewer, editor (developer) and admin.")
    return role
