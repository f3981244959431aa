"""Puts right what a killed server, or a crash between two steps, has left: at start and regularly.

Only what is provably ours and provably unused is removed: a prefix that carries this store's
marker, that the database knew and has given up, and that no link points at. While there is a doubt
whether the database knows everything, nothing is removed at all.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ..domain import lifecycle
from ..domain.build import Build, BuildStatus
from ..domain.layout import Layout
from ..domain.moments import Clock, utc_now
from ..store.builds import Builds
from ..store.database import Database
from ..store.environments import Environments
from ..store.files import Trash
from ..store.identity import Identity
from ..store.knowledge import Standing
from ..store.on_disk import entries
from ..store.servers import Servers
from .adoption import Adoption
from .attempts import Attempts
from .findings import Finding, Findings
from .process import end_left_over
from .publisher import Publisher
from .shelf import Shelf

_log = logging.getLogger(__name__)

_ATTEMPT = re.compile(r"(?P<build>\d+)\.(?P<attempt>\d+)")
_UPKEEP = re.compile(r"upkeep\.(?P<server>[^.]+)\.[^.]+")


@dataclass(frozen=True)
class Report:
    """What one round of recovery did."""

    queued_again: int = 0
    ended: int = 0
    waiting: int = 0
    """Builds whose server is gone and whose process still lives: looked at again next time."""
    removed: int = 0


class Recovery:
    """One round at a time; safe to run in several servers at once."""

    def __init__(
        self,
        *,
        database: Database,
        builds: Builds,
        environments: Environments,
        attempts: Attempts,
        publisher: Publisher,
        servers: Servers,
        layout: Layout,
        identity: Identity,
        findings: Findings,
        adoption: Adoption,
        shelf: Shelf,
        trash: Trash,
        max_attempts: int,
        wake: Callable[[], None],
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._builds = builds
        self._environments = environments
        self._attempts = attempts
        self._publisher = publisher
        self._servers = servers
        self._layout = layout
        self._identity = identity
        self._findings = findings
        self._adoption = adoption
        self._shelf = shelf
        self._told_doubt: str | None = None
        self._trash = trash
        self._max_attempts = max_attempts
        self._wake = wake
        self._clock = clock

    def run(self) -> Report:
        """Do one round and say what was done."""
        try:
            return self._round()
        finally:
            # Also when a step failed: the disk may be full, and this makes room.
            self._trash.empty()

    def look(self) -> list[Finding]:
        """Look at what is on disk; to be done before anything is built.

        A build that is finished on disk, and that a database that is behind has in the queue, is
        not built once more. Any other that it does not know raises the store's doubt.
        """
        found = self._findings.look()
        doubt = self._identity.doubt
        if self._adoption.finish_forgotten(found) and doubt is None:
            self._identity.set_doubt(True)
            doubt = self._identity.doubt
        if doubt is not None and doubt != self._told_doubt:
            _log.warning(doubt)
        self._told_doubt = doubt
        return found

    def _round(self) -> Report:
        found = self.look()
        queued, ended, waiting = self._orphans()
        if queued:
            self._wake()
        self._servers.others()
        removed = 0
        if self._identity.doubt is None:
            self._deleted_environments()
            removed = self._litter() + self._strays(found) + self._shelf.tidy()
            self._publisher.reconcile()
        return Report(queued, ended, waiting, removed)

    # -- builds whose server is gone --------------------------------------------------------------

    def _orphans(self) -> tuple[int, int, int]:
        queued = ended = waiting = 0
        for build in self._builds.running():
            if build.owner is None or self._servers.is_alive(build.owner):
                continue
            self._end_processes(build)
            if self._attempts.process_lives(build):
                waiting += 1
                continue
            if self._is_finished(build):
                # If not, another server was quicker: the product is not this one's to discard.
                ended += self._adoption.complete(build, build.prefix)
                continue
            after = self._release(build)
            if after is None:
                continue
            if after.status is BuildStatus.QUEUED:
                queued += 1
            else:
                ended += 1
        return queued, ended, waiting

    def _end_processes(self, build: Build) -> None:
        self._attempts.stop(build, "lost")  # Its supervisor may live, also on another machine.
        end_left_over(self._identity.store_id, self._attempts.directory(build))

    def _is_finished(self, build: Build) -> bool:
        """Tell whether the end of the present attempt was recorded once, and is forgotten.

        Its directory goes only after that, and a prefix that was not finished goes with it.
        """
        if self._attempts.directory(build).exists():
            return False
        origin = self._findings.whole(build.prefix)
        return origin is not None and (origin.build_id, origin.attempt) == (
            build.id,
            build.attempts,
        )

    def _release(self, build: Build) -> Build | None:
        # One transaction: nobody records an end of the attempt while it is thrown away.
        with self._database.write():
            present = self._builds.find(build.id)
            if present is None or not _is_same_attempt(present, build):
                return None  # Another server was quicker.
            fact = lifecycle.Orphaned(self._clock(), self._max_attempts)
            decision = lifecycle.advance(present, fact)
            # Before the row: a crash here leaves it as it is, and the next round repeats this.
            self._attempts.discard(present)
            after = self._builds.save(present, decision.build)
        line = after.status_info or "The server that ran this build is gone; it is queued again."
        with Path(self._layout.log(build.id)).open("a", encoding="utf-8") as log:
            log.write(line + "\n")
        _log.info("Build %s of %s/%s: %s", build.id, build.namespace, build.name, line)
        return after

    # -- what was deleted ---------------------------------------------------------------------

    def _deleted_environments(self) -> None:
        for environment_id, namespace, name in self._environments.deleted():
            # Its server may have died between the row and the link.
            self._publisher.bring_up_to_date(namespace, name)
            purge_environment(environment_id, self._builds, self._environments, self._attempts)

    # -- what nobody owns ------------------------------------------------------------------------

    def _litter(self) -> int:
        """Throw away the directories of attempts that nobody works on, and records of no build."""
        removed = 0
        # Listed before the rows are read: what is made in between is not in the list.
        listed = entries(self._layout.work)
        running = {(build.id, build.attempts) for build in self._builds.running()}
        for entry in listed:
            if not self._is_left_over(entry.name, running):
                continue
            if not self._attempts.is_at_work(entry):
                removed += self._trash.take(entry)
        return removed + sum(map(self._trash.take, self._findings.removed_records()))

    def _is_left_over(self, name: str, running: set[tuple[int, int]]) -> bool:
        """Tell whether a directory is that of an attempt or of upkeep that nobody waits for."""
        if match := _ATTEMPT.fullmatch(name):
            return (int(match["build"]), int(match["attempt"])) not in running
        upkeep = _UPKEEP.fullmatch(name)
        return upkeep is not None and not self._servers.is_alive(upkeep["server"])

    def _strays(self, found: Iterable[Finding]) -> int:
        """Throw away the prefixes of attempts that the database knew and has given up."""
        return sum(
            self._trash.take(finding.prefix)
            for finding in found
            if finding.standing is Standing.GIVEN_UP
            and not self._findings.is_pointed_at(finding.prefix)
        )


def _is_same_attempt(present: Build, build: Build) -> bool:
    return (present.status, present.owner, present.attempts) == (
        build.status,
        build.owner,
        build.attempts,
    )


def purge_environment(
    environment_id: int, builds: Builds, environments: Environments, attempts: Attempts
) -> bool:
    """Remove files and rows of a deleted environment; False while a build of it still ends."""
    known = builds.of_environment(environment_id, also_deleted=True)
    if any(not build.status.ended for build in known):
        return False
    for build in known:
        attempts.discard(build)
        attempts.forget(build)
    environments.remove(environment_id)
    return True
