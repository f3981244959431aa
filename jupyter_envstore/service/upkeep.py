"""Upkeep of finished builds: verified, repaired and restored by processes of their own.

At most `max_concurrent_verifications` run at once in a server; others wait. How the last one of a
build ended is kept beside its lockfile, and goes with it.
"""

from __future__ import annotations

import logging
import shutil
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..builder.attempts import Attempts
from ..builder.damage import warn_of_damage
from ..builder.publisher import Publisher
from ..builder.shelf import Shelf
from ..builder.supervisor import Outcome, supervise
from ..domain.build import Build, BuildStatus
from ..domain.errors import Conflict, EnvStoreError, NotFound, StoreUnusable
from ..domain.events import Progress, Refused, Warned
from ..domain.integrity import INSPECTION_FILE, Inspection, inspection_from_text
from ..domain.layout import Layout
from ..domain.moments import Clock, utc_now
from ..domain.upkeep import Upkeep, UpkeepTask, upkeep_from_text
from ..engine.protocol import CANCEL_FILE, EVENTS_FILE, read_events
from ..store.artifacts import Artifacts
from ..store.builds import Builds
from ..store.database import Database
from ..store.files import write_atomically
from ..store.history import History
from ..store.packages import Packages
from .lockfiles import LockfileService

_log = logging.getLogger(__name__)

_DOING = {"verify": "verified", "repair": "repaired", "restore": "restored"}
_OTHER_LOCK = Refused(
    "integrity",
    "What was built from the lockfile has another lockfile.",
    "The build stays shelved. Its log has the details; please report it.",
)
_MOST_WAITING = 1000
"""More than that many builds are not verified by asking for each."""


@dataclass
class _Run:
    upkeep: Upkeep
    keep_added: bool
    directory: Path
    canceled: bool = False
    done: Future[Upkeep] = field(default_factory=Future)


class UpkeepService:
    """The use cases. Everything but `wait` returns at once."""

    def __init__(
        self,
        *,
        builds: Builds,
        packages: Packages,
        artifacts: Artifacts,
        attempts: Attempts,
        publisher: Publisher,
        lockfiles: LockfileService,
        database: Database,
        history: History,
        shelf: Shelf,
        layout: Layout,
        server_id: str,
        subdir: str,
        most: int,
        discard_archives: Callable[[int], None],
        clock: Clock = utc_now,
    ) -> None:
        """`subdir` is the platform of this machine; `most` is how many run at once."""
        self._builds = builds
        self._packages = packages
        self._artifacts = artifacts
        self._attempts = attempts
        self._publisher = publisher
        self._lockfiles = lockfiles
        self._database = database
        self._history = history
        self._shelf = shelf
        self._layout = layout
        self._server_id = server_id
        self._subdir = subdir
        self._discard_archives = discard_archives
        self._clock = clock
        self._threads = ThreadPoolExecutor(most, thread_name_prefix="envstore-upkeep")
        self._runs: dict[int, _Run] = {}
        self._untold: dict[int, Upkeep] = {}
        """How those ended of which that could not be written down."""
        self._lock = threading.Lock()
        self._stopped = False

    # -- the use cases --------------------------------------------------------------------------

    def verify(self, build_id: int, *, actor: str | None = None) -> Upkeep:
        """Begin to compare a build with its records; a verification that runs is joined.

        Raises `NotFound`; `Conflict` if the build is not finished, or is being repaired.
        """
        return self._begin(build_id, "verify", actor, keep_added=False)

    def repair(
        self, build_id: int, *, keep_added: bool = False, actor: str | None = None
    ) -> Upkeep:
        """Begin to mend a build; with `keep_added`, files that were added stay.

        Raises `NotFound`; `Conflict` if the build is not finished, or is being verified.
        """
        return self._begin(build_id, "repair", actor, keep_added=keep_added)

    def restore(self, build_id: int, *, actor: str | None = None) -> Upkeep:
        """Begin to bring a shelved build back.

        Raises `NotFound`; `Conflict` if it is not shelved, or not for this machine; `Refused` if
        there is no room; `InvalidInput` if it comes from elsewhere and may not be installed here.
        """
        build = self._builds.get(build_id)
        _refuse_unfit(build, "restore")
        self._lockfiles.refuse_to_restore(build)
        return self._begin(build_id, "restore", actor, keep_added=False)

    def last(self, build_id: int) -> Upkeep:
        """Return how it goes, or how it ended last. Raises `NotFound` if there was none yet."""
        self._builds.get(build_id)
        with self._lock:
            run = self._runs.get(build_id)
            untold = self._untold.get(build_id)
        if run is not None:
            return _with_progress(run)
        if untold is not None:
            return untold
        try:
            return upkeep_from_text(Path(self._layout.inspection(build_id)).read_text("utf-8"))
        except (OSError, ValueError, KeyError, TypeError):
            raise NotFound(
                f"Build {build_id} has never been verified.",
                "Ask for that with POST, or with the command verify.",
            ) from None

    def cancel(self, build_id: int) -> None:
        """End a verification or a repair of this server. Raises `NotFound` if there is none."""
        if not self.let_go(build_id):
            raise NotFound(f"Build {build_id} is neither verified nor repaired.", "It has ended.")

    def let_go(self, build_id: int) -> bool:
        """End what is done to a build, if there is something: it is about to be removed."""
        with self._lock:
            run = self._runs.get(build_id)
            if run is not None:
                _cancel(run)
        return run is not None

    def wait(self, build_id: int) -> Upkeep:
        """Return how it ended, once it has. Raises `NotFound` as `last`."""
        with self._lock:
            run = self._runs.get(build_id)
        return self.last(build_id) if run is None else run.done.result()

    def stop(self) -> None:
        """End what runs and what waits, and wait for the end."""
        with self._lock:
            self._stopped = True
            for run in self._runs.values():
                _cancel(run)
        self._threads.shutdown(wait=True)

    # -- one of them ----------------------------------------------------------------------------

    def _begin(
        self, build_id: int, task: UpkeepTask, actor: str | None, *, keep_added: bool
    ) -> Upkeep:
        build = self._builds.get(build_id)
        _refuse_unfit(build, task)
        name = uuid.uuid4().hex[:12]
        upkeep = Upkeep(build_id, task, "waiting", self._clock(), actor)
        run = _Run(upkeep, keep_added, Path(self._layout.upkeep(self._server_id, name)))
        with self._lock:
            if self._stopped:
                raise StoreUnusable("The server is stopping.", "Try again when it runs again.")
            before = self._runs.get(build_id)
            if before is not None and task == before.upkeep.task != "repair":
                return _with_progress(before)
            if before is not None:
                doing = _DOING[before.upkeep.task]
                raise Conflict(
                    f"Build {build_id} is being {doing}.", "Wait until that has ended, or end it."
                )
            if len(self._runs) >= _MOST_WAITING:
                raise Conflict(f"{len(self._runs)} builds wait already.", "Try again later.")
            self._runs[build_id] = run
            self._threads.submit(self._run, run)
        return upkeep

    def _run(self, run: _Run) -> None:
        try:
            ended = self._ended(run)
        except EnvStoreError as error:
            failure = Refused("internal", error.message, error.hint)
            ended = replace(run.upkeep, state="failed", failure=failure)
        except Exception as error:  # noqa: BLE001 -- who waits has to hear of anything
            _log.exception("The upkeep of build %s failed.", run.upkeep.build_id)
            failure = Refused("internal", f"It failed: {error}", "See the Jupyter server's log.")
            ended = replace(run.upkeep, state="failed", failure=failure)
        finally:
            shutil.rmtree(run.directory, ignore_errors=True)
        ended = replace(ended, ended_on=self._clock())
        with self._lock:
            self._untold.pop(ended.build_id, None)
        try:
            write_atomically(self._layout.inspection(ended.build_id), ended.to_text())
        except OSError:
            # The build is gone, with the directory; or the disk is full, and who asked waits.
            with self._lock:
                self._untold[ended.build_id] = ended
        with self._lock:
            del self._runs[ended.build_id]
        run.done.set_result(ended)

    def _ended(self, run: _Run) -> Upkeep:
        build = self._builds.get(run.upkeep.build_id)
        if run.upkeep.task == "restore":
            with self._shelf.alone_with(build):
                # While this waited, another server may have brought it back.
                build = self._builds.get(build.id)
                _refuse_unfit(build, "restore")
                return self._restored(run, build)
        outcome = self._supervised(run, build)
        upkeep = run.upkeep
        if outcome.finished is None:
            return _without_answer(upkeep, outcome)
        text = (run.directory / INSPECTION_FILE).read_text(encoding="utf-8")
        found = inspection_from_text(text)
        self._bring_up_to_date(build, found)
        return replace(upkeep, state="done", inspection=found)

    def _supervised(self, run: _Run, build: Build) -> Outcome:
        specification, _ = self._builds.specification(build)
        order = self._attempts.begin_upkeep(
            build,
            replace(specification, lock=self._lockfiles.lock(build)),
            self._subdir,
            directory=run.directory,
            task=run.upkeep.task,
            keep_added=run.keep_added,
        )
        with self._lock:
            if run.canceled:
                return Outcome(stopped="cancel")
            run.upkeep = replace(run.upkeep, state="running")
        outcome = supervise(order)
        self._tell_others(build, run.directory)
        return outcome

    def _restored(self, run: _Run, build: Build) -> Upkeep:
        """Build it once more from its lock, at the same path, and have it off the shelf."""
        self._shelf.remove_prefix(build)  # What a crash has left.
        outcome = self._supervised(run, build)
        if outcome.finished is not None:
            lock = Path(self._layout.lock_artifact(build.id))
            if (run.directory / lock.name).read_bytes() == lock.read_bytes():
                with self._database.write():
                    self._builds.shelve(build.id, None)
                    # One that was imported has had no files here until now.
                    self._artifacts.add(build.id, "DIRECTORY", build.prefix)
                    for kind, path in self._layout.on_request(build.id).items():
                        self._artifacts.add(build.id, kind, path)
                    self._history.note(
                        build.environment_id,
                        "restored",
                        actor=run.upkeep.actor,
                        build_id=build.id,
                    )
                return replace(run.upkeep, state="done")
            outcome = Outcome(refused=_OTHER_LOCK)
        self._shelf.remove_prefix(build)
        return _without_answer(run.upkeep, outcome)

    def _tell_others(self, build: Build, directory: Path) -> None:
        said, _ = read_events(directory / EVENTS_FILE)
        for event in said:
            if isinstance(event, Warned):
                warn_of_damage(event, build.id, self._builds, self._packages)

    def _bring_up_to_date(self, build: Build, found: Inspection) -> None:
        """Let what was made of the build's files be made of those that it has now."""
        if found.mended:
            self._discard_archives(build.id)
            self._publisher.bring_up_to_date(build.namespace, build.name)


def _refuse_unfit(build: Build, task: UpkeepTask) -> None:
    if build.status is not BuildStatus.COMPLETED:
        raise Conflict(
            f"Build {build.id} is {build.status.value}: there are no files to look after.",
            "Only a COMPLETED build can be verified and repaired.",
        )
    if build.shelved_on is not None and task != "restore":
        raise Conflict(f"Build {build.id} is shelved: it has no files.", "Restore it first.")
    if build.shelved_on is None and task == "restore":
        raise Conflict(f"Build {build.id} is not shelved.", "It is there already.")


def _cancel(run: _Run) -> None:
    run.canceled = True
    # It has not begun, or has ended just now.
    with suppress(OSError):
        (run.directory / CANCEL_FILE).write_text("cancel", encoding="utf-8")


def _without_answer(upkeep: Upkeep, outcome: Outcome) -> Upkeep:
    if outcome.stopped is not None:
        return replace(upkeep, state="canceled")
    lost = Refused("killed", outcome.lost or "It was lost.", "Try again.")
    return replace(upkeep, state="failed", failure=outcome.refused or lost)


def _with_progress(run: _Run) -> Upkeep:
    said, _ = read_events(run.directory / EVENTS_FILE)
    progress = next((one for one in reversed(said) if isinstance(one, Progress)), None)
    if progress is None:
        return run.upkeep
    return replace(
        run.upkeep, files_done=progress.packages_done, files_total=progress.packages_total
    )
