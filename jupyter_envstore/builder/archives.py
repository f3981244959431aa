"""Archives of builds, made in processes of their own: each once, however many ask for it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from ..domain.errors import StoreUnusable

_MODULE = "jupyter_envstore.engine.archive"
_AT_ONCE = 1
"""Archives made at the same time: each takes a processor and reads a whole prefix."""
_LONGEST_REASON = 500
"""Characters of what the process says that are passed on."""


class Archives:
    """Makes archives, and ends what makes them when the server stops."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="envstore-archive")
        self._lock = threading.Lock()
        self._waiting: dict[Path, list[Future[None]]] = {}
        self._running: set[subprocess.Popen[str]] = set()
        self._stopped = False

    def make(self, prefix: Path, archive: Path) -> Future[None]:
        """Return a future of the caller's own; it is done when the archive is there.

        Its exception is `StoreUnusable` if there will be none. To cancel it ends only the waiting.
        """
        mine: Future[None] = Future()
        with self._lock:
            if self._stopped:
                raise _stopping()
            others = self._waiting.get(archive)
            if others is not None:
                others.append(mine)
                return mine
            self._waiting[archive] = [mine]
        self._threads.submit(self._run, prefix, archive)
        return mine

    def stop(self) -> None:
        """End the processes; those who wait are told that the server stops."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                process.kill()
        self._threads.shutdown(wait=True)

    def _run(self, prefix: Path, archive: Path) -> None:
        error: BaseException | None = None
        try:
            self._make(prefix, archive)
        except OSError as raised:
            error = _impossible(prefix, str(raised))
        except BaseException as raised:  # noqa: BLE001  # Told to all who wait.
            error = raised
        with self._lock:
            waiting = self._waiting.pop(archive)
        for future in waiting:
            if not future.set_running_or_notify_cancel():
                continue
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)

    def _make(self, prefix: Path, archive: Path) -> None:
        archive.parent.mkdir(parents=True, exist_ok=True)
        with self._process(prefix, archive) as process:
            # Standard input stays open until the end: it is the lifeline.
            said = process.stderr.read() if process.stderr is not None else ""
            status = process.wait()
        if self._stopped:
            raise _stopping()
        if status != 0:
            reason = said.strip()[-_LONGEST_REASON:] or f"its process ended with status {status}"
            raise _impossible(prefix, reason)

    @contextlib.contextmanager
    def _process(self, prefix: Path, archive: Path) -> Iterator[subprocess.Popen[str]]:
        with self._lock:
            if self._stopped:
                raise _stopping()
            process = subprocess.Popen(
                [sys.executable, "-m", _MODULE, str(prefix), str(archive)],
                cwd=archive.parent,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
            self._running.add(process)
        try:
            with process:
                yield process
        finally:
            with self._lock:
                self._running.discard(process)


def _impossible(prefix: Path, reason: str) -> StoreUnusable:
    return StoreUnusable(
        f"The archive of {prefix.name} could not be made: {reason}",
        "See that the disk of the store has room and the build is still there; try again.",
    )


def _stopping() -> StoreUnusable:
    return StoreUnusable("The server is stopping.", "Try again when it runs again.")
