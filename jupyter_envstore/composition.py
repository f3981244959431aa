"""Builds the object graph, in order, and takes it down in reverse."""

from __future__ import annotations

import logging
import platform
import sys
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from . import __version__
from .builder.adoption import Adoption
from .builder.archives import Archives
from .builder.attempts import Attempts
from .builder.cache_directories import (
    byte_code_directory,
    foreign_package_caches,
    package_cache_directory,
)
from .builder.dispatcher import Dispatcher
from .builder.executors import BuildExecutor, ThreadExecutor
from .builder.findings import Findings
from .builder.housekeeper import Housekeeper
from .builder.indexed_channels import IndexedChannels
from .builder.package_indexer import PackageIndexer
from .builder.publisher import Publisher
from .builder.recovery import Recovery
from .builder.shelf import Shelf
from .builder.unused_caches import UnusedCaches
from .domain.errors import StoreUnusable
from .domain.events import StoreEvent
from .domain.layout import Layout
from .domain.moments import Clock, to_text, utc_now
from .domain.platforms import subdir
from .domain.settings import Settings
from .domain.sharing import SharedPaths
from .engine.match_specs import match_spec_channel, match_spec_name, match_spec_problem
from .engine.tool_version import ToolUnusable, find_tool
from .engine.versions import compare_versions
from .handlers.call import Services
from .handlers.endpoints import ROUTER
from .handlers.followers import LogFollowers
from .integration.conda_files import CondaFiles
from .integration.kernel_names import KernelNaming, shared_name_format
from .integration.windows import long_paths_enabled
from .service.access import AccessService
from .service.adoption import AdoptionService
from .service.artifacts import ArtifactService
from .service.backup import BackupService
from .service.broadcast import Broadcast, Listener
from .service.build_queue import BuildQueue
from .service.builds import BuildService
from .service.checkups.access import AccessCheckup
from .service.checkups.caches import CachesCheckup
from .service.checkups.conda_side import CondaSideCheckup
from .service.checkups.disks import DisksCheckup
from .service.checkups.engine import EngineCheckup
from .service.checkups.ways import ways_to_builds
from .service.cleanup import CleanupService
from .service.cleanup_plan import CleanupPlanner
from .service.comparison import ComparisonService
from .service.conda_config import CondaConfigService
from .service.conversion import ConversionService
from .service.doctor import DoctorService
from .service.environments import EnvironmentService
from .service.export import ExportService
from .service.file_builds import FileBuilds
from .service.imports import ImportService
from .service.in_use import Notebooks
from .service.lockfiles import LockfileService
from .service.logs import Logs
from .service.metrics import MetricsService
from .service.namespaces import NamespaceService
from .service.naming import NamingService
from .service.packages import PackageService
from .service.policies import SpecificationPolicies
from .service.prefix_imports import PrefixImports
from .service.progress import BuildProgress
from .service.quota import NamespaceQuota
from .service.roles import RoleService
from .service.running_kernels import RunningKernels
from .service.settings import SettingsService, refuse_wrong_packages
from .service.shared_packages import SharedPackages
from .service.shared_stores import SharedStores
from .service.shelving import ShelvingService
from .service.solving import SolvingService
from .service.tokens import TokenService
from .service.upkeep import UpkeepService
from .service.usage import UsageService
from .service.views import BuildViews
from .service.watched_path import WatchedPath
from .service.watching import Watching
from .store.artifacts import Artifacts
from .store.builds import Builds
from .store.channels import Channels
from .store.database import Database
from .store.environments import Environments
from .store.exchange import Arrivals, Departures
from .store.files import Trash
from .store.history import History
from .store.identity import establish, prepare_directories
from .store.journal import Journal
from .store.knowledge import Knowledge
from .store.leftovers import Leftovers
from .store.namespaces import Namespaces
from .store.notes import Notes
from .store.package_index import PackageIndex
from .store.packages import Packages
from .store.roles import RoleMappings
from .store.servers import Servers
from .store.settings import StoredSettings
from .store.statistics import Statistics
from .store.tokens import Tokens
from .store.watched import WatchedFiles

_log = logging.getLogger(__name__)

_API_THREADS = 8
_NOTE_USES_AFTER = timedelta(hours=1)
"""How much of a kernel's use is lost at most when the server is killed."""


def make_layout(settings: Settings) -> Layout:
    """Return the paths of the store that the settings describe."""
    return Layout(
        store_directory=settings.store_directory,
        build_directory=settings.build_directory,
        environment_directory=settings.environment_directory,
        windows=sys.platform == "win32",
        win_extended_length_prefix=settings.win_extended_length_prefix,
        long_paths_enabled=long_paths_enabled(),
    )


def shared_paths(settings: Settings) -> SharedPaths:
    """Return where everything is that one builder owns, if the store is shared."""
    layout = make_layout(settings)
    return SharedPaths(
        store=layout.store_directory,
        internal=layout.internal,
        database=settings.database_path or layout.database,
        # Whoever owns it now: it is what the configuration names that is to be the builder's.
        package_cache=settings.package_cache_directory or str(Path(layout.cache) / "packages"),
    )


def refuse_unusable_engine(settings: Settings) -> None:
    """Raise `StoreUnusable` if the engine of the settings is not there, or not what they say.

    The machines of a Dask cluster may have it where this one has not: each build looks again.
    """
    if settings.engine == "rattler":
        return
    if not settings.run_link_scripts:
        raise StoreUnusable(
            f"c.EnvStore.run_link_scripts is False, but {settings.engine} always runs the link "
            "scripts of packages.",
            "Set c.EnvStore.engine = 'rattler', or let link scripts run.",
        )
    if settings.executor != "dask":
        try:
            find_tool(settings.engine, settings.engine_executable)
        except ToolUnusable as error:
            raise StoreUnusable(error.message, error.hint) from error


def make_executor(settings: Settings) -> BuildExecutor:
    """Return what runs supervisors by the settings; raise `StoreUnusable` if it needs more."""
    if settings.executor == "dask":
        from .builder.dask_executor import DaskExecutor

        return DaskExecutor(settings.dask_scheduler)
    if settings.executor == "process":
        from .builder.process_executor import ProcessExecutor

        return ProcessExecutor(settings.max_concurrent_builds)
    return ThreadExecutor(settings.max_concurrent_builds)


class EnvironmentStore:
    """A running store: its threads are started by `start` and ended by `stop`."""

    def __init__(
        self,
        settings: Settings,
        *,
        listener: Listener,
        notebooks: Notebooks,
        running_kernels: RunningKernels = tuple,
        clock: Clock = utc_now,
        builds_here: bool = True,
    ) -> None:
        """Open the store; raise `StoreUnusable` if it cannot be used.

        For commands that build nothing, `builds_here` is false: they work without the engine.

        `listener` hears of every change, in a thread of the store's. `notebooks` names the
        documents of running kernels, `running_kernels` the builds that these run from.
        """
        self._clock = clock
        self._running_kernels = running_kernels
        self._uses_noted_on = clock()
        layout = make_layout(settings)
        if builds_here:
            refuse_unusable_engine(settings)
        executor = make_executor(settings)
        refuse_wrong_packages(settings, match_spec_problem)
        prepare_directories(layout)
        self._database = database = Database(settings.database_path or layout.database)
        identity = establish(layout, database)

        namespaces = Namespaces(database)
        environments = Environments(database)
        builds = Builds(database, layout)
        packages = Packages(database)
        artifacts = Artifacts(database)
        journal = Journal(database, clock)
        mappings = RoleMappings(database, namespaces, journal)
        history = History(database, clock)
        trash = Trash(layout.trash)
        live_settings = SettingsService(
            settings, StoredSettings(database), match_spec_problem, clock
        )

        # As in conda-store, it is there from the start: clients list namespaces to choose from.
        namespaces.ensure(live_settings.of().default_namespace)

        self._servers = Servers(layout.servers)
        server_id = self._servers.register()

        conda = CondaFiles()
        self._archives = archives = Archives(
            layout,
            limit=settings.archive_cache_limit,
            at_once=settings.max_concurrent_archives,
        )
        attempts = Attempts(
            layout,
            live_settings.of,
            identity.store_id,
            trash,
            conda.settings,
            self._let_go,
        )
        publisher = Publisher(
            layout=layout,
            environments=environments,
            builds=builds,
            journal=journal,
            store_id=identity.store_id,
            naming=KernelNaming(name_format=settings.kernel_name_format or None),
            for_user=settings.publish_kernels == "user",
            namespaces=namespaces,
            register=settings.register_environments,
        )
        self.dispatcher = dispatcher = Dispatcher(
            database=database,
            builds=builds,
            packages=packages,
            artifacts=artifacts,
            attempts=attempts,
            publisher=publisher,
            layout=layout,
            executor=executor,
            server_id=server_id,
            subdir=subdir(sys.platform, platform.machine()),
            max_concurrent_builds=settings.max_concurrent_builds,
            max_attempts=settings.max_attempts,
            clock=clock,
        )
        packages_directory = Path(package_cache_directory(settings, layout))
        byte_code = Path(byte_code_directory(layout))
        caches = UnusedCaches(packages_directory, byte_code, trash)
        leftovers = Leftovers(database)
        self._cleanup = CleanupService(
            database=database,
            builds=builds,
            leftovers=leftovers,
            history=history,
            attempts=attempts,
            planner=CleanupPlanner(
                builds=builds,
                environments=environments,
                leftovers=leftovers,
                attempts=attempts,
                caches=caches,
                trash=trash,
                settings=live_settings,
                notebooks=notebooks,
                clock=clock,
            ),
            caches=caches,
            trash=trash,
            lock=layout.cleanup_lock,
            interval=settings.cleanup_interval,
            identity=identity,
            clock=clock,
        )
        findings = Findings(
            builds=builds,
            attempts=attempts,
            knowledge=Knowledge(database),
            layout=layout,
        )
        adoption = Adoption(
            database=database,
            namespaces=namespaces,
            environments=environments,
            builds=builds,
            packages=packages,
            artifacts=artifacts,
            publisher=publisher,
            attempts=attempts,
            findings=findings,
            servers=self._servers,
            identity=identity,
            layout=layout,
            trash=trash,
            clock=clock,
        )
        shelf = Shelf(builds, attempts, layout, trash)
        self._recovery = Recovery(
            database=database,
            builds=builds,
            environments=environments,
            attempts=attempts,
            publisher=publisher,
            servers=self._servers,
            layout=layout,
            identity=identity,
            findings=findings,
            adoption=adoption,
            shelf=shelf,
            trash=trash,
            max_attempts=settings.max_attempts,
            wake=dispatcher.wake,
            clock=clock,
        )
        self._housekeeper = Housekeeper(
            self._recovery,
            settings.recovery_interval,
            self._tidy,
        )
        progress = BuildProgress(layout, builds)
        self._broadcast = Broadcast(database, journal, builds, progress, clock)
        self._broadcast.subscribe(listener)
        database.after_commit.append(self._broadcast.wake)

        shared_packages = SharedPackages()
        self._shared = shared = SharedStores(
            settings.shared_stores,
            layout=layout,
            naming=KernelNaming(name_format=shared_name_format(settings.kernel_name_format)),
            for_user=settings.publish_kernels == "user",
            own_store_id=identity.store_id,
            changed=self._announce_shared,
            packages_of=shared_packages.names,
            clock=clock,
        )
        channels = Channels(database)
        indexed = IndexedChannels(
            channels,
            live_settings.of,
            layout,
            conda.settings,
            subdir(sys.platform, platform.machine()),
        )
        package_index = PackageIndex(layout.package_index)
        self._indexer = indexer = PackageIndexer(
            package_index, indexed.order, settings.package_index_interval, indexed.note
        )
        self._broadcast.subscribe(indexer.after_build)
        views = BuildViews(builds, environments, progress)
        environment_service = EnvironmentService(
            database=database,
            namespaces=namespaces,
            environments=environments,
            builds=builds,
            attempts=attempts,
            publisher=publisher,
            history=history,
            views=views,
            layout=layout,
            settings=live_settings,
            policies=SpecificationPolicies(
                live_settings,
                conda.settings,
                name_of=match_spec_name,
                channel_of=match_spec_channel,
            ),
            check_match_spec=match_spec_problem,
            notebooks=notebooks,
            quota=NamespaceQuota(live_settings, builds, self._cleanup),
            shared=shared,
            wake_dispatcher=dispatcher.wake,
            wake_housekeeper=self._housekeeper.wake,
            clock=clock,
        )
        build_service = BuildService(
            database=database,
            builds=builds,
            packages=packages,
            artifacts=artifacts,
            attempts=attempts,
            publisher=publisher,
            history=history,
            notes=Notes(database),
            views=views,
            environment_service=environment_service,
            notebooks=notebooks,
            shared=shared,
            shared_packages=shared_packages,
            wake_housekeeper=self._housekeeper.wake,
            clock=clock,
        )
        self._solving = SolvingService(
            attempts=attempts,
            environments=environments,
            packages=packages,
            compare_versions=compare_versions,
            subdir=subdir(sys.platform, platform.machine()),
            most=settings.max_concurrent_solves,
        )
        conversion = ConversionService(
            check_match_spec=match_spec_problem,
            subdir=subdir(sys.platform, platform.machine()),
        )
        lockfile_service = LockfileService(
            builds=builds,
            layout=layout,
            environment_service=environment_service,
            subdir=subdir(sys.platform, platform.machine()),
        )
        file_builds = FileBuilds(
            conversion=conversion,
            environments=environment_service,
            lockfiles=lockfile_service,
            check_match_spec=match_spec_problem,
        )
        watched_files = WatchedFiles(database)
        self._watching = Watching(
            settings.watch_paths,
            watched_files,
            lambda path: WatchedPath(
                path,
                namespace=lambda: live_settings.of().filesystem_namespace,
                file_builds=file_builds,
                files=watched_files,
                builds=builds,
                clock=clock,
            ),
        )
        self._upkeep = UpkeepService(
            builds=builds,
            packages=packages,
            artifacts=artifacts,
            attempts=attempts,
            publisher=publisher,
            lockfiles=lockfile_service,
            database=database,
            history=history,
            shelf=shelf,
            layout=layout,
            server_id=server_id,
            subdir=subdir(sys.platform, platform.machine()),
            most=settings.max_concurrent_verifications,
            discard_archives=archives.discard,
            clock=clock,
        )
        role_service = RoleService(namespaces, mappings)
        conda_config = CondaConfigService(
            namespaces=namespaces,
            layout=layout,
            settings=settings,
            conda=conda,
            shared_directories=shared.environments_directories,
        )
        self.services = Services(
            settings=settings,
            identity=identity,
            access=AccessService(
                settings, lambda: live_settings.of().default_namespace, mappings, clock
            ),
            roles=role_service,
            shared=shared,
            tokens=TokenService(Tokens(database), max_days=settings.max_token_days, clock=clock),
            adoption=AdoptionService(adoption, self._housekeeper.wake),
            backup=BackupService(database, identity, layout, clock),
            namespaces=NamespaceService(
                database, namespaces, environments, environment_service, role_service, shared
            ),
            environments=environment_service,
            conversion=conversion,
            builds=build_service,
            queue=BuildQueue(database, builds, views),
            artifacts=ArtifactService(
                builds=builds,
                environments=environments,
                packages=packages,
                artifacts=artifacts,
                layout=layout,
                archives=archives,
                subdir=subdir(sys.platform, platform.machine()),
                refuse_if_full=environment_service.refuse_if_full,
                shared=shared,
            ),
            logs=Logs(progress, shared),
            channel_packages=PackageService(
                index=package_index,
                indexer=indexer,
                channels=channels,
                packages=packages,
                indexed=indexed,
            ),
            conda_config=conda_config,
            cleanup=self._cleanup,
            usage=UsageService(
                builds, environments, layout, live_settings, packages_directory, byte_code
            ),
            journal=journal,
            broadcast=self._broadcast,
            dispatcher=dispatcher,
            live_settings=live_settings,
            solving=self._solving,
            shelving=ShelvingService(
                database=database,
                builds=builds,
                environments=environments,
                history=history,
                lockfiles=lockfile_service,
                shelf=shelf,
                notebooks=notebooks,
                let_go=self._let_go,
                wake_housekeeper=self._housekeeper.wake,
                clock=clock,
            ),
            doctor=DoctorService(
                [
                    AccessCheckup(
                        builds.finished_prefixes,
                        (str(packages_directory), str(byte_code)),
                        layout.internal,
                        ways=lambda: ways_to_builds(
                            layout, builds.finished_prefixes, namespaces.names
                        ),
                    ),
                    CachesCheckup(
                        (str(packages_directory), settings.repodata_cache_directory),
                        conda.package_directories,
                        layers=lambda: foreign_package_caches(settings, layout),
                    ),
                    DisksCheckup(
                        layout,
                        database.path,
                        str(packages_directory),
                        settings.build_key_version,
                        settings.default_namespace,
                        clock,
                    ),
                    CondaSideCheckup(conda_config, settings, conda),
                    EngineCheckup(settings, conda),
                ],
                identity,
            ),
            comparison=ComparisonService(
                builds=builds,
                packages=packages,
                shared=shared,
                shared_packages=shared_packages,
                compare_versions=compare_versions,
            ),
            naming=NamingService(
                database=database,
                environments=environments,
                builds=builds,
                history=history,
                attempts=attempts,
                publisher=publisher,
                layout=layout,
                environment_service=environment_service,
                shared=shared,
            ),
            lockfiles=lockfile_service,
            watching=self._watching,
            running_kernels=running_kernels,
            upkeep=self._upkeep,
            file_builds=file_builds,
            prefix_imports=PrefixImports(
                environments=environment_service,
                lockfiles=lockfile_service,
                subdir=subdir(sys.platform, platform.machine()),
            ),
            export=ExportService(Departures(database, builds, packages), identity, layout, clock),
            imports=ImportService(
                database=database,
                namespaces=namespaces,
                environments=environments,
                arrivals=Arrivals(database, builds, packages),
                artifacts=artifacts,
                history=history,
                layout=layout,
                lockfiles=lockfile_service,
                refuse_if_full=environment_service.refuse_if_full,
                clock=clock,
            ),
            metrics=MetricsService(
                Statistics(database), dispatcher, layout, live_settings, __version__, clock
            ),
        )
        self.router = ROUTER
        self.threads = ThreadPoolExecutor(_API_THREADS, thread_name_prefix="envstore-api")
        self.followers = LogFollowers(progress.logs, self.threads)
        self._waiting = builds.waiting

    def start(self) -> None:
        """Follow the journal, build what is queued, tidy up."""
        self._broadcast.start()
        self._shared.start()
        # Before anything is claimed: a database that is behind the disk must learn of it first.
        self._recovery.look()
        self.dispatcher.start()
        self.dispatcher.wake()
        self._housekeeper.start()
        self._watching.start()

    def stop(self) -> None:
        """End what runs, give it back to the queue, close the store: within 5 seconds."""
        self._cleanup.stop()
        self._solving.stop()
        self._upkeep.stop()
        self._archives.stop()
        ended = [self.dispatcher.stop(), self._housekeeper.stop(), self._broadcast.stop()]
        ended += [self._indexer.stop(), self._watching.stop()]
        # One that hangs on a dead mount keeps nothing open.
        self._shared.stop()
        self.followers.close()
        self.threads.shutdown(wait=True, cancel_futures=True)
        self._servers.unregister()
        # Closing SQLite under a thread that uses it would crash the server; its end closes it too.
        if all(ended):
            self._database.close()

    def note_uses(self, build_ids: Collection[int]) -> None:
        """Note that kernels of these builds were just started or ended, or run."""
        self.services.builds.note_uses(build_ids)

    def _announce_shared(self) -> None:
        """Tell that something differs in a shared store: lists and kernels have to be read anew."""
        self._broadcast.announce(StoreEvent(kind="kernels", at=to_text(self._clock())))

    def _let_go(self, build_id: int) -> None:
        """End what is done with a build that goes, and remove what was made of it."""
        self._upkeep.let_go(build_id)
        self._archives.discard(build_id)

    def _note_running_kernels(self) -> None:
        """Note once in a while that the builds of running kernels are used."""
        now = self._clock()
        if now - self._uses_noted_on >= _NOTE_USES_AFTER:
            self._uses_noted_on = now
            if used := {kernel.build_id for kernel in self._running_kernels()}:
                self.note_uses(used)

    def _tidy(self) -> None:
        """Remove what is too much: what the rules of retention let go, and archives."""
        self._note_running_kernels()
        self._cleanup.run_if_due()
        self._archives.tidy()

    def activity(self) -> Mapping[str, int] | None:
        """Return how many builds run and wait; None if there are none."""
        counts = {"building": len(self.dispatcher.running), "queued": self._waiting()}
        return counts if any(counts.values()) else None
