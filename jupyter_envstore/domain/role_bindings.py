"""Roles by entity, as people write them: in the configuration and in requests."""

from __future__ import annotations

from collections.abc import Mapping

from .entities import is_entity
from .permissions import ROLES

RoleBindings = Mapping[str, tuple[str, ...]]
"""Names of roles by entity, e.g. ``{"team-*/*": ("viewer",)}``."""

USERNAME = "{username}"
"""What stands for the name of the user in an entity of the configuration."""


def role_bindings(value: object) -> RoleBindings:
    """Return roles by entity; raise ValueError, with a sentence, for anything else.

    A role may stand alone or in a list. Names of roles stay as they are written.
    """
    if not isinstance(value, Mapping):
        raise ValueError(f"{value!r} has to be a dict of roles by entity.")
    bindings = {}
    for entity, roles in value.items():
        if not isinstance(entity, str) or not is_entity(entity.replace(USERNAME, "u")):
            raise ValueError(
                f"{entity!r} is no entity. Write namespace/environment, with * for any "
                'characters, e.g. "team-*/*".'
            )
        names = tuple(roles) if isinstance(roles, (list, tuple, set, frozenset)) else (roles,)
        for name in names:
            if not isinstance(name, str) or name not in ROLES:
                raise ValueError(f"{name!r} is no role. The roles are viewer, editor and admin.")
        bindings[entity] = names
    return bindings
