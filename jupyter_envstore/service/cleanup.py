"""Clean-up: what the rules of retention, and nothing else, let go, and the bytes that come back.

A preview and a clean-up are one plan; the clean-up looks again at each build, right before it goes,
whether it is protected by now.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from ..builder.attempts import Attempts
from ..builder.unused_caches import UnusedCaches
from ..domain.errors import Conflict, StoreUnusable
from ..domain.moments import Clock, utc_now
from ..domain.retention import Choice, protections
from ..domain.sizes import describe_size
from ..engine.locks import LockBusy, lock_file, unlock_file
from ..store.builds import Builds
from ..store.database import Database
from ..store.files import Trash
from ..store.history import History
from ..store.identity import Identity
from ..store.leftovers import Leftovers
from .cleanup_plan import Cleaned, CleanupPlanner, Wish

_log = logging.getLogger(__name__)


class CleanupService:
    """Makes room by the rules. Everything is synchronous and may take seconds."""

    def __init__(
        self,
        *,
        database: Database,
        builds: Builds,
        leftovers: Leftovers,
        history: History,
        attempts: Attempts,
        planner: CleanupPlanner,
        caches: UnusedCaches,
        trash: Trash,
        lock: str,
        interval: float,
        identity: Identity,
        clock: Clock = utc_now,
    ) -> None:
        """`lock` is a file: whoever cleans up holds it; its time is that of the last clean-up.

        `interval` is the seconds between two of the schedule; 0 for none.
        """
        self._database = database
        self._builds = builds
        self._leftovers = leftovers
        self._history = history
        self._attempts = attempts
        self._planner = planner
        self._caches = caches
        self._trash = trash
        self._lock = Path(lock)
        self._interval = interval
        self._identity = identity
        self._clock = clock
        self._stopping = threading.Event()

    # -- the use cases --------------------------------------------------------------------------

    def preview(self, wish: Wish) -> Cleaned:
        """Say what a clean-up would take, and change nothing. Raises `NotFound`."""
        found = self._planner.find(wish)
        return found.cleaned(found.plan.going, found.plan.kept, found.unused)

    def run(self, wish: Wish, *, actor: str | None = None) -> Cleaned:
        """Take what the rules let go, and say what went.

        Raises `NotFound`; `Conflict` while another clean-up runs, or while the database is in
        doubt; `StoreUnusable` when the server stops, or the disk fails.
        """
        if self._identity.doubt is not None:
            raise Conflict(self._identity.doubt, "Settle that first; a preview is possible.")
        try:
            with self._only_one():
                return self._run(wish, actor)
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
                    self._run(Wish(), None)

    def make_room(self, namespace: str) -> None:
        """Bring a namespace within its quota, as far as protected builds allow."""
        if self._identity.doubt is not None:
            return
        builds = self._planner.builds_of(Wish(namespace=namespace))
        for choice in self._planner.within_quota(builds, {}).going:
            if self._take(choice, None) is None:
                _log.info("Clean-up: build %s is gone: %s.", choice.build.id, choice.reason)
        self._remove_rows()

    def stop(self) -> None:
        """Let a clean-up that runs end after the step that it is at: the server stops."""
        self._stopping.set()

    # -- taking ---------------------------------------------------------------------------------

    def _run(self, wish: Wish, actor: str | None) -> Cleaned:
        found = self._planner.find(wish)
        going, kept, unused = [], list(found.plan.kept), []
        for choice in found.plan.going:
            self._go_on()
            protection = self._take(choice, actor)
            if protection is None:
                going.append(choice)
            else:
                kept.append(Choice(choice.build, protection))
        self._remove_rows()
        # Entries of the caches may go when no link to them is left, in the trash neither.
        self._trash.empty(self._stopping.is_set)
        for entry in found.unused:
            self._go_on()
            if self._caches.take(entry, self._planner.unused_since()):
                unused.append(entry)
        self._trash.empty(self._stopping.is_set)
        if wish == Wish():
            os.utime(self._lock)
        cleaned = found.cleaned(going, kept, unused)
        _tell(cleaned)
        return cleaned

    def _take(self, choice: Choice, actor: str | None) -> str | None:
        """Delete a build, unless something protects it by now: then return what."""
        build = choice.build
        facts = self._planner.facts([build])
        with self._database.write():
            if not self._builds.exists(build.id):
                return "deleted meanwhile"
            # Looked at again within the transaction: users switch and pin while this runs.
            family = self._builds.of_environment(build.environment_id)
            facts = replace(facts, current={b.id for b in self._builds.published()})
            if protection := protections(family, facts).get(build.id):
                return protection
            self._builds.mark_deleted(build.id, self._clock())
            self._history.note(
                build.environment_id,
                "deleted",
                actor=actor,
                build_id=build.id,
                detail=f"clean-up: {choice.reason}",
            )
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
        new = not self._lock.exists()
        descriptor = lock_file(self._lock, exclusive=True, wait=False)
        try:
            if new:
                os.utime(self._lock, (0, 0))  # None has ended yet.
            yield
        finally:
            unlock_file(descriptor)

    def _is_due(self) -> bool:
        if not self._interval or self._identity.doubt is not None:
            return False
        try:
            last = self._lock.stat().st_mtime
        except FileNotFoundError:
            return True
        # A time in the future is that of a clock that has been set back.
        return not 0 <= time.time() - last < self._interval

    def _go_on(self) -> None:
        if self._stopping.is_set():
            raise StoreUnusable(
                "The server is stopping; the clean-up has ended early.",
                "Clean up again when it runs again.",
            )


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
