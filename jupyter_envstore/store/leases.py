"""Signs of life: a file that its holder keeps locked, and whose number it makes grow.

Where the locks of all machines are seen, as on one machine always, the lock is the truth: the
kernel releases it however its holder ends, and a holder that is merely stopped keeps it. Some
network file systems keep locks from other machines. For these the number counts: a holder on
another machine is taken for dead when nobody is seen to hold the lock, and the number has stood
still for `PATIENCE` seconds of the observer's own monotonic clock. That clock is never set, and it
stands still while the observer's machine sleeps; clocks of two machines are never compared.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

RENEWAL = 5.0
"""Seconds after which a holder renews its lease at the latest."""
PATIENCE = 60.0
"""Seconds without a renewal until a holder whose lock cannot be seen is taken for dead."""

_DIGITS = 20
_RETIRED = b"-" * _DIGITS
"""Stands in place of the number when the holder has ended in good order."""


class Lease:
    """One holder's sign of life. Not for use by several threads at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._held: BinaryIO | None = None
        self._number = 0

    @property
    def is_held(self) -> bool:
        return self._held is not None

    def take(self) -> None:
        """Take the lease and hold it.

        Raises FileExistsError if it was ever taken before, whether its holder lives or not, and
        FileNotFoundError if its directory is not there.
        """
        # Locked under a name that nobody looks for, then named: no one ever sees it unlocked.
        hidden = self.path.with_name(f".{self.path.name}.{uuid.uuid4().hex[:8]}")
        held: BinaryIO = hidden.open("x+b")
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            holder = {"machine": this_machine(), "host": socket.gethostname(), "pid": os.getpid()}
            held.write(b"%0*d\n%s\n" % (_DIGITS, self._number, json.dumps(holder).encode()))
            held.flush()
            # Not a rename, which would replace the file of another: this fails if there is one.
            os.link(hidden, self.path)
            held = _locked_by_name(self.path, held)
        except BaseException:
            held.close()
            raise
        finally:
            hidden.unlink()
        self._held = held

    def renew(self) -> None:
        """Let others see that the holder lives; raise FileNotFoundError if the file is gone."""
        self._number += 1
        self._write(b"%0*d" % (_DIGITS, self._number))

    def retire(self) -> None:
        """Give the lease up, and leave the file: nobody can take it again."""
        if self._held is not None:
            with contextlib.suppress(OSError):
                self._write(_RETIRED)
            self._close()

    def release(self) -> None:
        """Give the lease up and remove its file."""
        if self._held is not None:
            # On a disk that became read-only the file stays; nobody holds it then, which counts.
            with contextlib.suppress(OSError):
                self.path.unlink(missing_ok=True)
            self._close()

    def _write(self, number: bytes) -> None:
        # Closed again each time: that brings it to the server of a network file system, and makes
        # no disk spin up as `fsync` would.
        descriptor = os.open(self.path, os.O_WRONLY)
        try:
            os.pwrite(descriptor, number, 0)
        finally:
            os.close(descriptor)

    def _close(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None


@dataclass(frozen=True)
class _Seen:
    content: bytes
    since: float


class LeaseWatch:
    """Tells who lives. Keep one for as long as you watch: it remembers what it has seen."""

    def __init__(
        self,
        *,
        machine: str = "",
        clock: Callable[[], float] = time.monotonic,
        patience: float = PATIENCE,
    ) -> None:
        """`clock` counts seconds, and is never set; `machine` is that of the observer."""
        self._machine = machine or this_machine()
        self._clock = clock
        self._patience = patience
        self._seen: dict[Path, _Seen] = {}

    def is_held(self, path: Path) -> bool:
        """Tell whether the holder of the lease at `path` lives. False if there is no such file."""
        try:
            content = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            content = _RETIRED
        if content.startswith(_RETIRED):
            self._seen.pop(path, None)
            return False
        if is_locked(path):
            self._seen.pop(path, None)
            return True
        if _machine_of(content) == self._machine:
            return False
        now = self._clock()
        seen = self._seen.get(path)
        if seen is None or seen.content != content:
            seen = self._seen[path] = _Seen(content, now)
        return now - seen.since < self._patience


def _locked_by_name(path: Path, held: BinaryIO) -> BinaryIO:
    """Return the file whose lock is seen at `path`: `held`, wherever links are the same file.

    They are two for some file systems of user space, such as sshfs.
    """
    named = path.open("r+b")
    try:
        fcntl.flock(named, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        named.close()
        return held
    held.close()
    return named


def is_locked(path: Path) -> bool:
    """Tell whether a process holds the exclusive lock on a file. False if there is no file."""
    try:
        with path.open("rb") as file:
            # Shared: two that look at the same time must not take each other for the owner.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except (FileNotFoundError, NotADirectoryError):
        return False
    return False


def this_machine() -> str:
    """Return a name of the running kernel: those who share it see each other's locks."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return f"{socket.gethostname()}-{uuid.getnode():x}"


def _machine_of(content: bytes) -> str | None:
    try:
        return str(json.loads(content.partition(b"\n")[2])["machine"])
    except (ValueError, KeyError, TypeError):
        return None
