"""Takes builds from the queue, has them supervised, and records how they ended.

One thread. It claims only while fewer builds run than may, so that what waits is in the database,
where everybody can see and cancel it, and never in the pool.
"""

from __future__ import annotations

import contextlib
import functools
import json
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, SimpleQueue

from ..domain import events, lifecycle
from ..domain.build import Build, BuildStatus, PackageRow
from ..domain.errors import EnvStoreError, Problem, StoreUnusable
from ..domain.layout import Layout
from ..domain.moments import Clock, utc_now
from ..domain.order import WorkOrder
from ..engine.disk import disk_failure
from ..store.artifacts import Artifacts
from ..store.builds import Builds
from ..store.database import Database
from ..store.files import Trash
from ..store.packages import Packages
from .attempts import Attempts
from .damage import warn_of_damage
from .executors import BuildExecutor, SupervisorLost
from .publisher import Publisher
from .supervisor import Outcome, supervise

_log = logging.getLogger(__name__)

_LOOK_AGAIN = 2.0
"""Seconds until the queue is looked at without being woken: another server may have filled it."""
_LOOK_SOON = 0.2
"""The same while something is about to happen elsewhere that nobody tells of."""
_SILENCE = 5.0
"""Seconds after which an attempt is lost whose supervisor is not alive, and sends no outcome."""
_STOP_PATIENCE = 4.0
"""Seconds that running builds get to end when the server stops."""
_RECORD_TRIES = 5
"""How often it is tried to record an end before the build is made to fail for that."""


@dataclass(frozen=True)
class _Ended:
    build: Build
    outcome: Outcome
    tries: int = 0


@dataclass
class _Running:
    build: Build
    future: Future[Outcome] | None = None
    silent_since: float | None = None


class Dispatcher:
    """The builder of one server."""

    def __init__(
        self,
        *,
        database: Database,
        builds: Builds,
        packages: Packages,
        artifacts: Artifacts,
        attempts: Attempts,
        publisher: Publisher,
        layout: Layout,
        executor: BuildExecutor,
        server_id: str,
        subdir: str,
        max_concurrent_builds: int,
        max_attempts: int,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._builds = builds
        self._packages = packages
        self._artifacts = artifacts
        self._attempts = attempts
        self._publisher = publisher
        self._layout = layout
        self._trash = Trash(layout.trash)
        self._executor = executor
        self._server_id = server_id
        self._subdir = subdir
        self._max = max_concurrent_builds
        self._max_attempts = max_attempts
        self._clock = clock
        self._inbox: SimpleQueue[_Ended | None] = SimpleQueue()
        self._running: dict[int, _Running] = {}
        self._unrecorded: list[_Ended] = []
        self._unsettled: list[_Ended] = []
        self._blocked = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="envstore-dispatcher", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Look at the queue now."""
        self._inbox.put(None)

    @property
    def running(self) -> tuple[int, ...]:
        """The ids of the builds that this server runs."""
        return tuple(self._running)

    def obstacle(self) -> str | None:
        """Return why no waiting build can be begun at present; None if there is no reason."""
        return self._executor.obstacle() if self._blocked else None

    def stop(self) -> bool:
        """Claim nothing more, end what runs, give it back; return whether the thread has ended."""
        self._stopping.set()
        self.wake()
        if self._thread.is_alive():
            self._thread.join(_STOP_PATIENCE + 0.5)
        self._executor.shutdown(wait=False)
        return not self._thread.is_alive()

    # -- the thread ---------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._guarded(self._fill)
            self._take_from_inbox(_LOOK_AGAIN)
        for running in list(self._running.values()):
            self._attempts.stop(running.build, "shutdown")
        deadline = time.monotonic() + _STOP_PATIENCE
        while self._running and (left := deadline - time.monotonic()) > 0:
            self._take_from_inbox(min(left, _LOOK_AGAIN))

    def _take_from_inbox(self, patience: float) -> None:
        self._guarded(self._look_after)
        try:
            message = self._inbox.get(timeout=min(patience, self._patience()))
        except Empty:
            message = None
        again, self._unrecorded = self._unrecorded, []
        unsettled, self._unsettled = self._unsettled, []
        for ended in [*again, *unsettled, message]:
            if ended is not None:
                self._end(ended)

    def _patience(self) -> float:
        awaited = self._blocked or bool(self._unsettled)
        if awaited or not all(map(self._is_begun, self._running.values())):
            return _LOOK_SOON
        return _LOOK_AGAIN

    def _is_begun(self, running: _Running) -> bool:
        return running.future is None or self._attempts.is_supervised(running.build)

    def _look_after(self) -> None:
        """Find out what nobody tells: that a call waits in vain, that a supervisor is gone."""
        for running in list(self._running.values()):
            build = running.build
            if running.future is None or running.future.done():
                continue
            if not self._is_begun(running):
                if self._attempts.is_told_to_stop(build):
                    self._take_back(running, "It was stopped before it began.", counted=False)
            elif self._attempts.process_lives(build):
                running.silent_since = None
            elif running.silent_since is None:
                running.silent_since = time.monotonic()
            elif time.monotonic() - running.silent_since > _SILENCE:
                self._take_back(running, "The supervisor of the build is gone.", counted=True)

    def _take_back(self, running: _Running, reason: str, *, counted: bool) -> None:
        # The outcome of a future that was cancelled is that of whoever cancelled it.
        if running.future is not None and running.future.cancel():
            self._inbox.put(_Ended(running.build, Outcome(lost=reason, counted=counted)))

    def _end(self, ended: _Ended) -> None:
        """Record an end; what cannot be recorded now (the disk is full) is tried again later."""
        if ended.outcome.lost is not None:
            if not self._is_settled(ended.build):
                self._unsettled.append(ended)
                return
            if finished := self._attempts.finished(ended.build):
                ended = replace(ended, outcome=Outcome(finished=finished))
        try:
            self._record(ended.build, ended.outcome)
        except Exception as error:  # noqa: BLE001 -- no build may stay BUILDING for ever
            if isinstance(error, StoreUnusable):
                _log.warning(
                    "The end of build %s is recorded later. %s", ended.build.id, error.message
                )
            else:
                _log.exception("Recording the end of build %s failed.", ended.build.id)
            tries = ended.tries + 1
            # For a disk it is waited, as long as it takes: the product is whole, or the reason
            # known. What else fails again and again fails for ever.
            if tries >= _RECORD_TRIES and not isinstance(error, (StoreUnusable, OSError)):
                ended = _Ended(ended.build, Outcome(refused=_unrecordable(error)))
            self._unrecorded.append(replace(ended, tries=tries))
            if ended.outcome.finished is None:
                self._guarded(lambda: self._make_room(ended.build))
        else:
            self._running.pop(ended.build.id, None)

    def _is_settled(self, build: Build) -> bool:
        """Tell whether nobody works on an attempt any more; tell who does to stop.

        A supervisor that is out of sight may live: two attempts at a build never run at once.
        """
        if not self._attempts.process_lives(build):
            return True
        if not self._attempts.is_told_to_stop(build):
            self._attempts.stop(build, "lost")
        return False

    def _make_room(self, build: Build) -> None:
        """Remove at once what a build without a product has left: the database needs the room.

        Its warnings go with it; they are in the log too.
        """
        with contextlib.suppress(OSError):  # A disk that is read-only cannot be helped.
            self._attempts.discard(build)
            self._trash.empty()

    def _guarded(self, step: Callable[[], None]) -> None:
        """Run a step; an error in one must not end the thread, and recovery mends what it left."""
        try:
            step()
        except Exception:  # noqa: BLE001 -- the thread has to survive
            _log.exception("The dispatcher of the environment store stumbled; it goes on.")

    def _fill(self) -> None:
        while len(self._running) < self._max and not self._stopping.is_set():
            # Asked only while something waits: it may have to connect to a cluster first.
            waiting = self._builds.waiting() > 0
            self._blocked = waiting and self._executor.obstacle() is not None
            if self._blocked or not waiting:
                return
            build = self._builds.claim(self._server_id, self._clock())
            if build is None:
                return
            self._running[build.id] = running = _Running(build)
            self._launch(running)

    def _launch(self, running: _Running) -> None:
        build = running.build
        try:
            running.future = self._executor.submit(supervise, self._prepare(build))
        except Exception as error:  # noqa: BLE001 -- no build may stay BUILDING for ever
            if not isinstance(error, (EnvStoreError, OSError)):
                _log.exception("Build %s could not begin.", build.id)
            self._inbox.put(_Ended(build, Outcome(refused=_refusal(error))))
        else:
            running.future.add_done_callback(functools.partial(self._returned, build))

    def _returned(self, build: Build, done: Future[Outcome]) -> None:
        if not done.cancelled():
            self._inbox.put(_Ended(build, _outcome(done)))

    def _prepare(self, build: Build) -> WorkOrder:
        specification, _ = self._builds.specification(build)
        order = self._attempts.begin(build, specification, self._subdir)
        if self._builds.find(build.id, cancel_requested=True):
            # Asked for between the claim and the making of the directory that takes the marker.
            self._attempts.stop(build, "cancel")
        return order

    # -- how it ended --------------------------------------------------------------------------

    def _record(self, build: Build, outcome: Outcome) -> None:
        with self._database.write():
            before = self._builds.find(build.id)
            if before is None or not self._is_mine(before, build):
                # Another server has taken it over, or it is gone: its attempt is not ours.
                return
            fact = self._fact(before, outcome)
            decision = lifecycle.advance(before, fact)
            self._note_warnings(build)
            self._artifacts.add(build.id, "LOGS", self._layout.log(build.id))
            if outcome.finished is not None:
                self._note_product(build, outcome.finished)
            if outcome.refused is not None and decision.build.status is BuildStatus.FAILED:
                self._builds.set_failure(build.id, outcome.refused)
            # Before the row says that the build has ended: who follows the log stops then.
            self._tell_log(decision.build, outcome)
            after = self._builds.save(before, decision.build)
            if lifecycle.Publish() in decision.effects:
                self._publisher.decide(after)
        if lifecycle.Publish() in decision.effects:
            # Not of `build`: the environment may have been renamed since it was claimed.
            if after.name != build.name:
                self._attempts.amend_name(after)
            self._publisher.bring_up_to_date(after.namespace, after.name)
        if lifecycle.Discard() in decision.effects:
            self._attempts.discard(build)
        else:
            self._attempts.clear(build)

    def _is_mine(self, present: Build, launched: Build) -> bool:
        return (
            present.status is BuildStatus.BUILDING
            and present.owner == self._server_id
            and present.attempts == launched.attempts
        )

    def _fact(self, build: Build, outcome: Outcome) -> lifecycle.Fact:
        now = self._clock()
        if outcome.finished is not None:
            return lifecycle.Finished(now, outcome.finished.size, outcome.finished.size_own)
        if outcome.stopped == "shutdown" and not build.cancel_requested:
            # Given back, whatever max_attempts says: a clean stop is not a failed try.
            return lifecycle.Orphaned(now, max_attempts=build.attempts + 1, counted=False)
        if outcome.lost is not None:
            return lifecycle.Orphaned(now, self._max_attempts, outcome.counted)
        if outcome.refused is not None:
            return lifecycle.Died(now, outcome.refused.summary)
        return lifecycle.Died(now, "The build was stopped.")

    def _note_warnings(self, build: Build) -> None:
        for warning in self._attempts.warnings(build):
            self._builds.add_warning(build.id, Problem(warning.message, hint=warning.hint))
            warn_of_damage(warning, build.id, self._builds, self._packages)

    def _note_product(self, build: Build, finished: events.Finished) -> None:
        listed = self._attempts.directory(build) / finished.packages
        rows = json.loads(listed.read_text(encoding="utf-8"))
        self._packages.record(
            build.id,
            (PackageRow(**{**row, "depends": tuple(row.get("depends", ()))}) for row in rows),
        )
        self._artifacts.add(build.id, "LOCKFILE", self._layout.lock_artifact(build.id))
        # These are made when somebody asks for them; here it says that they can be had.
        for kind, path in self._layout.on_request(build.id).items():
            self._artifacts.add(build.id, kind, path)
        self._artifacts.add(build.id, "DIRECTORY", build.prefix)

    def _tell_log(self, build: Build, outcome: Outcome) -> None:
        """Write to the log what the build's process could not say itself any more."""
        if build.status is BuildStatus.QUEUED:
            line = "The server was stopped; the build is queued again.\n"
            if outcome.lost is not None:
                line = f"{outcome.lost} The build is queued again.\n"
        elif build.status is BuildStatus.CANCELED:
            line = f"{build.status_info}\n"
        elif outcome.refused is not None and not outcome.told:
            line = f"{outcome.refused.summary}\n"
        else:
            return
        # On a full disk the row has to do: it says the same.
        with (
            contextlib.suppress(OSError),
            Path(self._layout.log(build.id)).open("a", encoding="utf-8") as log,
        ):
            log.write(line)


def _refusal(error: Exception) -> events.Refused:
    if isinstance(error, EnvStoreError):
        return events.Refused("path", error.message, error.hint)
    if isinstance(error, OSError):
        return disk_failure(error, error.filename or ".") or events.Refused(
            "disk",
            f"The build could not begin: {error.strerror or error} ({error.filename}).",
            "Check the free space and the permissions of the store.",
        )
    return _internal(f"The build could not begin: {error}")


def _outcome(done: Future[Outcome]) -> Outcome:
    error = done.exception()
    if error is None:
        return done.result()
    if isinstance(error, SupervisorLost):
        return Outcome(lost=str(error), counted=error.counted)
    return Outcome(refused=_internal(f"The supervisor of the build failed: {error}"))


def _unrecordable(error: Exception) -> events.Refused:
    return _internal(f"The end of the build could not be recorded: {error}")


def _internal(message: str) -> events.Refused:
    hint = "The Jupyter server's log has the details. Rebuild it when the cause is gone."
    return events.Refused("internal", message, hint)
