"""A build's process: started in a group of its own, watched, and ended with all it started."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
from typing_extensions import Self

from ..domain.conda_merge import VARIABLES as CONDA_SETTINGS
from ..domain.order import WorkOrder
from ..engine.protocol import EVENTS_FILE, ORDER_FILE

WORKER_MODULE = "jupyter_envstore.engine.worker"
_TERMINATION_GRACE = 0.5
"""Seconds between asking the process to end and making it."""
_DEATH_PATIENCE = 5.0
"""Seconds that the kernel gets to end what was sent signal 9."""


class WorkerProcess:
    """One running worker. Use it as a context manager: leaving it ends the process group.

    The process holds the reading end of a pipe whose writing end is here: when this process is
    gone, however that came about, the worker sees the end of the pipe and ends itself.
    """

    def __init__(self, order: WorkOrder) -> None:
        directory = Path(order.directory)
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
                env=_environment(),
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
        """Wait for the end of the process, at most so long; return its exit status or None."""
        if self._exit is not None:
            # Woken at the very moment it ends: no interval is lost between end and publishing.
            select.select([self._exit], [], [], seconds)
            return self._process.poll()
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        """Ask the process group to end, then end it."""
        family = self._family()
        self._signal(signal.SIGTERM)
        self.wait(_TERMINATION_GRACE)
        self.kill(family)

    def kill(self, family: list[psutil.Process] | None = None) -> None:
        """End the process and all that it started; return when none of them lives."""
        family = [*(self._family() if family is None else family), *self._session()]
        self._signal(signal.SIGKILL)
        for relative in family:
            with contextlib.suppress(psutil.Error):
                relative.kill()
        self._process.wait()
        _wait_until_dead(family)

    def usage(self) -> Usage:
        """Return what the process and its descendants use now."""
        memory, cpu, written = 0, 0.0, 0
        for process in self._members():
            with contextlib.suppress(psutil.Error):
                memory += process.memory_info().rss
                times = process.cpu_times()
                cpu += times.user + times.system
                # Not write_bytes: a few lines in a log do not reach the disk for a while.
                written += process.io_counters().write_chars
        return Usage(memory, cpu, written)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def _family(self) -> list[psutil.Process]:
        try:
            return psutil.Process(self.pid).children(recursive=True)
        except psutil.Error:
            return []

    def _session(self) -> list[psutil.Process]:
        """The others in the process's session: also those whose parent has ended before them."""
        others = []
        for pid in psutil.pids():
            with contextlib.suppress(OSError, psutil.Error):
                if pid != self.pid and os.getsid(pid) == self.pid:
                    others.append(psutil.Process(pid))
        return others

    def _members(self) -> list[psutil.Process]:
        try:
            return [psutil.Process(self.pid), *self._family()]
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


def _wait_until_dead(processes: list[psutil.Process]) -> None:
    """Wait until none of them can write any more, for at most `_DEATH_PATIENCE` seconds.

    Not until they are gone from the process table: in a container, often nobody reaps orphans.
    """
    deadline = time.monotonic() + _DEATH_PATIENCE
    while any(map(_is_live, processes)) and time.monotonic() < deadline:
        time.sleep(0.01)


def _is_live(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _environment() -> dict[str, str]:
    """The server's environment, without what would change how Python or conda packages behave.

    conda's settings stay: the process reads them as conda does. The bounds of threads and arenas
    keep rattler's address space small: without them it reserves more than a gigabyte.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name == "PYTHONPATH"
        or name in CONDA_SETTINGS
        or not name.startswith(("PYTHON", "CONDA_", "JPY_", "JUPYTER"))
    }
    threads = str(min(4, os.cpu_count() or 1))
    return {
        **kept,
        "MALLOC_ARENA_MAX": "2",
        "TOKIO_WORKER_THREADS": threads,
        "RAYON_NUM_THREADS": threads,
    }


def end_left_over(pid: int, started: float) -> None:
    """End a worker whose supervisor is gone, if the process with this id still is that worker.

    `started` is when it began, in seconds since the epoch: ids are used again.
    """
    with contextlib.suppress(psutil.Error, ProcessLookupError, PermissionError):
        if abs(psutil.Process(pid).create_time() - started) < 5:
            os.killpg(pid, signal.SIGKILL)
            time.sleep(0)
