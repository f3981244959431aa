"""Who may do what. The single user of a server owns every namespace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..domain.entities import Scope, is_entity
from ..domain.errors import Forbidden
from ..domain.events import StoreEvent
from ..domain.moments import Clock, utc_now
from ..domain.names import name_problem
from ..domain.permissions import ROLES, Grants, Permission, Role
from ..domain.role_bindings import USERNAME, RoleBindings
from ..domain.settings import Settings
from ..store.roles import RoleMappings
from ..store.tokens import Token

_SESSION = timedelta(days=1)

_EVERYTHING = {"*/*": ("admin",)}


@dataclass(frozen=True)
class Caller:
    """Who asks, as Jupyter or a token of ours has it.

    `username` is None where Jupyter made the name up for one request, as it does for programs
    that send the server's own token.
    """

    username: str | None = None
    groups: tuple[str, ...] = ()
    token: Token | None = None


@dataclass(frozen=True)
class Access:
    """What a caller may do now."""

    caller: Caller
    primary_namespace: str
    grants: Grants
    expiration: datetime

    def allows(
        self, permission: Permission, namespace: str | None = None, name: str | None = None
    ) -> bool:
        """Return whether the caller has a permission: see `Grants.allow`."""
        return self.grants.allow(permission, namespace, name)

    def require(
        self, permission: Permission, namespace: str | None = None, name: str | None = None
    ) -> None:
        """Raise `Forbidden` if the caller has not the permission."""
        if not self.allows(permission, namespace, name):
            where = f"in namespace {namespace}" if namespace else "on the whole store"
            needed = f"{permission} on {namespace}/{name}" if name else permission
            who = "the namespace" if namespace else "the store"
            raise Forbidden(
                hint=f"Your role {where} does not allow this (permission {needed}). Ask an "
                f"administrator of {who} for a role that does."
            )

    def require_role(self, entity: str, roles: Iterable[Role]) -> None:
        """Raise `Forbidden` if the caller would give away more than the caller has."""
        given = frozenset[Permission]().union(*(role.permissions for role in roles))
        if not self.grants.include(entity, given):
            raise Forbidden(
                hint=f"You cannot give a role on {entity} that you do not have there yourself."
            )

    def shows(self, event: StoreEvent) -> bool:
        """Return whether the caller may hear of an event; one without a name is for everybody."""
        if event.namespace is None:
            return True
        return self.readable.shows(event.namespace, event.environment)

    @property
    def readable(self) -> Scope:
        """The environments, with their builds, that lists may show to the caller."""
        return self.grants.scope("environment::read")

    @property
    def readable_namespaces(self) -> Scope:
        """The namespaces that lists may show to the caller."""
        return self.grants.scope("namespace::read")


class AccessService:
    """Finds out what callers may do: by the settings, by role mappings, by their token."""

    def __init__(
        self,
        settings: Settings,
        default_namespace: Callable[[], str],
        mappings: RoleMappings,
        clock: Clock = utc_now,
    ) -> None:
        """`default_namespace` can be changed while the store runs."""
        self._settings = settings
        self._default_namespace = default_namespace
        self._mappings = mappings
        self._clock = clock

    def of(self, caller: Caller) -> Access:
        """Return what a caller may do.

        A token may what it is bound to, as far as whoever made it may that now.
        """
        if caller.token is None:
            return self._of_person(caller)
        owner = self._of_person(Caller(caller.token.owner, caller.token.groups))
        return Access(
            caller=caller,
            primary_namespace=caller.token.primary_namespace,
            grants=Grants(roles_of(caller.token.role_bindings), limit=owner.grants),
            expiration=caller.token.expires_on,
        )

    def _of_person(self, caller: Caller) -> Access:
        primary = self._filled(self._settings.primary_namespace, caller.username)
        primary = primary or self._default_namespace()
        return Access(
            caller=caller,
            primary_namespace=primary,
            grants=Grants(self._roles(caller, primary)),
            expiration=self._clock() + _SESSION,
        )

    def _roles(self, caller: Caller, primary: str) -> dict[str, tuple[Role, ...]]:
        sources = [self._for_everybody()]
        if caller.username is not None:
            sources.append(self._settings.user_role_bindings.get(caller.username, {}))
        sources += [self._settings.group_role_bindings.get(group, {}) for group in caller.groups]
        bindings: dict[str, tuple[str, ...]] = {}
        for source in sources:
            for template, names in source.items():
                entity = self._filled(template, caller.username)
                if entity is not None and is_entity(entity):
                    bindings[entity] = (*bindings.get(entity, ()), *names)
        for entity, names in self._mappings.granted_to(primary).items():
            bindings[entity] = (*bindings.get(entity, ()), *names)
        return roles_of(bindings)

    def _for_everybody(self) -> RoleBindings:
        given = self._settings.authenticated_role_bindings
        if given is not None:
            return given
        return {} if self._settings.is_shared else _EVERYTHING

    @staticmethod
    def _filled(template: str, username: str | None) -> str | None:
        """Return a template with the user's name; None for a name that cannot be in one.

        A user called ``*`` must not become everybody.
        """
        if USERNAME not in template:
            return template
        if username is None or name_problem(username) is not None:
            return None
        return template.replace(USERNAME, username)


def roles_of(bindings: Mapping[str, Iterable[str]]) -> dict[str, tuple[Role, ...]]:
    """Return the roles of known names by entity, each once, in the order of what they allow."""
    return {
        entity: tuple(
            sorted(
                {ROLES[name] for name in names if name in ROLES},
                key=lambda role: len(role.permissions),
            )
        )
        for entity, names in bindings.items()
    }
