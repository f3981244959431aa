"""What an endpoint's function gets, and the registry that it enters itself into."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ..api.operations import API, Operation
from ..builder.dispatcher import Dispatcher
from ..builder.open_archive import OpenArchive
from ..domain.permissions import Permission
from ..domain.settings import Settings
from ..service.access import Access, AccessService
from ..service.adoption import AdoptionService
from ..service.artifacts import ArtifactService
from ..service.backup import BackupService
from ..service.broadcast import Broadcast
from ..service.build_queue import BuildQueue
from ..service.builds import BuildService
from ..service.cleanup import CleanupService
from ..service.comparison import ComparisonService
from ..service.conda_config import CondaConfigService
from ..service.conversion import ConversionService
from ..service.doctor import DoctorService
from ..service.environments import EnvironmentService
from ..service.export import ExportService
from ..service.file_builds import FileBuilds
from ..service.imports import ImportService
from ..service.lockfiles import LockfileService
from ..service.logs import Logs
from ..service.metrics import MetricsService
from ..service.namespaces import NamespaceService
from ..service.naming import NamingService
from ..service.packages import PackageService
from ..service.prefix_imports import PrefixImports
from ..service.roles import RoleService
from ..service.running_kernels import RunningKernels
from ..service.settings import SettingsService
from ..service.shared_stores import SharedStores
from ..service.shelving import ShelvingService
from ..service.solving import SolvingService
from ..service.tokens import TokenService
from ..service.upkeep import UpkeepService
from ..service.usage import UsageService
from ..service.watching import Watching
from ..store.identity import Identity
from ..store.journal import Journal


@dataclass(frozen=True)
class Services:
    """The use cases that endpoints may call."""

    settings: Settings
    identity: Identity
    access: AccessService
    roles: RoleService
    shared: SharedStores
    tokens: TokenService
    adoption: AdoptionService
    backup: BackupService
    namespaces: NamespaceService
    environments: EnvironmentService
    conversion: ConversionService
    builds: BuildService
    queue: BuildQueue
    artifacts: ArtifactService
    logs: Logs
    channel_packages: PackageService
    conda_config: CondaConfigService
    cleanup: CleanupService
    usage: UsageService
    journal: Journal
    broadcast: Broadcast
    dispatcher: Dispatcher
    live_settings: SettingsService
    metrics: MetricsService
    solving: SolvingService
    comparison: ComparisonService
    naming: NamingService
    doctor: DoctorService
    lockfiles: LockfileService
    watching: Watching
    running_kernels: RunningKernels
    upkeep: UpkeepService
    shelving: ShelvingService
    export: ExportService
    imports: ImportService
    file_builds: FileBuilds
    prefix_imports: PrefixImports


@dataclass(frozen=True)
class Call:
    """One request, decoded and validated."""

    services: Services
    access: Access
    """Who asks, and what they may."""
    body: Any = None
    query: Any = None
    author: str | None = None
    client: str | None = None
    if_match: str | None = None
    """The etag that the request is for, without its quotes."""
    parameters: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        """Return a parameter of the path."""
        return self.parameters[name]


@dataclass(frozen=True)
class Acknowledged:
    """A reply without data."""

    message: str | None = None


@dataclass(frozen=True)
class WithMessage:
    """A reply with data and a message."""

    data: Any
    message: str


@dataclass(frozen=True)
class FollowLog:
    """A reply that is a log, from a byte offset, until the build ends if `follow`."""

    build_id: int
    offset: int
    follow: bool


@dataclass(frozen=True)
class Eventually:
    """A reply that takes its time, without a thread that waits for it."""

    future: Future[Any]
    make: Callable[[Any], Any]
    """Makes the reply of what the future brings."""
    give_up: Callable[[], object]
    """Called if the client hangs up before."""


@dataclass(frozen=True)
class SendFile:
    """A reply that is a file; `name` is what a browser calls it."""

    path: Path
    content_type: str
    name: str
    within: str | None = None
    """A directory that the file has to be in, once all links have been followed."""


@dataclass(frozen=True)
class SendArchive:
    """A reply that is an archive, perhaps one that is being made; whoever sends it closes it."""

    archive: OpenArchive
    content_type: str
    name: str


Streamed = (FollowLog, SendFile, SendArchive)
"""Replies that are sent bit by bit, and by the handler itself."""

OPERATIONS: list[Operation] = []
"""Every endpoint, in the order of the OpenAPI document."""

Endpoint = Callable[[Call], Any]


def endpoint(
    method: str,
    path: str,
    *,
    action: str,
    reply: Any = None,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    content_type: str = "application/json",
    wrapped: bool = True,
    bare: bool = False,
    ranged: bool = False,
    errors: tuple[int, ...] = (),
    root: str = API,
    permission: Permission | tuple[Permission, ...] | None = None,
    deprecated: bool = False,
) -> Callable[[Endpoint], Endpoint]:
    """Make a function an endpoint. Its docstring is the summary in the document."""

    def register(run: Endpoint) -> Endpoint:
        OPERATIONS.append(
            Operation(
                method=method,
                path=path,
                summary=(run.__doc__ or "").strip().split("\n")[0],
                action=action,
                run=run,
                reply=reply,
                body=body,
                query=query,
                content_type=content_type,
                wrapped=wrapped,
                bare=bare,
                ranged=ranged,
                errors=errors,
                root=root,
                permission=permission,
                deprecated=deprecated,
            )
        )
        return run

    return register
