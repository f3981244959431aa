"""conda-store's permissions and roles, in its spelling (``environment:create`` has one colon)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from .entities import EVERYTHING, Scope, covers, covers_namespace, covers_within

Permission = Literal[
    "build::cancel",
    "build::delete",
    "environment:create",
    "environment::delete",
    "environment::read",
    "environment::solve",
    "environment::update",
    "namespace::create",
    "namespace::delete",
    "namespace::read",
    "namespace::update",
    "namespace-role-mapping::create",
    "namespace-role-mapping::delete",
    "namespace-role-mapping::read",
    "namespace-role-mapping::update",
    "setting::read",
    "setting::update",
]

TOKEN_PREFIX = "envs_"  # noqa: S105 -- it is no secret
"""What every token begins with: it tells them from Jupyter's, and people what was leaked."""


@dataclass(frozen=True)
class Role:
    """A named set of permissions; `name` is what conda-store's clients read."""

    name: str
    permissions: frozenset[Permission]


_VIEWER: frozenset[Permission] = frozenset(
    ["environment::read", "namespace::read", "namespace-role-mapping::read"]
)
_EDITOR: frozenset[Permission] = _VIEWER | {
    "build::cancel",
    "environment:create",
    "environment::update",
    "environment::solve",
    "setting::read",
}
_ADMIN: frozenset[Permission] = _EDITOR | {
    "build::delete",
    "environment::delete",
    "namespace::create",
    "namespace::delete",
    "namespace::update",
    "namespace-role-mapping::create",
    "namespace-role-mapping::delete",
    "namespace-role-mapping::update",
    "setting::update",
}

VIEWER = Role("viewer", _VIEWER)
EDITOR = Role("developer", _EDITOR)
ADMIN = Role("admin", _ADMIN)

ROLES: Mapping[str, Role] = {
    "viewer": VIEWER,
    "editor": EDITOR,
    "developer": EDITOR,
    "admin": ADMIN,
}
"""Every name of a role. conda-store's documents say editor, its replies developer."""


@dataclass(frozen=True)
class Grants:
    """What somebody may do: the roles that they have on entities.

    An entity is a pattern such as ``team-*/*``: see `domain.entities`. With `limit` nothing
    counts that the limit does not allow, too: a token never may more than who made it.
    """

    roles: Mapping[str, tuple[Role, ...]] = field(default_factory=dict)
    limit: Grants | None = None

    def allow(
        self, permission: Permission, namespace: str | None = None, name: str | None = None
    ) -> bool:
        """Return whether the permission holds for an environment, a namespace or the store.

        The store as a whole, without a namespace, needs a role on everything. What changes a
        namespace needs a role on all of its environments; to read it, one of them will do.
        """
        if self.limit is not None and not self.limit.allow(permission, namespace, name):
            return False
        return any(
            _reaches(entity, permission, namespace, name)
            for entity, roles in self.roles.items()
            if any(permission in role.permissions for role in roles)
        )

    def include(self, entity: str, permissions: frozenset[Permission]) -> bool:
        """Return whether every one of the permissions holds for all that the entity matches.

        One of our own entities has to match all of it: several together are not tried.
        """
        if self.limit is not None and not self.limit.include(entity, permissions):
            return False
        return permissions <= self._on(entity)

    def scope(self, permission: Permission) -> Scope:
        """Return what lists may show to somebody who needs the permission for it."""
        patterns = tuple(
            entity
            for entity, roles in self.roles.items()
            if any(permission in role.permissions for role in roles)
        )
        mine = EVERYTHING if "*/*" in patterns else Scope((patterns,))
        return mine if self.limit is None else mine & self.limit.scope(permission)

    @cached_property
    def by_entity(self) -> dict[str, tuple[Permission, ...]]:
        """The permissions on each entity, sorted, as conda-store's clients read them."""
        return {
            entity: tuple(
                sorted(
                    permission
                    for permission in frozenset[Permission]().union(
                        *(role.permissions for role in roles)
                    )
                    if self.include(entity, frozenset([permission]))
                )
            )
            for entity, roles in self.roles.items()
        }

    def _on(self, entity: str) -> frozenset[Permission]:
        held: frozenset[Permission] = frozenset()
        for mine, roles in self.roles.items():
            if covers_within(mine, entity):
                held = held.union(*(role.permissions for role in roles))
        return held


def _reaches(entity: str, permission: Permission, namespace: str | None, name: str | None) -> bool:
    if namespace is None or entity == "*/*":
        return entity == "*/*"
    if name is not None:
        return covers(entity, namespace, name)
    if permission.endswith("::read"):
        return covers_namespace(entity, namespace)
    return covers_within(entity, f"{namespace}/*")
