"""An archive that is read, perhaps while it is still being made."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from pathlib import Path

from typing_extensions import Self

from ..domain.archives import FACTS, ArchiveFacts
from ..engine.archive import facts_of, read_facts
from ..engine.locks import LockBusy, relock, unlock_file


class OpenArchive:
    """The file of an archive, held open for one or several who read it.

    While it is open it is locked with others, so that nobody removes it to make room. It is all
    there when `facts` are set; before that, more may come.
    """

    def __init__(self, archive: str, file: str | Path, tag: str) -> None:
        """Open the `file` for one user. Raises OSError, or `LockBusy` while it is removed."""
        self._archive = archive
        self._descriptor = os.open(file, os.O_RDONLY)
        try:
            relock(self._descriptor, exclusive=False, wait=False)
        except BaseException:
            os.close(self._descriptor)
            raise
        self.tag = tag
        self.facts: ArchiveFacts | None = None
        self.size = 0
        """Bytes that there are by now, as far as was looked."""
        self.when_unused: Callable[[], None] = lambda: None
        self._error: BaseException | None = None
        self._users = 1
        self._waiting: list[Future[None]] = []
        self._lock = threading.Lock()

    @classmethod
    def whole(cls, archive: str) -> Self | None:
        """Open an archive that is not made any more; None if there is none."""
        facts = facts_of(archive)
        if facts is None:
            return None
        try:
            opened = cls(archive, archive, facts.tag)
            os.utime(f"{archive}{FACTS}")  # The last use.
        except (OSError, LockBusy):
            return None
        opened.look()
        if opened.facts == facts and not opened.is_removed:
            return opened
        opened.close()
        return None

    # -- for those who read -----------------------------------------------------------------------

    def read(self, offset: int, count: int) -> bytes:
        """Return up to so many bytes; none if there are no more by now."""
        return os.pread(self._descriptor, count, offset)

    def more(self, size: int) -> Future[None]:
        """Return a future that is done when there are more bytes than so many, or no more come.

        Its exception is why the archive will never be whole.
        """
        future: Future[None] = Future()
        with self._lock:
            self._waiting.append(future)
            self._wake(size)
        return future

    def share(self) -> Self:
        """Let one more use it."""
        with self._lock:
            self._users += 1
        return self

    def close(self) -> None:
        """Use it no more; to be called once for each who does."""
        with self._lock:
            self._users -= 1
            if self._users:
                return
        unlock_file(self._descriptor)
        self.when_unused()

    # -- for whoever has it made ------------------------------------------------------------------

    @property
    def is_removed(self) -> bool:
        return os.fstat(self._descriptor).st_nlink == 0

    def look(self) -> None:
        """See what has come since the last look, and tell those who wait."""
        facts = read_facts(self._archive)  # First: what they are about was written before them.
        size = os.fstat(self._descriptor).st_size
        whole = facts is not None and (facts.tag, facts.size) == (self.tag, size)
        with self._lock:
            before, self.size = self.size, size
            if whole:
                self.facts = facts
            self._wake(before)

    def fail(self, error: BaseException) -> None:
        """Tell those who wait, and will wait, that no more comes."""
        with self._lock:
            self._error = error
            self._wake(self.size)

    def _wake(self, before: int) -> None:
        if self.size <= before and self.facts is None and self._error is None:
            return
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            with suppress(InvalidStateError):  # Who has hung up meanwhile.
                if self._error is not None and self.facts is None:
                    future.set_exception(self._error)
                else:
                    future.set_result(None)
