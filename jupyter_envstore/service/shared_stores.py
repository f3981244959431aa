"""The stores of others that this one shows: whatever is in them can be read, and nothing changed.

Answers come from memory, as `SharedWatch` keeps it. The files of a build are read when somebody
asks for them: see `shared_files`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from ..domain.build import ArtifactType, BuildStatus
from ..domain.entities import EVERYTHING, Scope
from ..domain.errors import NotFound
from ..domain.layout import Layout
from ..domain.moments import Clock, utc_now
from ..domain.shared_content import SharedBuild, SharedContent, SharedEnvironment
from ..domain.shared_names import (
    SharedStoreSetting,
    is_shared_id,
    is_shared_name,
    label_of,
    own_id,
    shared_namespace,
    slot_of_id,
)
from ..integration.kernel_names import KernelNaming
from ..integration.kernelspecs import KernelCard
from ..store.filters import BuildFilter, EnvironmentFilter
from ..store.namespaces import Namespace
from .shared_views import build_view, environment_view, namespace_view, read_only_reason
from .shared_watch import Claims, SharedState, SharedWatch
from .views import BuildView, EnvironmentView

PackagesOf = Callable[["FoundBuild"], frozenset[str]]
"""Returns the names of the packages of a build."""

_UNKNOWN = "A name with a colon is one of a shared store, and no store of this label is listed."


@dataclass(frozen=True)
class SharedStoreStatus:
    """One of the stores that the configuration lists, and whether it can be read."""

    label: str
    directory: str
    store_id: str | None
    namespaces: tuple[str, ...]
    environments: int
    read_on: datetime | None
    """When its index was last read, which is whenever that has changed."""
    problem: str | None

    def within(self, scope: Scope) -> SharedStoreStatus:
        """Return it without the namespaces that may not be shown."""
        shown = tuple(name for name in self.namespaces if scope.shows(name))
        return replace(self, namespaces=shown)


@dataclass(frozen=True)
class FoundBuild:
    """A build of a shared store, and what is needed to find its files."""

    state: SharedState
    environment: SharedEnvironment
    build: SharedBuild

    @property
    def directory(self) -> str:
        """The directory of the store."""
        return self.state.setting.directory

    @property
    def view(self) -> BuildView:
        label = self.state.setting.label
        return build_view(label, self.state.slot, self.environment, self.build)


class SharedStores:
    """All of them, in the order of the configuration."""

    def __init__(
        self,
        listed: Iterable[SharedStoreSetting],
        *,
        layout: Layout,
        naming: KernelNaming,
        for_user: bool,
        own_store_id: str,
        changed: Callable[[], None],
        packages_of: PackagesOf,
        clock: Clock = utc_now,
    ) -> None:
        """`changed` is called in a thread whenever something differs in one of them.

        `for_user` also links their kernels into the user's own data directory.
        """
        self._packages_of = packages_of
        claims = Claims(own_store_id)
        self._watches = [
            SharedWatch(
                setting,
                kernels=layout.shared_kernels(setting.label, setting.directory),
                naming=naming,
                for_user=for_user,
                claims=claims,
                changed=changed,
                clock=clock,
            )
            for setting in listed
        ]

    def start(self) -> None:
        for watch in self._watches:
            watch.start()

    def stop(self) -> bool:
        """Watch no more; return whether all threads have ended."""
        ended = [watch.stop() for watch in self._watches]
        return all(ended)

    def status(self) -> tuple[SharedStoreStatus, ...]:
        """Return how each of the listed stores is, in their order."""
        return tuple(_status(watch.state) for watch in self._watches)

    # -- names ------------------------------------------------------------------------------------

    def why_read_only(self, namespace: str) -> str | None:
        """Return why nothing in a namespace can be changed; None for one of this store's."""
        if not is_shared_name(namespace):
            return None
        settings = [watch.state.setting for watch in self._watches]
        reasons = {setting.label: read_only_reason(setting) for setting in settings}
        return reasons.get(label_of(namespace), _UNKNOWN)

    def namespaces(self, scope: Scope = EVERYTHING) -> list[Namespace]:
        """Return the namespaces that may be shown, by name."""
        found = [
            namespace_view(state.setting, state.slot, namespace)
            for state, content in self._readable()
            for namespace in content.namespaces
        ]
        shown = [namespace for namespace in found if scope.shows(namespace.name)]
        return sorted(shown, key=lambda namespace: namespace.name)

    def namespace(self, name: str) -> Namespace:
        """Return one namespace; raise `NotFound`."""
        for namespace in self.namespaces():
            if namespace.name == name:
                return namespace
        raise NotFound("namespace does not exist")

    def environments_directories(self) -> dict[str, str]:
        """Return the folder of each namespace's environments, for conda, by the name here."""
        return {
            shared_namespace(state.setting.label, namespace.name): namespace.environments_directory
            for state, content in self._readable()
            for namespace in content.namespaces
            if namespace.environments_directory is not None
        }

    # -- environments and builds ------------------------------------------------------------------

    def environments(self, wanted: EnvironmentFilter) -> list[EnvironmentView]:
        """Return the environments that are wanted, by namespace and name."""
        found = [
            environment_view(state.setting, state.slot, content, environment, state.kernels)
            for state, content in self._readable()
            for environment in content.environments
            if _is_wanted(state, environment, wanted, self._packages_of)
        ]
        return sorted(found, key=lambda view: (view.environment.namespace, view.environment.name))

    def environment(self, namespace: str, name: str) -> EnvironmentView:
        """Return one environment; raise `NotFound`."""
        wanted = EnvironmentFilter(namespace=namespace, name=name)
        for view in self.environments(wanted):
            return view
        raise NotFound("environment does not exist")

    def builds(self, wanted: BuildFilter) -> list[BuildView]:
        """Return the builds that are wanted, by their ids."""
        found = [
            each.view
            for state, content in self._readable()
            for environment in content.environments
            for build in environment.builds
            for each in [FoundBuild(state, environment, build)]
            if _is_wanted_build(each, wanted, self._packages_of)
        ]
        return sorted(found, key=lambda view: view.build.id)

    def find(self, build_id: int) -> FoundBuild | None:
        """Return a build by its number here; None if no shared store has it."""
        for state, content in self._readable():
            if not is_shared_id(build_id) or state.slot != slot_of_id(build_id):
                continue
            for environment in content.environments:
                for build in environment.builds:
                    if build.id == own_id(build_id):
                        return FoundBuild(state, environment, build)
        return None

    def get(self, build_id: int) -> FoundBuild | None:
        """Return a build of a shared store, None for a number of ours; raise `NotFound`."""
        found = self.find(build_id)
        if found is None and is_shared_id(build_id):
            raise NotFound("build id does not exist")
        return found

    def kernels(self) -> tuple[KernelCard, ...]:
        """Return the kernels of all current builds that are there."""
        return tuple(
            card
            for state, _ in self._readable()
            for cards in state.kernels.values()
            for card in cards
        )

    def _readable(self) -> Iterator[tuple[SharedState, SharedContent]]:
        for watch in self._watches:
            state = watch.state
            if state.content is not None:
                yield state, state.content


def _status(state: SharedState) -> SharedStoreStatus:
    content = state.content
    return SharedStoreStatus(
        label=state.setting.label,
        directory=state.setting.directory,
        store_id=content.store_id if content else None,
        namespaces=tuple(
            shared_namespace(state.setting.label, namespace.name)
            for namespace in (content.namespaces if content else ())
        ),
        environments=len(content.environments) if content else 0,
        read_on=state.read_on,
        problem=state.problem,
    )


def _is_wanted(
    state: SharedState,
    environment: SharedEnvironment,
    wanted: EnvironmentFilter,
    packages_of: PackagesOf,
) -> bool:
    namespace = shared_namespace(state.setting.label, environment.namespace)
    text = (wanted.search or "").lower()
    return (
        wanted.namespace in (None, namespace)
        and wanted.name in (None, environment.name)
        and wanted.scope.shows(namespace, environment.name)
        and (text in namespace.lower() or text in environment.name.lower())
        and _has(
            FoundBuild(state, environment, environment.current or environment.builds[0]),
            wanted.status,
            wanted.artifact,
            wanted.packages,
            packages_of,
        )
    )


def _is_wanted_build(found: FoundBuild, wanted: BuildFilter, packages_of: PackagesOf) -> bool:
    build = found.view.build
    return (
        wanted.environment_id in (None, build.environment_id)
        and wanted.namespace in (None, build.namespace)
        and wanted.name in (None, build.name)
        and wanted.scope.shows(build.namespace, build.name)
        and set(wanted.tags) <= set(build.tags)
        and _has(found, wanted.status, wanted.artifact, wanted.packages, packages_of)
    )


def _has(
    found: FoundBuild,
    status: BuildStatus | None,
    artifact: ArtifactType | None,
    packages: tuple[str, ...],
    packages_of: PackagesOf,
) -> bool:
    build = found.build
    return (
        status in (None, build.status)
        and (artifact is None or artifact in artifacts_of(build))
        and (not packages or set(packages) <= packages_of(found))
    )


def artifacts_of(build: SharedBuild) -> tuple[ArtifactType, ...]:
    """Return which files a build of a shared store has, as far as they are shown."""
    if build.status is BuildStatus.COMPLETED:
        return (ArtifactType.DIRECTORY, ArtifactType.LOGS, ArtifactType.LOCKFILE)
    return (ArtifactType.LOGS,)
