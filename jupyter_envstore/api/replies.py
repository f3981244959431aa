"""What clients get: conda-store's wire format, and beside its keys our own.

The order and the names of the first keys of each class are conda-store's; it calls a namespace's
metadata ``metadata_``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from ..domain.build import Build, BuildStatus, Phase
from ..domain.errors import Problem
from ..domain.events import Progress, Refused, StoreEvent
from ..integration.kernelspecs import KernelCard
from ..service.access import Permissions
from ..service.environments import Checked, EnvironmentView, Submitted
from ..service.views import BuildView
from ..store.namespaces import Namespace
from ..store.packages import StoredPackage


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


@dataclass(frozen=True)
class PermissionReply:
    authenticated: bool
    primary_namespace: str
    entity_permissions: dict[str, tuple[str, ...]]
    entity_roles: dict[str, tuple[str, ...]]
    expiration: str
    """The one time on the wire that says it is UTC."""

    @classmethod
    def of(cls, permissions: Permissions) -> PermissionReply:
        return cls(
            permissions.authenticated,
            permissions.primary_namespace,
            permissions.entity_permissions,
            permissions.entity_roles,
            f"{permissions.expiration.replace(microsecond=0).isoformat()}Z",
        )


@dataclass(frozen=True)
class NamespaceEntry:
    id: int
    name: str

    @classmethod
    def of(cls, namespace: Namespace) -> NamespaceEntry:
        return cls(namespace.id, namespace.name)


@dataclass(frozen=True)
class NamespaceReply:
    id: int
    name: str
    metadata_: dict[str, Any]
    role_mappings: tuple[Any, ...] = ()

    @classmethod
    def of(cls, namespace: Namespace) -> NamespaceReply:
        return cls(namespace.id, namespace.name, namespace.metadata)


@dataclass(frozen=True)
class ProgressReply:
    phase: Phase
    done: int
    total: int | None
    unit: Literal["bytes", "packages"]
    """``bytes`` while packages are downloaded, else ``packages``."""
    packages_done: int
    packages_total: int | None
    bytes_done: int
    bytes_total: int | None
    detail: str | None

    @classmethod
    def of(cls, progress: Progress) -> ProgressReply:
        in_bytes = progress.phase is Phase.DOWNLOADING and bool(progress.bytes_total)
        return cls(
            phase=progress.phase,
            done=progress.bytes_done if in_bytes else progress.packages_done,
            total=progress.bytes_total if in_bytes else progress.packages_total,
            unit="bytes" if in_bytes else "packages",
            packages_done=progress.packages_done,
            packages_total=progress.packages_total,
            bytes_done=progress.bytes_done,
            bytes_total=progress.bytes_total,
            detail=progress.detail,
        )


@dataclass(frozen=True)
class KernelReply:
    name: str
    display_name: str
    language: str
    namespace: str
    environment: str
    build_id: int

    @classmethod
    def of(cls, card: KernelCard) -> KernelReply:
        return cls(
            card.name,
            card.display_name,
            card.language,
            card.namespace,
            card.environment,
            card.build_id,
        )


@dataclass(frozen=True)
class BuildSummary:
    """A build within its environment."""

    id: int
    status: BuildStatus
    status_info: str | None
    scheduled_on: datetime
    started_on: datetime | None
    ended_on: datetime | None
    size: int
    cancel_requested: bool
    phase: Phase | None
    progress: ProgressReply | None

    @classmethod
    def of(cls, view: BuildView) -> BuildSummary:
        build = view.build
        return cls(
            id=build.id,
            status=build.status,
            status_info=build.status_info,
            scheduled_on=build.scheduled_on,
            started_on=build.started_on,
            ended_on=build.ended_on,
            size=build.size,
            cancel_requested=build.cancel_requested,
            phase=view.phase,
            progress=ProgressReply.of(view.progress) if view.progress else None,
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
class SpecificationReply:
    id: int
    name: str
    spec: dict[str, Any]
    sha256: str
    created_on: datetime


@dataclass(frozen=True)
class ArtifactReply:
    id: int
    artifact_type: str
    key: str


@dataclass(frozen=True)
class FailureReply:
    """Why a build failed, for the person who has to do something about it."""

    kind: str
    message: str
    hint: str | None
    explanation: str | None
    problems: tuple[Problem, ...]
    suggestions: tuple[str, ...]

    @classmethod
    def of(cls, refused: Refused) -> FailureReply:
        return cls(
            refused.kind,
            refused.message,
            refused.hint,
            refused.explanation,
            refused.problems,
            refused.suggestions,
        )


@dataclass(frozen=True)
class BuildReply:
    id: int
    environment_id: int
    specification: SpecificationReply | None
    packages: None
    status: BuildStatus
    status_info: str | None
    size: int
    scheduled_on: datetime
    started_on: datetime | None
    ended_on: datetime | None
    build_artifacts: tuple[ArtifactReply, ...] | None
    namespace: str
    name: str
    published: bool
    cancel_requested: bool
    attempts: int
    phase: Phase | None
    progress: ProgressReply | None
    build_key: str
    build_key_version: int
    prefix: str
    size_own: int
    author: str | None
    client: str | None
    parent_build_id: int | None
    text: str
    warnings: tuple[Problem, ...] = field(default_factory=tuple)
    failure: FailureReply | None = None

    @classmethod
    def of(cls, view: BuildView) -> BuildReply:
        build = view.build
        return cls(
            id=build.id,
            environment_id=build.environment_id,
            specification=_specification(view, build),
            packages=None,
            status=build.status,
            status_info=build.status_info,
            size=build.size,
            scheduled_on=build.scheduled_on,
            started_on=build.started_on,
            ended_on=build.ended_on,
            build_artifacts=None
            if view.artifacts is None
            else tuple(ArtifactReply(item.id, item.type, item.key) for item in view.artifacts),
            namespace=build.namespace,
            name=build.name,
            published=view.published,
            cancel_requested=build.cancel_requested,
            attempts=build.attempts - build.releases,
            phase=view.phase,
            progress=ProgressReply.of(view.progress) if view.progress else None,
            build_key=view.key,
            build_key_version=build.key_version,
            prefix=build.prefix,
            size_own=build.size_own,
            author=build.author,
            client=build.client,
            parent_build_id=build.parent_build_id,
            text=build.text,
            warnings=view.warnings,
            failure=FailureReply.of(view.failure) if view.failure else None,
        )


def _specification(view: BuildView, build: Build) -> SpecificationReply | None:
    if view.specification is None or view.specification_created_on is None:
        return None
    return SpecificationReply(
        id=build.specification_id,
        name=view.specification.name,
        spec=view.specification.model,
        sha256=build.sha256,
        created_on=view.specification_created_on,
    )


@dataclass(frozen=True)
class ChannelReply:
    id: int
    name: str
    last_update: str | None


@dataclass(frozen=True)
class PackageReply:
    id: int
    channel: ChannelReply
    license: str | None
    name: str
    version: str
    summary: str | None
    build: str
    build_number: int
    subdir: str
    size: int
    url: str
    sha256: str | None
    depends: tuple[str, ...]
    requested: bool
    manager: str

    @classmethod
    def of(cls, stored: StoredPackage) -> PackageReply:
        package = stored.package
        return cls(
            id=stored.id,
            channel=ChannelReply(stored.channel_id, package.channel, stored.channel_updated),
            license=package.license,
            name=package.name,
            version=package.version,
            summary=package.summary,
            build=package.build,
            build_number=package.build_number,
            subdir=package.subdir,
            size=package.size,
            url=package.url,
            sha256=package.sha256,
            depends=package.depends,
            requested=package.requested,
            manager=package.manager,
        )


@dataclass(frozen=True)
class SubmittedReply:
    build_id: int
    warnings: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, submitted: Submitted) -> SubmittedReply:
        return cls(submitted.build_id, submitted.warnings)


@dataclass(frozen=True)
class CheckedReply:
    name: str | None
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]

    @classmethod
    def of(cls, checked: Checked) -> CheckedReply:
        return cls(checked.name, checked.problems, checked.warnings)


@dataclass(frozen=True)
class BuildEventsReply:
    events: tuple[dict[str, Any], ...]
    next: int
    """Ask for everything since this number next time."""


@dataclass(frozen=True)
class StoreEventReply:
    seq: int | None
    at: str
    kind: Literal["build", "environment", "kernels", "progress"]
    namespace: str | None
    environment: str | None
    build_id: int | None
    status: BuildStatus | None
    phase: Phase | None
    progress: ProgressReply | None

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
        )


@dataclass(frozen=True)
class StoreEventsReply:
    events: tuple[StoreEventReply, ...]
    next: int
