"""What clients get: conda-store's wire format, and beside its keys our own.

The order and the names of the first keys of each class are conda-store's; it calls a namespace's
metadata ``metadata_``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ..domain.build import BuildStatus, Environment, Phase
from ..domain.events import StoreEvent
from ..integration.kernelspecs import KernelCard
from ..service.access import Access
from ..service.views import EnvironmentView
from ..store.namespaces import Namespace, RoleMapping
from ..store.tokens import Token
from .build_replies import BuildSummary, ProgressReply


@dataclass(frozen=True)
class StatusReply:
    version: str
    store_id: str
    store_directory: str
    doubt: str | None
    """Why nothing is tidied up, if directory and database do not belong together."""
    default_namespace: str
    default_channels: tuple[str, ...]
    """The channels of specifications that name none."""
    max_attempts: int
    """How often a build is begun at most when the server that runs it goes away."""
    obstacle: str | None
    """Why no waiting build can be begun at present: a Dask scheduler that does not answer."""


@dataclass(frozen=True)
class PermissionReply:
    authenticated: bool
    primary_namespace: str
    entity_permissions: dict[str, tuple[str, ...]]
    entity_roles: dict[str, tuple[str, ...]]
    expiration: str
    """The one time on the wire that says it is UTC."""
    read_only: dict[str, str]
    """Namespaces in which nothing can be changed whatever the roles, and why not."""

    @classmethod
    def of(cls, access: Access, namespaces: Iterable[Namespace]) -> PermissionReply:
        return cls(
            authenticated=True,
            primary_namespace=access.primary_namespace,
            entity_permissions=dict(access.grants.by_entity),
            entity_roles={
                entity: tuple(role.name for role in roles)
                for entity, roles in access.grants.roles.items()
            },
            expiration=f"{access.expiration.replace(microsecond=0).isoformat()}Z",
            read_only={
                namespace.name: namespace.read_only
                for namespace in namespaces
                if namespace.read_only is not None
            },
        )


@dataclass(frozen=True)
class TokenReply:
    """A token without its secret. Its holder may what `role_bindings` say, and its owner may."""

    id: int
    owner: str | None
    primary_namespace: str
    role_bindings: dict[str, tuple[str, ...]]
    note: str
    created_on: datetime
    expires_on: datetime
    last_used_on: datetime | None
    """To the minute."""

    @classmethod
    def of(cls, token: Token) -> TokenReply:
        return cls(
            token.id,
            token.owner,
            token.primary_namespace,
            dict(token.role_bindings),
            token.note,
            token.created_on,
            token.expires_on,
            token.last_used_on,
        )


@dataclass(frozen=True)
class MintedReply:
    token: str
    """What requests carry. It is told only this once."""
    id: int
    expires_on: datetime


@dataclass(frozen=True)
class NamespaceEntry:
    id: int
    name: str
    read_only: bool
    """Whether nothing in it can be changed, whatever the caller's roles: `reason` says why."""
    reason: str | None

    @classmethod
    def of(cls, namespace: Namespace) -> NamespaceEntry:
        reason = namespace.read_only
        return cls(namespace.id, namespace.name, reason is not None, reason)


@dataclass(frozen=True)
class NamespaceReply:
    id: int
    name: str
    metadata_: dict[str, Any]
    role_mappings: tuple[RoleMapping, ...]
    read_only: bool
    reason: str | None
    """As in a list of namespaces."""

    @classmethod
    def of(cls, namespace: Namespace) -> NamespaceReply:
        return cls(
            id=namespace.id,
            name=namespace.name,
            metadata_=namespace.metadata,
            role_mappings=namespace.role_mappings,
            read_only=namespace.read_only is not None,
            reason=namespace.read_only,
        )


@dataclass(frozen=True)
class KernelReply:
    name: str
    display_name: str
    language: str
    namespace: str
    environment: str
    build_id: int
    pinned: bool
    """Whether it stays with its build; the others are the current build's."""

    @classmethod
    def of(cls, card: KernelCard) -> KernelReply:
        return cls(
            card.name,
            card.display_name,
            card.language,
            card.namespace,
            card.environment,
            card.build_id,
            card.pinned,
        )


@dataclass(frozen=True)
class EnvironmentReply:
    id: int
    namespace: NamespaceReply
    name: str
    current_build_id: int
    """The published build, else the newest: conda-store's clients expect a number."""
    current_build: None
    description: str
    published: bool
    """Whether the link points at `current_build_id`."""
    latest_build: BuildSummary
    published_build: BuildSummary | None
    kernels: tuple[KernelReply, ...]
    prefix: str | None
    """The link that names the current build."""
    text: str
    """The newest specification, as it was sent."""

    @classmethod
    def of(cls, view: EnvironmentView) -> EnvironmentReply:
        environment = view.environment
        return cls(
            id=environment.id,
            namespace=NamespaceReply.of(view.namespace),
            name=environment.name,
            current_build_id=environment.published_build_id or view.newest.build.id,
            current_build=None,
            description=environment.description,
            published=environment.published_build_id is not None,
            latest_build=BuildSummary.of(view.newest),
            published_build=BuildSummary.of(view.published) if view.published else None,
            kernels=tuple(KernelReply.of(card) for card in view.kernels),
            prefix=view.link,
            text=view.newest.build.text,
        )


@dataclass(frozen=True)
class EnvironmentNameReply:
    namespace: str
    name: str

    @classmethod
    def of(cls, environment: Environment) -> EnvironmentNameReply:
        return cls(environment.namespace, environment.name)


@dataclass(frozen=True)
class ListedEnvironmentReply:
    """An environment in conda-store's v2 list."""

    id: int
    namespace: NamespaceReply
    name: str
    current_build_id: int
    description: str

    @classmethod
    def of(cls, view: EnvironmentView) -> ListedEnvironmentReply:
        whole = EnvironmentReply.of(view)
        return cls(whole.id, whole.namespace, whole.name, whole.current_build_id, whole.description)


@dataclass(frozen=True)
class StoreEventReply:
    seq: int | None
    at: str
    kind: Literal["build", "environment", "kernels", "progress", "echo"]
    namespace: str | None
    environment: str | None
    build_id: int | None
    status: BuildStatus | None
    phase: Phase | None
    progress: ProgressReply | None
    echo: str | None
    """What the caller of `GET events/` sent, on Jupyter's event bus alone."""

    @classmethod
    def of(cls, event: StoreEvent) -> StoreEventReply:
        progress = event.progress
        return cls(
            seq=event.seq,
            at=event.at,
            kind=event.kind,
            namespace=event.namespace,
            environment=event.environment,
            build_id=event.build_id,
            status=BuildStatus(event.status) if event.status else None,
            phase=progress.phase if progress else None,
            progress=ProgressReply.of(progress) if progress else None,
            echo=event.echo,
        )


@dataclass(frozen=True)
class StoreEventsReply:
    events: tuple[StoreEventReply, ...]
    next: int
    latest: int
    """The number of the newest event there is, for whoever begins to listen."""
