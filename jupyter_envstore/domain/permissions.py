"""conda-store's permissions and roles, in its spelling (``environment:create`` has one colon)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """A named set of permissions."""

    name: str
    permissions: frozenset[str]


_VIEWER = frozenset(["environment::read", "namespace::read", "namespace-role-mapping::read"])
_EDITOR = _VIEWER | {
    "build::cancel",
    "environment:create",
    "environment::update",
    "environment::solve",
    "setting::read",
}
_ADMIN = _EDITOR | {
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
EDITOR = Role("editor", _EDITOR)
ADMIN = Role("admin", _ADMIN)
