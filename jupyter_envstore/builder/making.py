"""The making of one archive: its process, and those who wait until there is something to read."""

from __future__ import annotations

import glob
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from pathlib import Path
from typing import IO

from ..domain.archives import PART, ArchiveOrder
from ..domain.errors import StoreUnusable
from ..engine.locks import LockBusy
from .open_archive import OpenArchive

MODULE = "jupyter_envstore.engine.archive"
_UNTIL_IT_BEGINS, _WHILE_IT_GROWS = 0.01, 0.05
"""Seconds between two looks at the file."""
_LONGEST_REASON = 500
"""Characters of what the process says that are passed on."""


class Making:
    """One archive that is being made, here or by a process of another server of the store."""

    def __init__(self, order: ArchiveOrder, when_unused: Callable[[], None]) -> None:
        """`when_unused` is called when the last one who read the archive has closed it."""
        self._order = order
        self._when_unused = when_unused
        self._lock = threading.Lock()
        self._waiting: list[Future[OpenArchive]] = []
        self._open: OpenArchive | None = None
        self._broken: OpenArchive | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ended_by: StoreUnusable | None = None
        self._error: BaseException | None = None

    def join(self, ready: Future[OpenArchive]) -> None:
        """Let a future be done as soon as there is something to read."""
        with self._lock:
            if self._open is None:
                self._waiting.append(ready)
            else:
                _hand_over(ready, self._open)

    def run(self) -> bool:
        """Have the archive made; return whether it is there now. Never raises."""
        try:
            self._run()
        except OSError as raised:
            self._error = _impossible(self._order, str(raised))
        except BaseException as raised:  # noqa: BLE001  # Told to all who wait.
            self._error = raised
        return self._error is None

    def leave(self) -> None:
        """Tell the outcome to those who are left; nobody joins any more."""
        error = self._error or _impossible(self._order, "it is gone again")
        self._give_up(error)
        if self._open is not None:
            if self._error is not None:
                self._open.fail(self._error)
            self._open.close()
        for future in self._waiting:
            with suppress(InvalidStateError):  # Who has hung up meanwhile.
                future.set_exception(error)

    def end(self, reason: StoreUnusable) -> None:
        """End the process; the reason is told to those who read or wait."""
        with self._lock:
            self._ended_by = reason
            if self._process is not None:
                self._process.kill()

    def _run(self) -> None:
        with tempfile.TemporaryFile() as said:
            with self._start(said) as process:
                # Standard input stays open until the end: it is the lifeline.
                status = self._follow(process)
            if self._ended_by is not None:
                raise self._ended_by
            if status != 0:
                said.seek(0)
                reason = said.read().decode("utf-8", "replace").strip()[-_LONGEST_REASON:]
                reason = reason or f"its process ended with status {status}"
                raise _impossible(self._order, reason)
        if self._open is None and (opened := OpenArchive.whole(self._order.archive)):
            self._take(opened)  # It was there by the time that the process began.

    def _start(self, said: IO[bytes]) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._ended_by is not None:
                raise self._ended_by
            self._process = subprocess.Popen(
                [sys.executable, "-m", MODULE, self._order.to_text()],
                cwd=Path(self._order.archive).parent,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
            )
            return self._process

    def _follow(self, process: subprocess.Popen[bytes]) -> int:
        while True:
            patience = _UNTIL_IT_BEGINS if self._open is None else _WHILE_IT_GROWS
            try:
                status = process.wait(patience)
            except subprocess.TimeoutExpired:
                status = None
            self._look()
            if status is not None:
                return status

    def _look(self) -> None:
        opened = self._open
        if opened is not None:
            opened.look()
            if opened.facts is not None or not opened.is_removed:
                return
            # Either our process is about to end, and will have said why; or another server's
            # process began it and died, and ours begins anew.
            with self._lock:
                self._broken, self._open = opened, None
        pattern = f"{glob.escape(self._order.archive)}.*{PART}"
        for part in glob.glob(pattern):  # noqa: PTH207
            with suppress(OSError, LockBusy):
                tag = part.removesuffix(PART).rpartition(".")[2]
                self._take(OpenArchive(self._order.archive, part, tag))
                return

    def _give_up(self, error: BaseException) -> None:
        """Tell those who read what has been removed."""
        if self._broken is not None:
            self._broken.fail(error)
            self._broken.close()
            self._broken = None

    def _take(self, opened: OpenArchive) -> None:
        self._give_up(_impossible(self._order, "the process that made it has died"))
        opened.when_unused = self._when_unused
        opened.look()
        with self._lock:
            self._open = opened
            waiting, self._waiting = self._waiting, []
        for future in waiting:
            _hand_over(future, opened)


def _hand_over(future: Future[OpenArchive], opened: OpenArchive) -> None:
    """Give somebody the archive to use, unless he has gone."""
    opened.share()
    try:
        future.set_result(opened)
    except InvalidStateError:
        opened.close()


def _impossible(order: ArchiveOrder, reason: str) -> StoreUnusable:
    return StoreUnusable(
        f"The archive of {Path(order.prefix).name} could not be made: {reason}",
        "See that the disk of the store has room and the build is still there; try again.",
    )


def stopping() -> StoreUnusable:
    """Return what those are told who wait when the server stops."""
    return StoreUnusable("The server is stopping.", "Try again when it runs again.")


def removed() -> StoreUnusable:
    """Return what those are told who read the archive of a build that goes, or has changed."""
    return StoreUnusable(
        "The build was deleted, shelved or repaired meanwhile.", "Ask for its archive again."
    )
