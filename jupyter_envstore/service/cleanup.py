"""Clean-up: what the rules of retention, and nothing else, let go, and the bytes that come back.

A preview and a clean-up are one plan; the clean-up looks again at each build, right before it goes,
whether it is protected by now.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timezone
from pathlib import Path

from ..builder.attempts import Attempts
from ..builder.unused_caches import UnusedCaches, UnusedEntry
from ..domain.build import Build, BuildStatus
from ..domain.disk_use import Removal, Tree
from ..domain.errors import Conflict, StoreUnusable
from ..domain.moments import Clock, utc_now
from ..domain.retention import Choice, Facts, Plan, Rules, plan, plan_within_quota, protections
from ..domain.settings import Settings
from ..domain.sizes import describe_size
from ..engine.locks import LockBusy, lock_file, unlock_file
from ..store.builds import Builds
from ..store.database import Database
from ..store.disk_use import measure
from ..store.environments import Environments
from ..store.files import Trash
from ..store.identity import Identity
from ..store.leftovers import Leftovers
from ..store.listing import Listing
from .in_use import Notebooks, users_of

_log = logging.getLogger(__name__)

_DAY = 86400.0


@dataclass(frozen=True)
class Wish:
    """What a clean-up is about; a rule that is None is as the settings have it."""

    keep_builds: int | None = None
    keep_days: float | None = None
    keep_failed_days: float | None = None
    namespace: str | None = None
    environment: str | None = None
    """An environment of the namespace. With either, caches are left alone: they are everybody's."""

    def rules(self, settings: Settings) -> Rules:
        return Rules(
            settings.keep_builds if self.keep_builds is None else self.keep_builds,
            settings.keep_days if self.keep_days is None else self.keep_days,
            settings.keep_failed_days if self.keep_failed_days is None else self.keep_failed_days,
        )


@dataclass(frozen=True)
class GoneBuild:
    """A build that goes, why, and the bytes that come back when those before it have gone."""

    build: Build
    reason: str
    bytes: int


@dataclass(frozen=True)
class Cleaned:
    """What a clean-up takes, or has taken. All bytes together are what the disk gains."""

    builds: tuple[GoneBuild, ...]
    kept: tuple[Choice, ...]
    cache_entries: int
    cache_bytes: int
    cache_left_alone: str | None
    """Why nothing is removed from the package cache, if it holds more than packages."""
    trash_bytes: int
    """What was thrown away before, and is removed with the rest."""

    @property
    def bytes(self) -> int:
        return self.trash_bytes + self.cache_bytes + sum(gone.bytes for gone in self.builds)


@dataclass(frozen=True)
class _Findings:
    """A plan with all that was measured for it."""

    plan: Plan
    trees: dict[int, Tree]
    unused: tuple[UnusedEntry, ...]
    left_alone: str | None
    trash: Tree

    def cleaned(
        self, going: Iterable[Choice], kept: Iterable[Choice], unused: Iterable[UnusedEntry]
    ) -> Cleaned:
        """Add up what comes back when these go, in this order."""
        removal = Removal()
        trash_bytes = removal.take(self.trash)
        builds = tuple(
            GoneBuild(c.build, c.reason, removal.take(self.trees[c.build.id])) for c in going
        )
        sizes = [removal.take(entry.tree) for entry in unused]
        return Cleaned(builds, tuple(kept), len(sizes), sum(sizes), self.left_alone, trash_bytes)


class CleanupService:
    """Makes room by the rules. Everything is synchronous and may take seconds."""

    def __init__(
        self,
        *,
        database: Database,
        builds: Builds,
        environments: Environments,
        leftovers: Leftovers,
        attempts: Attempts,
        caches: UnusedCaches,
        trash: Trash,
        lock: str,
        settings: Settings,
        identity: Identity,
        notebooks: Notebooks,
        clock: Clock = utc_now,
    ) -> None:
        """`lock` is a file: whoever cleans up holds it; its time is that of the last clean-up."""
        self._database = database
        self._builds = builds
        self._environments = environments
        self._leftovers = leftovers
        self._attempts = attempts
        self._caches = caches
        self._trash = trash
        self._lock = Path(lock)
        self._settings = settings
        self._identity = identity
        self._notebooks = notebooks
        self._clock = clock
        self._stopping = threading.Event()

    # -- the use cases --------------------------------------------------------------------------

    def preview(self, wish: Wish) -> Cleaned:
        """Say what a clean-up would take, and change nothing. Raises `NotFound`."""
        found = self._find(wish)
        return found.cleaned(found.plan.going, found.plan.kept, found.unused)

    def run(self, wish: Wish) -> Cleaned:
        """Take what the rules let go, and say what went.

        Raises `NotFound`; `Conflict` while another clean-up runs, or while the database is in
        doubt; `StoreUnusable` when the server stops, or the disk fails.
        """
        if self._identity.doubt is not None:
            raise Conflict(self._identity.doubt, "Settle that first; a preview is possible.")
        try:
            with self._only_one():
                return self._run(wish)
        except LockBusy:
            raise Conflict(
                "Another clean-up of this store is running.", "Wait until it has ended."
            ) from None
        except OSError as error:
            raise StoreUnusable(
                f"The clean-up could not go on: {error}.",
                "What it has taken is gone. Mend the cause, then clean up again.",
            ) from error

    def run_if_due(self) -> None:
        """Clean up if `cleanup_interval` has passed since any server did; for the schedule."""
        if self._is_due():
            with suppress(LockBusy, StoreUnusable), self._only_one():
                if self._is_due():  # Another server may have been quicker.
                    self._run(Wish())

    def make_room(self, namespace: str) -> None:
        """Bring a namespace within its quota, as far as protected builds allow."""
        if self._identity.doubt is not None:
            return
        builds = self._builds_of(Wish(namespace=namespace))
        found = self._within_quota(builds, {})
        for choice in found.going:
            if self._take(choice.build) is None:
                _log.info("Clean-up: build %s is gone: %s.", choice.build.id, choice.reason)
        self._remove_rows()

    def stop(self) -> None:
        """Let a clean-up that runs end after the step that it is at: the server stops."""
        self._stopping.set()

    # -- finding --------------------------------------------------------------------------------

    def _find(self, wish: Wish) -> _Findings:
        builds = self._builds_of(wish)
        facts = self._facts(builds)
        trees: dict[int, Tree] = {}
        found = plan(builds, wish.rules(self._settings), facts, self._clock())
        if wish.environment is None:
            gone = {choice.build.id for choice in found.going}
            rest = [build for build in builds if build.id not in gone]
            found = _both(found, self._within_quota(rest, trees))
        trash = measure(*self._trash.entries())
        removal = Removal()
        removal.take(trash)
        for choice in found.going:
            build = choice.build
            trees[build.id] = measure(build.prefix, *self._attempts.records(build))
            removal.take(trees[build.id])
        unused: list[UnusedEntry] = []
        left_alone = None
        if wish.namespace is None and self._settings.keep_cache_days:
            going = [choice.build.id for choice in found.going]
            hashes = self._leftovers.hashes_in_use(without=going)
            unused, left_alone = self._caches.find(hashes, self._unused_since(), removal)
        return _Findings(found, trees, tuple(unused), left_alone, trash)

    def _within_quota(
        self, builds: tuple[Build, ...] | list[Build], trees: dict[int, Tree]
    ) -> Plan:
        """Return what has to go from each namespace; what is measured is put into `trees`."""
        quota = self._settings.namespace_quota
        found = Plan()
        if not quota:
            return found
        for namespace in sorted({build.namespace for build in builds}):
            members = [build for build in builds if build.namespace == namespace]
            for build in members:
                self._go_on()
                if build.status is BuildStatus.COMPLETED:
                    trees[build.id] = measure(build.prefix)
            facts = self._facts(members)
            found = _both(found, plan_within_quota(members, trees, quota, facts))
        return found

    def _builds_of(self, wish: Wish) -> tuple[Build, ...]:
        if wish.environment is not None:
            self._environments.get(wish.namespace or "", wish.environment)
        found = self._builds.list(Listing(), namespace=wish.namespace, name=wish.environment)
        return found.items

    def _facts(self, builds: Iterable[Build]) -> Facts:
        current = frozenset(build.id for build in self._builds.published())
        completed = {b.prefix: b.id for b in builds if b.status is BuildStatus.COMPLETED}
        users = users_of(completed, self._notebooks)
        return Facts(current, {completed[prefix]: who for prefix, who in users.items()})

    def _unused_since(self) -> float:
        now = self._clock().replace(tzinfo=timezone.utc).timestamp()
        return now - self._settings.keep_cache_days * _DAY

    # -- taking ---------------------------------------------------------------------------------

    def _run(self, wish: Wish) -> Cleaned:
        found = self._find(wish)
        going, kept, unused = [], list(found.plan.kept), []
        for choice in found.plan.going:
            self._go_on()
            protection = self._take(choice.build)
            if protection is None:
                going.append(choice)
            else:
                kept.append(Choice(choice.build, protection))
        self._remove_rows()
        # Entries of the caches may go when no link to them is left, in the trash neither.
        self._trash.empty(self._stopping.is_set)
        for entry in found.unused:
            self._go_on()
            if self._caches.take(entry, self._unused_since()):
                unused.append(entry)
        self._trash.empty(self._stopping.is_set)
        cleaned = found.cleaned(going, kept, unused)
        _tell(cleaned)
        return cleaned

    def _take(self, build: Build) -> str | None:
        """Delete a build, unless something protects it by now: then return what."""
        facts = self._facts([build])
        with self._database.write():
            if not self._builds.exists(build.id):
                return "deleted meanwhile"
            # Looked at again within the transaction: users switch and pin while this runs.
            family = self._builds.of_environment(build.environment_id)
            facts = replace(facts, current={b.id for b in self._builds.published()})
            if protection := protections(family, facts).get(build.id):
                return protection
            self._builds.mark_deleted(build.id, self._clock())
        self._attempts.discard(build)
        self._attempts.forget(build)
        return None

    def _remove_rows(self) -> None:
        """Remove what is left of deleted builds, and what only they referred to."""
        for build_id in self._leftovers.deleted_builds():
            build = self._builds.find(build_id)
            if build is None:
                continue
            self._attempts.discard(build)
            self._attempts.forget(build)
            # The row of a prefix that could not be taken says whose it is.
            if not os.path.lexists(build.prefix):
                self._leftovers.remove_build(build_id)
        self._leftovers.remove_unreferenced()

    # -- one at a time --------------------------------------------------------------------------

    @contextmanager
    def _only_one(self) -> Iterator[None]:
        """Hold the lock of clean-ups, of all servers; raise `LockBusy` while another has it."""
        descriptor = lock_file(self._lock, exclusive=True, wait=False)
        try:
            yield
            os.utime(self._lock)
        finally:
            unlock_file(descriptor)

    def _is_due(self) -> bool:
        interval = self._settings.cleanup_interval
        if not interval or self._identity.doubt is not None:
            return False
        try:
            last = self._lock.stat().st_mtime
        except FileNotFoundError:
            return True
        # A time in the future is that of a clock that has been set back.
        return not 0 <= time.time() - last < interval

    def _go_on(self) -> None:
        if self._stopping.is_set():
            raise StoreUnusable(
                "The server is stopping; the clean-up has ended early.",
                "Clean up again when it runs again.",
            )


def _both(one: Plan, other: Plan) -> Plan:
    """Return two plans as one, each build once."""
    kept = {choice.build.id: choice for choice in (*other.kept, *one.kept)}
    return Plan((*one.going, *other.going), tuple(kept[number] for number in sorted(kept)))


def _tell(cleaned: Cleaned) -> None:
    for gone in cleaned.builds:
        owner = f"{gone.build.namespace}/{gone.build.name}"
        _log.info("Clean-up: build %s of %s is gone: %s.", gone.build.id, owner, gone.reason)
    if cleaned.cache_left_alone:
        _log.warning(cleaned.cache_left_alone)
    _log.info(
        "Clean-up: %d builds and %d entries of caches are gone, %s came back.",
        len(cleaned.builds),
        cleaned.cache_entries,
        describe_size(cleaned.bytes),
    )
