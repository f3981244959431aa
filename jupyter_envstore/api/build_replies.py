"""What clients get of builds: conda-store's wire format, and beside its keys our own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from ..domain.build import Build, BuildStatus, Phase
from ..domain.errors import Problem
from ..domain.events import Progress, Refused
from ..domain.shared_names import is_shared_id
from ..domain.specification import Specification
from ..service.build_queue import QueuedBuild
from ..service.environments import Checked, Submitted
from ..service.views import BuildView
from ..store.packages import StoredPackage


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
class BuildSummary:
    """A build within its environment."""

    id: int
    status: BuildStatus
    status_info: str | None
    scheduled_on: datetime
    started_on: datetime | None
    ended_on: datetime | None
    size: int
    shelved_on: datetime | None
    """Since when it has no files on the disk; null for a build that has."""
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
            shelved_on=build.shelved_on,
            cancel_requested=build.cancel_requested,
            phase=view.phase,
            progress=ProgressReply.of(view.progress) if view.progress else None,
        )


@dataclass(frozen=True)
class QueuedBuildReply:
    namespace: str
    environment: str
    author: str | None
    position: int | None
    """1 is the next to begin, if nobody asks for more meanwhile; null for a build that runs."""
    build: BuildSummary

    @classmethod
    def of(cls, queued: QueuedBuild) -> QueuedBuildReply:
        build = queued.view.build
        summary = BuildSummary.of(queued.view)
        return cls(build.namespace, build.name, build.author, queued.position, summary)


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
    pinned: bool
    """Kept from deletion and clean-up until it is unpinned."""
    kernel_pinned: bool
    """Whether its kernels are offered under names of their own, whichever build is current."""
    shelved_on: datetime | None
    """Since when it has no files on the disk: its lockfile, log and notes are kept."""
    last_used_on: datetime | None
    """When a server last noted that a kernel of it began, ran or ended; null if none ever did."""
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
    locked: bool
    """Its packages are those of a lockfile: nothing was solved."""
    note: str
    tags: tuple[str, ...]
    text: str
    """The specification as it was sent; lists leave out the texts of lockfiles."""
    read_only: bool
    """Whether the build is another store's, of which nothing can be changed here."""
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
            pinned=build.pinned,
            kernel_pinned=build.kernel_pinned,
            shelved_on=build.shelved_on,
            last_used_on=build.last_used_on,
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
            locked=build.locked,
            note=build.note,
            tags=build.tags,
            text=build.text,
            read_only=is_shared_id(build.id),
            warnings=view.warnings,
            failure=FailureReply.of(view.failure) if view.failure else None,
        )


def _specification(view: BuildView, build: Build) -> SpecificationReply | None:
    if view.specification is None or view.specification_created_on is None:
        return None
    return SpecificationReply(
        id=build.specification_id,
        name=view.specification.name,
        spec=_wire_model(view.specification),
        sha256=build.sha256,
        created_on=view.specification_created_on,
    )


def _wire_model(specification: Specification) -> dict[str, Any]:
    """Return conda-store's mapping. A lock beside dependencies is none of its keys."""
    return specification.model if specification.is_lockfile else specification.question


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
    """Whether the specification names it."""
    required_by: tuple[str, ...]
    """The packages of the same build that depend on it."""
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
            required_by=stored.required_by,
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
