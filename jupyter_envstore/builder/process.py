"""A build's process: started in a session of its own, watched, and ended with all it started."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from typing_extensions import Self

from ..domain.conda_merge import VARIABLES as CONDA_SETTINGS
from ..domain.order import WorkOrder
from ..engine import family
from ..engine.protocol import EVENTS_FILE, ORDER_FILE
from ..engine.tool_version import LOCATIONS

if sys.platform != "win32":
    import resource

WORKER_MODULE = "jupyter_envstore.engine.worker"
TEMPORARY = "tmp"
"""In the attempt's directory: for the temporary files of the build, so that none outlives it."""

_TERMINATION_GRACE = 0.5
"""Seconds between asking a build's programs to end and making them."""
_DEATH_PATIENCE = 5.0
"""Seconds that the kernel gets to end what was sent signal 9."""
_LONGEST_SOCKET = 104
"""Characters of a Unix socket's path on every system; programs put sockets into `TEMPORARY`."""
_SOCKET_NAME = 40
"""Characters of such a socket's path below it, at most: ``/pymp-abcdefgh/listener-abcdefgh``."""

_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in the unit of ``ru_maxrss``."""


class WorkerProcess:
    """One running worker. Use it as a context manager: leaving it ends all that it started.

    The process holds the reading end of a pipe whose writing end is here: when this process is
    gone, however that came about, the worker sees the end of the pipe and ends itself.
    """

    def __init__(self, order: WorkOrder) -> None:
        directory = Path(order.directory)
        self._mark = family.mark_of(order.store_id, directory)
        self._own_peak = _peak_of_this_process()
        self._status: int | None = None
        self.peak_memory = 0
        """Bytes that one process of the build had resident at most; known when it has ended."""
        (directory / TEMPORARY).mkdir(mode=0o700, exist_ok=True)
        with (
            (directory / EVENTS_FILE).open("ab") as events,
            Path(order.log).open("ab") as log,
        ):
            self._process = subprocess.Popen(
                [sys.executable, "-m", WORKER_MODULE, str(directory / ORDER_FILE)],
                stdin=subprocess.PIPE,
                stdout=events,
                stderr=log,
                cwd=directory,
                env=_environment(self._mark, directory / TEMPORARY),
                start_new_session=True,
            )
        self.pid = self._process.pid
        self._exit = os.pidfd_open(self.pid) if hasattr(os, "pidfd_open") else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        if self._exit is not None:
            os.close(self._exit)

    def wait(self, seconds: float) -> int | None:
        """Wait for the end of the process, at most so long; return its exit status or None.

        What it has left running is ended, too, before this returns a status.
        """
        if self._status is None and self._ends_within(seconds):
            self._bury()
        return self._status

    def stop(self) -> None:
        """Ask what the process has started to end; then end it, and the process."""
        self._end(grace=_TERMINATION_GRACE)

    def kill(self) -> None:
        """End the process and all that it started; return when none of them lives."""
        self._end(grace=0.0)

    def usage(self) -> Usage:
        """Return what the process and its descendants use now."""
        memory, cpu, written = 0, 0.0, 0
        for process in self._members():
            with contextlib.suppress(psutil.Error):
                memory += process.memory_info().rss
                times = process.cpu_times()
                cpu += times.user + times.system
                if hasattr(process, "io_counters"):  # Not on macOS.
                    # Not write_bytes: a few lines in a log do not reach the disk for a while.
                    written += process.io_counters().write_chars
        return Usage(memory, cpu, written)

    # -- its end ----------------------------------------------------------------------------------

    def _end(self, grace: float) -> None:
        if self._status is not None:
            return
        if not self._ends_within(0):
            # Stopped, it starts nothing more, and stays the parent of what loses its own.
            self._freeze()
            family.end_all(self._relatives, _DEATH_PATIENCE, grace)
            self._end_group()
            self._ends_within(_DEATH_PATIENCE)
        self._bury()

    def _bury(self) -> None:
        """End what is left, then let the kernel forget the process: its id may be used again."""
        self._end_group()
        family.end_all(self._relatives, _DEATH_PATIENCE)
        self._status = self._process.returncode = self._reap()

    def _end_group(self) -> None:
        """End the process, and in the same moment all that stayed in its group.

        A program that starts itself anew and ends, over and over, is never found by looking: it is
        another one each time. The id of the group is no other's before the process is reaped.
        """
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        else:
            with contextlib.suppress(psutil.Error):
                psutil.Process(self.pid).kill()

    def _reap(self) -> int:
        if sys.platform == "win32":
            return self._process.wait()
        try:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
        except ChildProcessError:  # Somebody in this program waits for children that are not his.
            return 0
        if pid != self.pid:
            return -signal.SIGKILL  # The kernel itself holds it; it ends before it does anything.
        # The kernel counts in what this process had when it started the other.
        peak = usage.ru_maxrss * _MAXRSS_UNIT
        self.peak_memory = peak if peak > self._own_peak else 0
        return os.waitstatus_to_exitcode(status)

    def _ends_within(self, seconds: float) -> bool:
        """Wait for the end, but leave the process in the table: its id cannot be used again."""
        if self._exit is not None:
            # Woken at the very moment it ends: no interval is lost between end and publishing.
            poll = select.poll()
            poll.register(self._exit, select.POLLIN)
            return bool(poll.poll(seconds * 1000))
        deadline = time.monotonic() + seconds
        while not self._has_ended():
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.01)
        return True

    def _has_ended(self) -> bool:
        if sys.platform == "win32":
            return self._process.poll() is not None
        try:
            flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
            return os.waitid(os.P_PID, self.pid, flags) is not None
        except ChildProcessError:
            return True

    def _freeze(self) -> None:
        with contextlib.suppress(psutil.Error):
            psutil.Process(self.pid).suspend()

    def _relatives(self) -> Iterator[psutil.Process]:
        """Yield all that the process has started, directly or not."""
        for process in (
            *family.descendants(self.pid),
            *family.in_session(self.pid),
            *family.marked(self._mark),
        ):
            if process.pid != self.pid:
                yield process

    def _members(self) -> list[psutil.Process]:
        try:
            return [psutil.Process(self.pid), *family.descendants(self.pid)]
        except psutil.Error:
            return []


class Usage:
    """Memory in bytes, processor time in seconds, bytes written."""

    def __init__(self, memory: int, cpu: float, written: int) -> None:
        self.memory = memory
        self.cpu = cpu
        self.written = written

    def moved_since(self, earlier: Usage) -> bool:
        """Tell whether the processes did anything between the two looks."""
        return self.cpu - earlier.cpu > 0.01 or self.written != earlier.written


def worker_environment() -> dict[str, str]:
    """The server's environment, without what would change how Python or conda packages behave.

    conda's settings stay: the process reads them as conda does. The bounds of threads and arenas
    keep rattler's address space small: without them it reserves more than a gigabyte.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in ("PYTHONPATH", *LOCATIONS)
        or name in CONDA_SETTINGS
        or not name.startswith(("PYTHON", "CONDA_", "JPY_", "JUPYTER"))
    }
    threads = str(min(4, os.cpu_count() or 1))
    bounds = {
        "MALLOC_ARENA_MAX": "2",
        "TOKIO_WORKER_THREADS": threads,
        "RAYON_NUM_THREADS": threads,
    }
    return {**kept, **bounds}


def _environment(mark: str, temporary: Path) -> dict[str, str]:
    own = {family.ATTEMPT_VARIABLE: mark}
    if len(str(temporary)) + _SOCKET_NAME <= _LONGEST_SOCKET:
        own |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
    return {**worker_environment(), **own}


def _peak_of_this_process() -> int:
    if sys.platform == "win32":
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS_UNIT


def end_left_over(store_id: str, directory: str | Path) -> bool:
    """End all that is left of an attempt whose supervisor is gone; return whether nothing is.

    Found by the mark alone: ids are used again, and times of start change when a clock is set.
    """
    mark = family.mark_of(store_id, directory)

    def find() -> Iterator[psutil.Process]:
        for process in family.marked(mark):
            # The children first, while they are still known as such.
            yield from family.descendants(process.pid)
            yield process

    return family.end_all(find, _DEATH_PATIENCE)
