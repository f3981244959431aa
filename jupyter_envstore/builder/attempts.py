"""The directory of an attempt: made when it begins, cleared when it has ended."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ..domain import events
from ..domain.build import Build, BuildStatus, Phase
from ..domain.channels import ChannelNames, channel_names
from ..domain.conda_lock import conda_lock_text
from ..domain.conda_settings import CondaSettings
from ..domain.layout import Layout
from ..domain.moments import utc_now
from ..domain.order import BUILD, RESTORE, SOLVE, VERIFY, WorkOrder
from ..domain.origin import Origin, read_origin, record_of
from ..domain.settings import Settings
from ..domain.specification import Specification, channels_by_place
from ..engine.protocol import (
    CANCEL_FILE,
    EVENTS_FILE,
    GIVEN_LOCK_FILE,
    LEASE_FILE,
    LOCK_FILE,
    read_events,
    write_order,
)
from ..store.files import Trash, amend_marker, read_marker
from ..store.leases import LeaseWatch, is_locked
from .cache_directories import (
    byte_code_directory,
    foreign_package_caches,
    package_cache_directory,
)


class Attempts:
    """The directories ``.envstore/work/<build id>.<attempt>``."""

    def __init__(
        self,
        layout: Layout,
        settings_of: Callable[[str, str], Settings],
        store_id: str,
        trash: Trash,
        conda_settings: Callable[[], CondaSettings] = CondaSettings,
        discard_archives: Callable[[int], None] = lambda _: None,
    ) -> None:
        """`settings_of` returns what holds for an environment, by its namespace and its name.

        Both it and `conda_settings`, which reads conda's configuration, are asked for each attempt
        again. `discard_archives` removes the archives of the build with this id.
        """
        self._layout = layout
        self._settings_of = settings_of
        self._store_id = store_id
        self._trash = trash
        self._conda_settings = conda_settings
        self._discard_archives = discard_archives
        self._watch = LeaseWatch()

    def begin(self, build: Build, specification: Specification, subdir: str) -> WorkOrder:
        """Make the directory of the build's present attempt, and write its order there.

        Raises `PathTooLong` if no package could be installed into the build's prefix.
        """
        self._layout.check_prefix(build.prefix, build.key_version)
        directory = self.directory(build)
        if directory.exists():
            self._trash.take(directory)
        directory.mkdir(parents=True)
        order = self._order(build, specification, subdir)
        if specification.lock is not None:
            order = replace(order, lock=str(directory / GIVEN_LOCK_FILE))
            Path(order.lock).write_text(conda_lock_text(specification.lock), encoding="utf-8")
        write_order(order)
        return order

    def begin_dry_run(
        self, specification: Specification, namespace: str, directory: Path, subdir: str
    ) -> WorkOrder:
        """Write the order to solve a specification, and no more, into an empty directory."""
        now = utc_now()
        nobody = Build(
            id=0,
            environment_id=0,
            namespace=namespace,
            name=specification.name,
            specification_id=0,
            sha256=specification.sha256,
            status=BuildStatus.BUILDING,
            key_version=self._settings_of(namespace, specification.name).build_key_version,
            asked_on=now,
            scheduled_on=now,
            prefix=str(directory / "prefix"),
        )
        order = replace(
            self._order(nobody, specification, subdir),
            directory=str(directory),
            log=str(directory / "log"),
            task=SOLVE,
        )
        write_order(order)
        return order

    def begin_upkeep(
        self,
        build: Build,
        specification: Specification,
        subdir: str,
        *,
        directory: Path,
        task: str,
        keep_added: bool,
    ) -> WorkOrder:
        """Write the order for upkeep of a finished build into a directory, which is made.

        `specification` has the build's lock. Raises OSError.
        """
        directory.mkdir(parents=True)
        given = directory / GIVEN_LOCK_FILE
        if specification.lock is not None:
            given.write_text(conda_lock_text(specification.lock), encoding="utf-8")
        order = replace(
            self._order(build, specification, subdir),
            directory=str(directory),
            engine="rattler",  # The lock says what to install; nothing is solved.
            lock=str(given),
            task=task,
            keep_added=keep_added,
            server_lease="",
        )
        if task == VERIFY:
            order = replace(order, log=str(directory / "log"))
        if task == RESTORE:
            # Beside the build's own, which it has to be equal to.
            again = str(directory / Path(order.lock_artifact).name)
            order = replace(order, task=BUILD, lock_artifact=again)
        write_order(order)
        return order

    def stop(self, build: Build, reason: str) -> None:
        """Leave the marker that stops the build's process; `reason` as in `CANCEL_FILE`."""
        # The directory may not be there yet (its supervisor looks again) or not any more.
        with contextlib.suppress(OSError):
            (self.directory(build) / CANCEL_FILE).write_text(reason, encoding="utf-8")

    def clear(self, build: Build) -> None:
        """Keep the attempt's events, throw its directory away."""
        directory = self.directory(build)
        with contextlib.suppress(FileNotFoundError):
            (directory / EVENTS_FILE).rename(self._layout.events(build.id, build.attempts))
        self._trash.take(directory)

    def discard(self, build: Build) -> None:
        """Throw away whatever the attempt left: its prefix, if it made that, and all made of it.

        In this order: a whole prefix without the directory is one whose end was recorded.
        """
        origin = self.origin(build.prefix)
        if origin is not None and (origin.build_id, origin.attempt) == (build.id, build.attempts):
            self._trash.take(build.prefix)
        self._discard_archives(build.id)
        self.clear(build)

    def origin(self, prefix: str | Path) -> Origin | None:
        """Return what a prefix says of itself; None if it is not one that this store made."""
        marker = read_marker(prefix)
        origin = None if marker is None else read_origin(marker)
        return origin if origin is not None and origin.store_id == self._store_id else None

    def amend_name(self, build: Build) -> None:
        """Let a prefix tell the environment's present name to whoever adopts it.

        Nothing is lost without it, so a prefix that cannot be written keeps the former name.
        """
        origin = self.origin(build.prefix)
        if origin is not None and origin.build_id == build.id and origin.name != build.name:
            with contextlib.suppress(OSError):
                amend_marker(build.prefix, name=build.name)

    def forget(self, build: Build) -> None:
        """Remove log, events and artifacts of a build whose environment is deleted."""
        for path in self.records(build):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def records(self, build: Build) -> list[Path]:
        """Return where log, events and artifacts of a build are, as far as it has them."""
        artifacts = Path(self._layout.lock_artifact(build.id)).parent
        logs = sorted(Path(self._layout.logs).glob(f"{build.id}.*"))
        return [*logs, artifacts] if artifacts.is_dir() else logs

    def process_lives(self, build: Build) -> bool:
        """Tell whether somebody works on the attempt still: nothing of it may be removed yet."""
        return self.is_at_work(self.directory(build))

    def is_at_work(self, directory: Path) -> bool:
        """Tell whether the process or the supervisor of the attempt in a directory lives."""
        return is_locked(directory / LOCK_FILE) or self._watch.is_held(directory / LEASE_FILE)

    def is_supervised(self, build: Build) -> bool:
        """Tell whether the attempt ever had a supervisor, living or not."""
        return (self.directory(build) / LEASE_FILE).exists()

    def is_told_to_stop(self, build: Build) -> bool:
        """Tell whether `stop` was called for the attempt, by whichever server."""
        return (self.directory(build) / CANCEL_FILE).exists()

    def finished(self, build: Build) -> events.Finished | None:
        """Return the verdict of the attempt's process, if it is that the prefix is whole."""
        said, _ = read_events(self.directory(build) / EVENTS_FILE)
        verdict = said[-1] if said else None
        return verdict if isinstance(verdict, events.Finished) else None

    def started(self, build: Build) -> events.Started | None:
        """Return what the attempt's process said when it began."""
        said, _ = read_events(self.directory(build) / EVENTS_FILE)
        return next((event for event in said if isinstance(event, events.Started)), None)

    def warnings(self, build: Build) -> list[events.Warned]:
        said, _ = read_events(self.directory(build) / EVENTS_FILE)
        return [event for event in said if isinstance(event, events.Warned)]

    def directory(self, build: Build) -> Path:
        return Path(self._layout.attempt(build.id, build.attempts))

    def _order(self, build: Build, specification: Specification, subdir: str) -> WorkOrder:
        settings, layout = self._settings_of(build.namespace, build.name), self._layout
        conda = self._conda_settings()
        names = channel_names(settings, conda)
        channels = names.resolve(_channels(specification) or settings.conda_default_channels)
        places = tuple(
            f"dependencies[{index}]"
            for index, item in enumerate(specification.dependencies)
            if isinstance(item, str)
        )
        pip_places = tuple(
            f"dependencies[{index}].pip[{line}]"
            for index, item in enumerate(specification.dependencies)
            if isinstance(item, dict)
            for line in range(len(item["pip"]))
        )
        return WorkOrder(
            build_id=build.id,
            attempt=build.attempts,
            store_id=self._store_id,
            namespace=build.namespace,
            name=build.name,
            directory=str(self.directory(build)),
            prefix=build.prefix,
            log=layout.log(build.id),
            engine=settings.engine,
            engine_executable=settings.engine_executable,
            channels=channels,
            subdir=subdir,
            match_specs=specification.match_specs,
            places=places,
            pip=specification.pip,
            pip_places=pip_places,
            channel_places=_channel_places(specification, names),
            variables={key: str(value) for key, value in (specification.variables or {}).items()},
            package_cache=package_cache_directory(settings, layout),
            foreign_caches=foreign_package_caches(settings, layout),
            repodata_cache=settings.repodata_cache_directory,
            bytecode_cache=byte_code_directory(layout),
            lock_artifact=layout.lock_artifact(build.id),
            platforms=tuple(p for p in settings.conda_solve_platforms if p != subdir),
            key_version=build.key_version,
            store_directory=layout.store_directory,
            win_extended_length_prefix=layout.win_extended_length_prefix,
            long_paths_enabled=layout.long_paths_enabled,
            memory_limit=settings.memory_limit,
            solve_timeout=settings.solve_timeout,
            stall_timeout=settings.stall_timeout,
            build_timeout=settings.build_timeout,
            storage_threshold=settings.storage_threshold,
            run_link_scripts=settings.run_link_scripts,
            path_conflict=settings.path_conflict,
            mirrors=names.mirrors_of(channels),
            conda_files=conda.files if conda.concerns_connections else (),
            record=record_of(build, specification),
            server_lease=str(Path(layout.servers) / build.owner) if build.owner else "",
        )


def _channels(specification: Specification) -> list[str]:
    """Return the channels that are asked for packages: a lock names them package by package."""
    packages = specification.lock.packages if specification.lock else ()
    urls = (package.file.channel for package in packages if package.manager == "conda")
    return list(dict.fromkeys([*specification.channels, *urls]))


def _channel_places(specification: Specification, names: ChannelNames) -> dict[str, str]:
    """Return the places of the channels by URL; those of a lock have none, nor default ones."""
    if specification.is_lockfile:
        return {}
    return {
        url: place
        for place, name in channels_by_place(specification.text).items()
        if name in specification.channels
        for url in names.resolve([name])
    }


def last_progress(
    said: list[events.WorkerEvent],
) -> tuple[Phase | None, events.Progress | None]:
    """Return the phase that a list of events ends in, and the newest progress within it."""
    phase: Phase | None = None
    progress: events.Progress | None = None
    for event in said:
        if isinstance(event, events.PhaseEntered):
            phase, progress = event.phase, None
        elif isinstance(event, events.Progress):
            phase, progress = event.phase, event
    return phase, progress
