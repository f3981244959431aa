"""Shelving: a finished build keeps its lockfile, log, notes and history, and gives back the disk.

It comes back exactly: the very packages of its lockfile, at the same path, with the same lockfile.
"""

from __future__ import annotations

from collections.abc import Callable

from ..builder.shelf import Shelf
from ..domain.build import Build, BuildStatus
from ..domain.errors import Conflict, Refused
from ..domain.moments import Clock, utc_now
from ..store.builds import Builds
from ..store.database import Database
from ..store.environments import Environments
from ..store.history import History
from .in_use import Notebooks, refuse_if_pinned, refuse_if_used
from .lockfiles import LockfileService


class ShelvingService:
    """Takes builds off the disk. To restore one is upkeep: see `UpkeepService`."""

    def __init__(
        self,
        *,
        database: Database,
        builds: Builds,
        environments: Environments,
        history: History,
        lockfiles: LockfileService,
        shelf: Shelf,
        notebooks: Notebooks,
        let_go: Callable[[int], object],
        wake_housekeeper: Callable[[], None],
        clock: Clock = utc_now,
    ) -> None:
        """`let_go` ends what is done with a build, and removes its archives."""
        self._database = database
        self._builds = builds
        self._environments = environments
        self._history = history
        self._lockfiles = lockfiles
        self._shelf = shelf
        self._notebooks = notebooks
        self._let_go = let_go
        self._wake_housekeeper = wake_housekeeper
        self._clock = clock

    def shelve(self, build_id: int, *, actor: str | None = None) -> None:
        """Take a build's prefix off the disk; one that is shelved already stays so.

        Raises `NotFound`; `Refused` for a build that has not been finished; `Conflict` while it is
        current, pinned, in use or looked after, or if it has no lockfile to come back from.
        """
        build = self._builds.get(build_id)
        if build.shelved_on is not None:
            return
        self._refuse_if_needed(build)
        refuse_if_used([build.prefix], self._notebooks)
        self._lockfiles.lock(build)
        with self._shelf.alone_with(build):
            with self._database.write():
                build = self._builds.get(build_id)
                self._refuse_if_needed(build)
                self._builds.shelve(build_id, self._clock())
                self._history.note(build.environment_id, "shelved", actor=actor, build_id=build.id)
            # A crash before it is gone is mended by recovery.
            self._shelf.remove_prefix(build)
        self._let_go(build_id)
        self._wake_housekeeper()

    def _refuse_if_needed(self, build: Build) -> None:
        if build.status is not BuildStatus.COMPLETED:
            raise Refused(
                f"Build {build.id} cannot be shelved: it is {build.status.value}.",
                "Only a COMPLETED build has something to take off the disk.",
            )
        if build.id in self._environments.published_of({build.environment_id}):
            raise Conflict(
                f"Build {build.id} is the current build of {build.namespace}/{build.name}.",
                "Switch the environment to another build first.",
            )
        refuse_if_pinned([build])
        if build.kernel_pinned:
            raise Conflict(
                f"The kernel of build {build.id} is pinned.", "Unpin it first, then shelve it."
            )
