"""What the store occupies on disk: measured, with hard links counted once."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..domain.build import Build
from ..domain.disk_use import Removal, Tree, occupied
from ..domain.entities import EVERYTHING, Scope
from ..domain.layout import Layout
from ..store.builds import Builds
from ..store.disk_use import measure
from ..store.environments import Environments
from ..store.filters import BuildFilter, EnvironmentFilter
from ..store.listing import Listing
from .settings import SettingsService


@dataclass(frozen=True)
class BuildUsage:
    """`size` is the bytes of all files of a build, `own` those that come back if it alone goes."""

    id: int
    size: int
    own: int
    last_used_on: datetime | None
    """When a server last noted that a kernel of it began, ran or ended; None if none ever did."""


@dataclass(frozen=True)
class EnvironmentUsage:
    """The builds of an environment together, a file that several have counted once."""

    name: str
    size: int
    own: int
    builds: tuple[BuildUsage, ...]


@dataclass(frozen=True)
class NamespaceUsage:
    """The builds of a namespace together; the first three keys are conda-store's."""

    num_environments: int
    num_builds: int
    storage: int
    own: int
    quota: int
    """0 is no limit."""
    environments: tuple[EnvironmentUsage, ...]


@dataclass(frozen=True)
class PartUsage:
    """`size` is the bytes of all files of a part, `own` those that come back if it alone goes."""

    size: int
    own: int


@dataclass(frozen=True)
class StoreUsage:
    """The whole store. Bytes on disk; `size` counts every file once, so the parts are more."""

    size: int
    builds: PartUsage
    packages: PartUsage
    byte_code: PartUsage
    wheels: PartUsage
    """What uv keeps for pip sections."""
    archives: PartUsage
    """Of builds, for downloads: see ``archive_cache_limit``."""
    records: PartUsage
    """Logs, events and artifacts."""
    work: PartUsage
    """Builds that are being made."""
    trash: PartUsage
    free: int
    total: int
    """Of the file system."""


class UsageService:
    """Measures anew each time: in the order of 0.1 s for 10,000 files."""

    def __init__(
        self,
        builds: Builds,
        environments: Environments,
        layout: Layout,
        settings: SettingsService,
        packages: Path,
        byte_code: Path,
    ) -> None:
        self._builds = builds
        self._environments = environments
        self._layout = layout
        self._settings = settings
        self._packages = packages
        self._byte_code = byte_code

    def by_namespace(self, scope: Scope = EVERYTHING) -> dict[str, NamespaceUsage]:
        """Return the usage of every namespace that has an environment, by its name.

        Within a scope it is that of the environments in it.
        """
        builds = self._builds.list(Listing(), BuildFilter(scope=scope)).items
        trees = {build.id: measure(build.prefix) for build in builds}
        environments: dict[str, list[str]] = {}
        for environment in self._environments.list(Listing(), EnvironmentFilter(scope=scope)).items:
            environments.setdefault(environment.namespace, []).append(environment.name)
        return {
            namespace: self._namespace(
                namespace, names, [one for one in builds if one.namespace == namespace], trees
            )
            for namespace, names in environments.items()
        }

    def store(self) -> StoreUsage:
        """Return the usage of the store as a whole, and what is free."""
        internal = Path(self._layout.internal)
        prefixes = [build.prefix for build in self._builds.list(Listing()).items]
        # Each part in one walk: what a part has twice is not shared with others.
        parts = {
            "builds": measure(*prefixes),
            "packages": measure(self._packages),
            "byte_code": measure(self._byte_code),
            "wheels": measure(self._packages.parent / "uv"),
            "archives": measure(self._layout.archives),
            "records": measure(self._layout.logs, internal / "artifacts"),
            "work": measure(self._layout.work),
            "trash": measure(self._layout.trash),
        }
        disk = shutil.disk_usage(self._layout.internal)
        return StoreUsage(
            size=occupied(parts.values()),
            **{name: PartUsage(tree.size, _own(tree)) for name, tree in parts.items()},
            free=disk.free,
            total=disk.total,
        )

    def _namespace(
        self, namespace: str, names: Iterable[str], builds: list[Build], trees: dict[int, Tree]
    ) -> NamespaceUsage:
        environments = tuple(
            _environment(name, [build for build in builds if build.name == name], trees)
            for name in names
        )
        together = [trees[build.id] for build in builds]
        return NamespaceUsage(
            num_environments=len(environments),
            num_builds=len(builds),
            storage=occupied(together),
            own=_own(*together),
            quota=self._settings.of(namespace).namespace_quota,
            environments=environments,
        )


def _environment(name: str, builds: list[Build], trees: dict[int, Tree]) -> EnvironmentUsage:
    together = [trees[build.id] for build in builds]
    return EnvironmentUsage(
        name,
        occupied(together),
        _own(*together),
        tuple(
            BuildUsage(build.id, trees[build.id].size, _own(trees[build.id]), build.last_used_on)
            for build in builds
        ),
    )


def _own(*trees: Tree) -> int:
    """Return the bytes that come back if these trees go together."""
    removal = Removal()
    return sum(removal.take(tree) for tree in trees)
