"""Makes the rows of builds anew whose prefixes are on disk and that the database does not know.

After a database was lost, replaced by a backup, or lost its last transactions. What is done is
whole for each build by itself, and can be repeated: whatever is adopted is known from then on.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ..domain import lifecycle
from ..domain.build import Build, BuildStatus
from ..domain.build_key import parse_build_key
from ..domain.conda_lock import conda_lock_text, read_conda_lock
from ..domain.errors import Conflict, EnvStoreError, InvalidInput, Problem
from ..domain.layout import Layout
from ..domain.moments import Clock, to_text, utc_now
from ..domain.origin import Origin, Record, ending_of
from ..domain.specification import Specification
from ..engine.installed import installed_packages, specification_from_history
from ..integration.lock import exclusive
from ..store.adopted import AdoptedBuilds, LostBuild
from ..store.artifacts import Artifacts
from ..store.builds import Builds
from ..store.database import Database
from ..store.environments import Environments
from ..store.files import Trash, amend_marker, read_marker
from ..store.identity import Identity
from ..store.knowledge import Standing
from ..store.namespaces import Namespaces
from ..store.packages import Packages
from ..store.servers import Servers
from .attempts import Attempts
from .current_on_disk import CurrentOnDisk
from .findings import Finding, Findings
from .publisher import Publisher

_log = logging.getLogger(__name__)

_ADOPTER = "adoption"
"""The owner of an attempt for the moment between its being claimed and its being finished."""

_PATIENCE = 60.0
"""Seconds to wait for another server that adopts: it may have thousands of builds to look at."""


@dataclass(frozen=True)
class AdoptedBuild:
    """A build that the database knows now."""

    build_id: int
    namespace: str
    environment: str
    prefix: str
    former_id: int | None = None
    """Its id before, if another build has that by now."""
    current: bool = False


@dataclass(frozen=True)
class LeftPrefix:
    """A prefix with this store's marker of which no build was made; `reason` is a sentence."""

    prefix: str
    reason: str
    removed: bool = False


@dataclass(frozen=True)
class AdoptionReport:
    """What `Adoption.adopt` did, or, if it was only to look, what it would do."""

    dry_run: bool
    adopted: tuple[AdoptedBuild, ...] = ()
    left: tuple[LeftPrefix, ...] = ()
    missing: tuple[int, ...] = ()
    """Builds that the database had as completed and whose prefix is gone: taken from the lists."""
    doubt: str | None = None
    """Why the database can still not be believed; None if all is well."""


class Adoption:
    """Adopts the builds of one store."""

    def __init__(
        self,
        *,
        database: Database,
        namespaces: Namespaces,
        environments: Environments,
        builds: Builds,
        packages: Packages,
        artifacts: Artifacts,
        publisher: Publisher,
        attempts: Attempts,
        findings: Findings,
        servers: Servers,
        identity: Identity,
        layout: Layout,
        trash: Trash,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._namespaces = namespaces
        self._environments = environments
        self._builds = builds
        self._adopted = AdoptedBuilds(database)
        self._packages = packages
        self._artifacts = artifacts
        self._publisher = publisher
        self._attempts = attempts
        self._findings = findings
        self._servers = servers
        self._identity = identity
        self._layout = layout
        self._trash = trash
        self._clock = clock

    def adopt(self, *, dry_run: bool = False) -> AdoptionReport:
        """Adopt every build that can be; with `dry_run`, only say what would be done.

        Safe while servers run. Raises `Conflict` if the database is another store's.
        """
        if self._identity.mismatch is not None:
            raise Conflict(
                f"Nothing was adopted. {self._identity.mismatch}",
                "Move the database away with its -wal and -shm files, and adopt again.",
            )
        with exclusive(Path(self._layout.internal) / "adopt.lock", _PATIENCE):
            return self._adopt_all(dry_run)

    def finish_forgotten(self, found: Iterable[Finding]) -> list[Finding]:
        """Complete the builds whose prefix is whole and whose end the database has forgotten.

        They are queued, or run by a server that is gone, while the disk has a later attempt.
        Return what remains to be adopted.
        """
        adoptable = [finding for finding in found if finding.adoptable]
        if not adoptable:
            return []
        with exclusive(Path(self._layout.internal) / "adopt.lock", _PATIENCE):
            return [finding for finding in adoptable if not self._finish_forgotten(finding)]

    def complete(self, build: Build, prefix: str | Path) -> bool:
        """Record that a build has ended in this finished prefix; False if the row has changed."""
        origin = self._findings.whole(prefix)
        if origin is None or origin.ending is None:
            return False
        specification, _ = self._builds.specification(build)
        before = replace(build, prefix=str(prefix), attempts=origin.attempt)
        if origin.record is not None:
            before = replace(before, scheduled_on=origin.record.scheduled_on)
        try:
            with self._database.write():
                if build.status is BuildStatus.QUEUED:
                    claimed = lifecycle.Claimed(_ADOPTER, before.scheduled_on)
                    queued = replace(before, attempts=origin.attempt - 1)
                    before = self._builds.save(build, lifecycle.advance(queued, claimed).build)
                    build = before
                fact = lifecycle.Finished(
                    origin.ending.at, origin.ending.size, origin.ending.size_own
                )
                after = self._builds.save(build, lifecycle.advance(before, fact).build)
                self._note_product(after, specification)
                self._publisher.decide(after)
        except Conflict:
            return False  # Another server was quicker.
        _log.info("Build %s was finished already, in %s.", build.id, prefix)
        self._publisher.bring_up_to_date(build.namespace, build.name)
        return True

    # -- all of them ----------------------------------------------------------------------------

    def _adopt_all(self, dry_run: bool) -> AdoptionReport:
        current = CurrentOnDisk(self._layout)
        adopted: list[AdoptedBuild] = []
        left: list[LeftPrefix] = []
        failed = False
        for finding in self._findings.look():
            if finding.standing is Standing.GIVEN_UP:
                continue  # Recovery removes it, as it always does.
            if finding.obstacle is not None:
                left.append(self._leave(finding, dry_run))
                continue
            try:
                adopted.append(self._adopt(finding, dry_run))
            except (EnvStoreError, OSError) as error:
                failed = True
                left.append(LeftPrefix(str(finding.prefix), f"It could not be adopted: {error}"))
        missing = self._missing()
        touched = {(build.namespace, build.environment) for build in adopted}
        if not dry_run:
            touched |= self._forget_missing(missing)
            self._choose_current(touched, current)
            if not failed:
                self._identity.set_doubt(False)
            for namespace, name in sorted(touched):
                self._publisher.bring_up_to_date(namespace, name)
        report = AdoptionReport(
            dry_run,
            tuple(self._marked(adopted, current, dry_run)),
            tuple(left),
            tuple(build.id for build in missing),
            self._identity.doubt,
        )
        if not dry_run:
            _log.info("%s builds were adopted, %s prefixes left.", len(adopted), len(left))
        return report

    def _adopt(self, finding: Finding, dry_run: bool) -> AdoptedBuild:
        origin, prefix = finding.origin, str(finding.prefix)
        plan = AdoptedBuild(origin.build_id, origin.namespace, origin.name, prefix)
        forgotten = self._forgotten(finding)
        if dry_run:
            return plan
        if forgotten is not None:
            if not self.complete(forgotten, prefix):
                raise Conflict(f"Build {forgotten.id} changed meanwhile.", "Adopt again.")
            return plan
        lockfile = Path(self._layout.lock_artifact(origin.build_id))
        lost = _with_lock(_lost_build(finding.prefix, origin), lockfile)
        packages = installed_packages(finding.prefix, lockfile, lost.specification)
        with self._database.write():
            namespace = self._namespaces.ensure(origin.namespace)
            environment_id = self._environments.ensure(
                namespace.id, origin.name, lost.specification.description or "", lost.asked_on
            )
            build_id = self._adopted.insert(environment_id, lost)
            self._packages.record(build_id, packages)
            self._note_artifacts(build_id, prefix, own_files=build_id == origin.build_id)
            # Before the commit: with the new number and no row, it is found and adopted again.
            _amend(prefix, build_id, lost)
        if build_id == origin.build_id:
            return plan
        return replace(plan, build_id=build_id, former_id=origin.build_id)

    def _forgotten(self, finding: Finding) -> Build | None:
        """Return the row of a build whose later attempt is on disk, whole, and not in the row."""
        if not finding.adoptable:
            return None
        build = self._builds.find(finding.origin.build_id)
        if build is None or build.status.ended or not _is_of(finding.origin.record, build):
            return None
        if build.owner is not None and self._servers.is_alive(build.owner):
            return None
        return build

    def _finish_forgotten(self, finding: Finding) -> bool:
        build = self._forgotten(finding)
        return build is not None and self.complete(build, finding.prefix)

    def _leave(self, finding: Finding, dry_run: bool) -> LeftPrefix:
        reason = f"No build was made of it: {finding.obstacle}."
        origin = finding.origin
        unfinished = origin.ending is None and (
            origin.record is None or origin.record.prefix == str(finding.prefix)
        )
        if not unfinished or self._findings.is_pointed_at(finding.prefix):
            return LeftPrefix(str(finding.prefix), reason)
        attempt = Path(self._layout.attempt(origin.build_id, origin.attempt))
        if self._attempts.is_at_work(attempt):
            return LeftPrefix(str(finding.prefix), f"{reason} Its process still runs.")
        if not dry_run:
            self._trash.take(finding.prefix)
        return LeftPrefix(str(finding.prefix), reason, removed=True)

    # -- rows that go with it -------------------------------------------------------------------

    def _note_product(self, build: Build, specification: Specification) -> None:
        lockfile = Path(self._layout.lock_artifact(build.id))
        packages = installed_packages(Path(build.prefix), lockfile, specification)
        self._packages.record(build.id, packages)
        self._note_artifacts(build.id, build.prefix, own_files=True)

    def _note_artifacts(self, build_id: int, prefix: str, *, own_files: bool) -> None:
        """`own_files` is false for a build that got a new id: log and lock are another's there."""
        files = {
            "LOGS": self._layout.log(build_id),
            "LOCKFILE": self._layout.lock_artifact(build_id),
        }
        for kind, path in files.items():
            if own_files and Path(path).is_file():
                self._artifacts.add(build_id, kind, path)
        self._artifacts.add(build_id, "DIRECTORY", prefix)
        for kind, path in self._layout.on_request(build_id).items():
            self._artifacts.add(build_id, kind, path)

    # -- rows without a prefix ------------------------------------------------------------------

    def _missing(self) -> list[Build]:
        found = (
            self._builds.find(build_id)
            for prefix, (build_id, status) in self._builds.prefixes().items()
            # A directory of builds that is not there at all is not mounted, rather.
            if status is BuildStatus.COMPLETED
            and Path(prefix).parent.is_dir()
            and not Path(prefix).is_dir()
        )
        return [build for build in found if build is not None and build.shelved_on is None]

    def _forget_missing(self, missing: Iterable[Build]) -> set[tuple[str, str]]:
        touched = set()
        for build in missing:
            with self._database.write():
                environment = self._environments.by_id(build.environment_id)
                if environment is not None and environment.published_build_id == build.id:
                    self._environments.publish(environment.id, None, None)
                self._builds.mark_deleted(build.id, self._clock())
                if not self._builds.of_environment(build.environment_id):
                    self._environments.mark_deleted(build.environment_id, self._clock())
            touched.add((build.namespace, build.name))
        return touched

    # -- which build is current -----------------------------------------------------------------

    def _choose_current(self, touched: Iterable[tuple[str, str]], current: CurrentOnDisk) -> None:
        for namespace, name in touched:
            with self._database.write():
                environment = self._environments.find(namespace, name)
                if environment is None:
                    continue
                completed = [
                    build
                    for build in self._builds.of_environment(environment.id)
                    if build.status is BuildStatus.COMPLETED and build.shelved_on is None
                ]
                known = {build.prefix: build.id for build in completed}
                chosen = known.get(current.prefix_of(namespace, name) or "")
                if chosen is None and environment.published_build_id is None and completed:
                    chosen = completed[-1].id
                if chosen is not None and chosen != environment.published_build_id:
                    self._environments.publish(environment.id, chosen, None)

    def _marked(
        self, adopted: Iterable[AdoptedBuild], current: CurrentOnDisk, dry_run: bool
    ) -> Iterable[AdoptedBuild]:
        for build in adopted:
            if dry_run:
                is_current = current.prefix_of(build.namespace, build.environment) == build.prefix
            else:
                environment = self._environments.find(build.namespace, build.environment)
                is_current = (
                    environment is not None and environment.published_build_id == build.build_id
                )
            yield replace(build, current=is_current)


def _is_of(record: Record | None, build: Build) -> bool:
    return record is None or to_text(record.asked_on) == to_text(build.asked_on)


def _amend(prefix: str, build_id: int, lost: LostBuild) -> None:
    """Let the marker say what is known by now, and was not when it was written."""
    ending = ending_of(lost.ending.at, lost.ending.size, lost.ending.size_own)
    marker = read_marker(prefix) or {}
    if (marker.get("build_id"), marker.get("finished")) != (build_id, ending):
        amend_marker(prefix, build_id=build_id, finished=ending)


def _with_lock(lost: LostBuild, lockfile: Path) -> LostBuild:
    """Return the build with the lock that was all its specification; markers have no room for it.

    If that is lost too, what is installed is what was asked for.
    """
    asked = lost.specification
    if not asked.is_lockfile:
        return lost
    try:
        lock = read_conda_lock(json.loads(lockfile.read_bytes()))
    except (OSError, ValueError, InvalidInput):
        prefix = Path(lost.prefix)
        return replace(lost, specification=specification_from_history(prefix, asked.name))
    whole = replace(asked, text=conda_lock_text(lock)).as_lockfile(lock)
    return replace(lost, specification=whole)


def _lost_build(prefix: Path, origin: Origin) -> LostBuild:
    assert origin.ending is not None, "only finished prefixes are adopted"
    if origin.record is not None:
        record = origin.record
        return LostBuild(
            build_id=origin.build_id,
            attempt=origin.attempt,
            prefix=str(prefix),
            key_version=record.key_version,
            specification=record.specification,
            asked_on=record.asked_on,
            scheduled_on=record.scheduled_on,
            ending=origin.ending,
            author=record.author,
            client=record.client,
            parent_build_id=record.parent_build_id,
        )
    guessed = Problem(
        "The database was lost, and this build is older than the versions that keep its "
        "specification with it: what is shown was gathered from the installed packages.",
        hint="Compare it with what you have before you build it again: the order of the "
        "channels, the pip section and the author are not known any more.",
    )
    return LostBuild(
        build_id=origin.build_id,
        attempt=origin.attempt,
        prefix=str(prefix),
        key_version=parse_build_key(prefix.name).version,
        specification=specification_from_history(prefix, origin.name),
        asked_on=origin.ending.at,
        scheduled_on=origin.ending.at,
        ending=origin.ending,
        warnings=(guessed,),
    )
