"""Keeps an eye on one folder with environment files: what is new or has changed is built.

A thread for each path looks every `LOOK` seconds; one that hangs on a dead mount holds up no
other. It reads a file only when it has stayed the same for `QUIET` seconds: not while it is being
written. Notifications of the system are not used, as network file systems have none.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import stat
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..domain.build import BuildStatus
from ..domain.errors import EnvStoreError, InvalidInput, Problem
from ..domain.lock_text import MAX_BYTES
from ..domain.moments import Clock, utc_now
from ..domain.watched_files import is_watched
from ..store.builds import Builds
from ..store.watched import WatchedFiles
from .file_builds import FileBuilds

_log = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds between two looks."""
QUIET = 2.0
"""Seconds that a file has to have stayed as it is."""
RETRY = 60.0
"""Seconds until what could not be built is tried again: the disk may have room by then."""
MAX_FILES = 1000
"""Files of one folder that are looked at; there are more where the wrong folder is named."""
CLIENT = "watch_paths"
"""What builds say of who sent them."""

_Signature = tuple[int, int, int, int]


@dataclass
class _Seen:
    """A file since it last changed, by this process' monotonic clock."""

    signature: _Signature
    since: float
    next_try: float = 0.0


class _IsThere(Exception):
    """There is a build of the same already: `build_id`, or one that another server has noted."""

    def __init__(self, owner: tuple[str, str], build_id: int | None) -> None:
        super().__init__()
        self.owner = owner
        self.build_id = build_id


class WatchedPath:
    """Watches one folder, or one file."""

    def __init__(
        self,
        path: str,
        *,
        namespace: Callable[[], str],
        file_builds: FileBuilds,
        files: WatchedFiles,
        builds: Builds,
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`namespace` can be changed while the store runs."""
        self.path = path
        self.problem: str | None = None
        """Why the folder as a whole cannot be looked at: a sentence."""
        self._namespace = namespace
        self._file_builds = file_builds
        self._files = files
        self._builds = builds
        self._clock = clock
        self._monotonic = monotonic
        self._seen: dict[str, _Seen] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="envstore-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> bool:
        """Watch no more; return whether the thread has ended, which a dead mount can prevent."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(0.25)
        return not self._thread.is_alive()

    def sees(self, path: str) -> bool:
        """Tell whether a file was there at the last look."""
        return path in self._seen

    def look(self) -> None:
        """Deal with what is new or has changed, and is not being written. Never fails."""
        now = self._monotonic()
        signatures = self._signatures()
        before, self._seen = self._seen, {}
        for path, signature in signatures.items():
            seen = before.get(path)
            if seen is None or seen.signature != signature:
                seen = _Seen(signature, now)
            self._seen[path] = seen
        for path, seen in list(self._seen.items()):
            if self._stopping.is_set():
                return
            if now - seen.since >= QUIET and now >= seen.next_try:
                done = self._deal_with(path, seen.signature)
                seen.next_try = float("inf") if done else now + RETRY

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look()
            except Exception:  # noqa: BLE001 -- the thread has to survive
                _log.exception("Watching %s failed; it is tried again.", self.path)
            self._stopping.wait(LOOK)

    # -- the folder -------------------------------------------------------------------------------

    def _signatures(self) -> dict[str, _Signature]:
        try:
            paths = self._candidates()
            problem = None
        except OSError as error:
            paths, problem = [], f"{self.path} cannot be read: {error.strerror}."
        if len(paths) > MAX_FILES:
            problem = f"{self.path} has more than {MAX_FILES} environment files; others are left."
        if problem is not None and problem != self.problem:
            _log.warning("c.EnvStore.watch_paths: %s", problem)
        self.problem = problem
        found = {}
        for path in paths[:MAX_FILES]:
            with contextlib.suppress(OSError):  # It is gone since the folder was listed.
                if stat.S_ISREG((status := path.stat()).st_mode):
                    found[str(path)] = _signature(status)
        return found

    def _candidates(self) -> list[Path]:
        path = Path(self.path)
        if stat.S_ISREG(path.stat().st_mode):
            return [path]
        with os.scandir(path) as entries:
            return sorted(Path(entry.path) for entry in entries if is_watched(entry.name))

    # -- one file ---------------------------------------------------------------------------------

    def _deal_with(self, path: str, signature: _Signature) -> bool:
        """Have the file built unless it is; return whether nothing is left to do until it changes.

        Whatever is wrong with it is noted once, and stops nothing else.
        """
        try:
            data = _read(path, signature)
        except OSError as error:
            _log.debug("%s cannot be read: %s", path, error)
            return False
        sha256 = hashlib.sha256(data).hexdigest()
        known = self._files.find(path)
        if known is not None and known.sha256 == sha256 and known.build_id is not None:
            return True
        try:
            self._build(path, data, sha256)
        except EnvStoreError as error:
            if self._files.note_problem(path, sha256, error, self._clock()):
                _log.warning("%s is not built: %s %s", path, error.message, error.hint or "")
            return isinstance(error, InvalidInput)
        return True

    def _build(self, path: str, data: bytes, sha256: str) -> None:
        namespace = self._namespace()

        def noted(name: str, build_id: int) -> None:
            owner = namespace, name
            if (same := self._same_as_newest(build_id)) is not None:
                raise _IsThere(owner, same)
            if not self._files.note_build(path, sha256, owner, build_id, self._clock()):
                raise _IsThere(owner, None)

        try:
            made = self._file_builds.submit(
                _text(data), path, namespace, client=CLIENT, noted=noted
            )
        except _IsThere as there:  # It was not asked for: the transaction has been rolled back.
            if there.build_id is not None:
                self._files.note_build(path, sha256, there.owner, there.build_id, self._clock())
        else:
            _log.info("%s is built: build %s.", path, made.build_id)

    def _same_as_newest(self, build_id: int) -> int | None:
        """Return the newest other build of the environment if it is of the very same text.

        So it is for all files when the database was lost and builds were adopted.
        """
        build = self._builds.find(build_id)
        if build is None:
            return None
        others = [
            other
            for other in self._builds.of_environment(build.environment_id)
            if other.id != build_id
        ]
        if not others or others[-1].text != build.text:
            return None
        is_lost = others[-1].status in (BuildStatus.FAILED, BuildStatus.CANCELED)
        return None if is_lost else others[-1].id


def _signature(status: os.stat_result) -> _Signature:
    return status.st_mtime_ns, status.st_size, status.st_ino, status.st_dev


def _read(path: str, signature: _Signature) -> bytes:
    """Return what a file holds; raise OSError if it is another one by now, or changes meanwhile."""
    # Not to wait for the other end, if it has become a pipe.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(MAX_BYTES + 1)
        if _signature(os.fstat(descriptor)) != signature:
            raise OSError(f"{path} changes while it is read")
    return data


def _text(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise InvalidInput([Problem(f"The file has more than {MAX_BYTES:,} bytes.")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            [Problem(f"The file is not text in UTF-8: {error}.", hint="Save it in UTF-8.")]
        ) from None
