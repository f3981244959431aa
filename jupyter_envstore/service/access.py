"""Who may do what. The single user of a server owns every namespace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..domain.moments import Clock, utc_now
from ..domain.permissions import ADMIN, Role

_SESSION = timedelta(days=1)


@dataclass(frozen=True)
class Permissions:
    """What conda-store's clients ask for before they show a button."""

    authenticated: bool
    primary_namespace: str
    entity_roles: dict[str, tuple[str, ...]]
    entity_permissions: dict[str, tuple[str, ...]]
    expiration: datetime


class AccessService:
    """Answers questions about permissions."""

    def __init__(self, default_namespace: str, clock: Clock = utc_now) -> None:
        self._default_namespace = default_namespace
        self._clock = clock

    def permissions(self) -> Permissions:
        """Return the caller's permissions, by entity (``namespace/environment``, with ``*``)."""
        roles: dict[str, Role] = {"*/*": ADMIN}
        return Permissions(
            authenticated=True,
            primary_namespace=self._default_namespace,
            entity_roles={entity: (role.name,) for entity, role in roles.items()},
            entity_permissions={
                entity: tuple(sorted(role.permissions)) for entity, role in roles.items()
            },
            expiration=self._clock() + _SESSION,
        )
