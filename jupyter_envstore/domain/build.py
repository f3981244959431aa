"""The nouns: builds, environments, and what a build's process is told to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class BuildStatus(str, Enum):
    """The five states of a build; `lifecycle.advance` is the only place that changes one."""

    QUEUED = "QUEUED"
    BUILDING = "BUILDING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"

    @property
    def ended(self) -> bool:
        return self in (BuildStatus.COMPLETED, BuildStatus.FAILED, BuildStatus.CANCELED)


class ArtifactType(str, Enum):
    """The files that may be made from a build; the last four are conda-store's alone."""

    DIRECTORY = "DIRECTORY"
    LOGS = "LOGS"
    LOCKFILE = "LOCKFILE"
    YAML = "YAML"
    CONDA_PACK = "CONDA_PACK"
    CONSTRUCTOR_INSTALLER = "CONSTRUCTOR_INSTALLER"
    DOCKER_MANIFEST = "DOCKER_MANIFEST"
    DOCKER_BLOB = "DOCKER_BLOB"
    CONTAINER_REGISTRY = "CONTAINER_REGISTRY"


class Phase(str, Enum):
    """How far a running build is. Progress, never a status."""

    SOLVING = "SOLVING"
    DOWNLOADING = "DOWNLOADING"
    LINKING = "LINKING"
    PYPI = "PYPI"
    COMPILING = "COMPILING"
    VERIFYING = "VERIFYING"
    LOCKING = "LOCKING"
    PUBLISHING = "PUBLISHING"
    PACKING = "PACKING"


@dataclass(frozen=True)
class Build:
    """One attempt at a specification, and its immutable product.

    All times are naive UTC. `scheduled_on` belongs to the present attempt (it is part of the
    build key); `asked_on` is when somebody asked for the build, and never changes.
    """

    id: int
    environment_id: int
    namespace: str
    name: str
    specification_id: int
    sha256: str
    status: BuildStatus
    key_version: int
    asked_on: datetime
    scheduled_on: datetime
    attempts: int = 0
    releases: int = 0
    """Attempts that a server gave back when it was stopped: they do not count as tries."""
    cancel_requested: bool = False
    pinned: bool = False
    """Kept by a user: neither deleted nor cleaned up until the pin is taken off."""
    kernel_pinned: bool = False
    """Its kernels are offered under names of their own, whichever build is current."""
    owner: str | None = None
    """The server that runs it; set if and only if the build is BUILDING."""
    started_on: datetime | None = None
    ended_on: datetime | None = None
    status_info: str | None = None
    size: int = 0
    """Bytes of all its files, shared ones included."""
    size_own: int = 0
    """Bytes that only this build occupies: removing it frees about this much."""
    text: str = ""
    """The specification as it was sent."""
    author: str | None = None
    client: str | None = None
    parent_build_id: int | None = None
    prefix: str = ""
    """Absolute path of the prefix; fixed when the attempt is scheduled."""
    specification_name: str = ""
    """The environment's name when the build was asked for: it is part of the build key."""
    locked: bool = False
    """Its packages are those of a lockfile: nothing is solved."""
    note: str = ""
    tags: tuple[str, ...] = ()
    shelved_on: datetime | None = None
    """When its prefix was taken off the disk; None while it has one, or never had."""
    last_used_on: datetime | None = None
    """When a server last noted that a kernel of it began, ran or ended; None if none ever did."""
    imported: bool = False
    """It came from another store: with its past, and without a prefix."""


@dataclass(frozen=True)
class Environment:
    """A name in a namespace, and the build that its link points at."""

    id: int
    namespace: str
    name: str
    description: str
    published_build_id: int | None
    switched_on: datetime | None
    """When a user last chose a build by hand: builds asked for before do not replace it."""
    newest_build_id: int | None = None


@dataclass(frozen=True)
class PackageRow:
    """One package of a finished build.

    `channel` is the channel's URL without credentials, or the package index for pip packages.
    Sizes are bytes of the archive; `requested` tells whether the specification names it.
    """

    name: str
    version: str
    build: str
    channel: str
    subdir: str = "noarch"
    build_number: int = 0
    url: str = ""
    size: int = 0
    sha256: str | None = None
    md5: str | None = None
    license: str | None = None
    summary: str | None = None
    depends: tuple[str, ...] = field(default_factory=tuple)
    requested: bool = False
    manager: str = "conda"
