"""What clients get from the endpoints that conda-store does not have, and from its own solve."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..domain.build import BuildStatus, PackageRow
from ..domain.diff import (
    ChangedPackage,
    Direction,
    ListDifference,
    PackageDifference,
    SpecificationDifference,
)
from ..domain.errors import Problem
from ..domain.file_kinds import FileKind
from ..domain.solution import Solution
from ..service.artifacts import ArtifactState, ArtifactView
from ..service.comparison import Comparison
from ..service.conversion import Conversion
from ..service.solving import Solved
from ..store.history import Deed, HistoryEntry
from .build_replies import FailureReply

# -- what differs ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class PackageBrief:
    """A package, as far as it tells one from another."""

    name: str
    version: str
    build: str
    channel: str
    subdir: str
    size: int
    url: str
    sha256: str | None
    requested: bool
    manager: str

    @classmethod
    def of(cls, package: PackageRow) -> PackageBrief:
        return cls(
            name=package.name,
            version=package.version,
            build=package.build,
            channel=package.channel,
            subdir=package.subdir,
            size=package.size,
            url=package.url,
            sha256=package.sha256,
            requested=package.requested,
            manager=package.manager,
        )


@dataclass(frozen=True)
class ChangedPackageReply:
    name: str
    direction: Direction
    what: tuple[str, ...]
    """Of version, build, channel, subdir and archive, those that differ."""
    before: PackageBrief
    after: PackageBrief

    @classmethod
    def of(cls, changed: ChangedPackage) -> ChangedPackageReply:
        return cls(
            changed.after.name,
            changed.direction,
            changed.what,
            PackageBrief.of(changed.before),
            PackageBrief.of(changed.after),
        )


@dataclass(frozen=True)
class PackageDifferenceReply:
    added: tuple[PackageBrief, ...]
    removed: tuple[PackageBrief, ...]
    changed: tuple[ChangedPackageReply, ...]
    unchanged: int
    """How many packages are the same."""

    @classmethod
    def of(cls, difference: PackageDifference) -> PackageDifferenceReply:
        return cls(
            tuple(PackageBrief.of(package) for package in difference.added),
            tuple(PackageBrief.of(package) for package in difference.removed),
            tuple(ChangedPackageReply.of(changed) for changed in difference.changed),
            difference.unchanged,
        )


@dataclass(frozen=True)
class ListDifferenceReply:
    added: tuple[str, ...]
    removed: tuple[str, ...]
    reordered: bool

    @classmethod
    def of(cls, difference: ListDifference) -> ListDifferenceReply:
        return cls(difference.added, difference.removed, difference.reordered)


@dataclass(frozen=True)
class SpecificationDifferenceReply:
    text: str
    """A unified diff of the texts as they were sent; empty if they are the same."""
    channels: ListDifferenceReply
    dependencies: ListDifferenceReply
    pip: ListDifferenceReply
    variables: ListDifferenceReply
    """Each written NAME=value."""

    @classmethod
    def of(cls, difference: SpecificationDifference) -> SpecificationDifferenceReply:
        return cls(
            difference.text,
            ListDifferenceReply.of(difference.channels),
            ListDifferenceReply.of(difference.dependencies),
            ListDifferenceReply.of(difference.pip),
            ListDifferenceReply.of(difference.variables),
        )


@dataclass(frozen=True)
class ComparedBuild:
    """One side of a comparison; sizes in bytes."""

    build_id: int
    namespace: str
    name: str
    status: BuildStatus
    size: int
    size_own: int


@dataclass(frozen=True)
class ComparisonReply:
    before: ComparedBuild
    after: ComparedBuild
    specification: SpecificationDifferenceReply
    packages: PackageDifferenceReply | None
    """Null while one of the two is not COMPLETED."""

    @classmethod
    def of(cls, comparison: Comparison) -> ComparisonReply:
        before, after = (
            ComparedBuild(
                build.id, build.namespace, build.name, build.status, build.size, build.size_own
            )
            for build in (comparison.before, comparison.after)
        )
        packages = comparison.packages
        return cls(
            before,
            after,
            SpecificationDifferenceReply.of(comparison.specification),
            None if packages is None else PackageDifferenceReply.of(packages),
        )


# -- a dry run ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SolvedPackageReply:
    """A package of a solution; `channel_id` is a URL, as conda-store's CLI expects it."""

    name: str
    version: str
    build: str
    build_number: int
    channel_id: str
    subdir: str
    size: int
    url: str
    sha256: str | None
    md5: str | None
    depends: tuple[str, ...]
    license: str | None
    requested: bool
    cached: bool
    """The package cache has it: it would not be downloaded."""

    @classmethod
    def all_of(cls, solution: Solution) -> tuple[SolvedPackageReply, ...]:
        return tuple(
            cls(
                name=package.name,
                version=package.version,
                build=package.build,
                build_number=package.build_number,
                channel_id=package.channel,
                subdir=package.subdir,
                size=package.size,
                url=package.url,
                sha256=package.sha256,
                md5=package.md5,
                depends=package.depends,
                license=package.license,
                requested=package.requested,
                cached=package.url not in solution.missing,
            )
            for package in solution.packages
        )


@dataclass(frozen=True)
class SolvedReply:
    id: str
    packages: tuple[SolvedPackageReply, ...] | None
    """Dependencies first; null where there is no solution."""
    size: int
    """Bytes of all archives."""
    download_size: int
    """Bytes of those that the package cache lacks."""
    pip: tuple[str, ...]
    """What pip is asked for in addition; that is resolved when a build runs."""
    current_build_id: int | None
    difference: PackageDifferenceReply | None
    """From the current build of the environment of that name to the solution."""
    warnings: tuple[Problem, ...]
    failure: FailureReply | None
    """Why there is no solution, in the words that a build would fail with."""

    @classmethod
    def of(cls, solved: Solved) -> SolvedReply:
        solution, difference = solved.solution, solved.difference
        return cls(
            id=solved.id,
            packages=None if solution is None else SolvedPackageReply.all_of(solution),
            size=0 if solution is None else solution.size,
            download_size=0 if solution is None else solution.download_size,
            pip=solved.pip,
            current_build_id=solved.current_build_id,
            difference=None if difference is None else PackageDifferenceReply.of(difference),
            warnings=solved.warnings,
            failure=None if solved.failure is None else FailureReply.of(solved.failure),
        )


@dataclass(frozen=True)
class SolveReply:
    """conda-store's answer to GET specification/, which has no envelope."""

    solve: tuple[SolvedPackageReply, ...]


# -- what was done --------------------------------------------------------------------------------


@dataclass(frozen=True)
class HistoryReply:
    id: int
    at: datetime
    deed: Deed
    actor: str | None
    """Null where nobody asked, and where the server does not know who did."""
    build_id: int | None
    build_status: BuildStatus | None
    """What became of the build until now; null if it is gone."""
    detail: str | None
    """The former name of what was renamed, the origin of a clone, a new description."""

    @classmethod
    def of(cls, entry: HistoryEntry) -> HistoryReply:
        return cls(
            entry.id,
            entry.at,
            entry.deed,
            entry.actor,
            entry.build_id,
            entry.build_status,
            entry.detail,
        )


@dataclass(frozen=True)
class AnnotationsReply:
    note: str
    tags: tuple[str, ...]


@dataclass(frozen=True)
class ConvertedReply:
    kind: FileKind
    """What the text was taken for, by what it says and by the name of its file."""
    specification: str | None
    """What POST specification/ takes: an environment.yml, or the text as it was sent if
    `is_lockfile`; null where there are problems that it could not show."""
    is_lockfile: bool
    name: str | None
    """What the file calls the environment; null where it does not."""
    warnings: tuple[Problem, ...]
    """What was understood otherwise than it stands there, or left out."""
    problems: tuple[Problem, ...]
    """What has to be mended; lines and columns are those of the text that was sent."""

    @classmethod
    def of(cls, converted: Conversion) -> ConvertedReply:
        return cls(
            converted.kind,
            converted.specification,
            converted.is_lockfile,
            converted.name,
            converted.warnings,
            converted.problems,
        )


# -- artifacts ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ArtifactFileReply:
    """A file that a build can be had as; `sha256` is told of archives that are there."""

    id: int
    artifact_type: str
    key: str
    format: str | None
    state: ArtifactState
    address: str | None
    """Where it is served, below the API's root."""
    size: int | None
    sha256: str | None

    @classmethod
    def of(cls, view: ArtifactView) -> ArtifactFileReply:
        return cls(
            id=view.artifact.id,
            artifact_type=view.artifact.type,
            key=view.artifact.key,
            format=view.format,
            state=view.state,
            address=view.address,
            size=view.size,
            sha256=view.sha256,
        )
