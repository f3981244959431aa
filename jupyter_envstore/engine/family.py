"""The processes of one attempt: found by what they cannot shed, and ended whatever they do.

A program may leave its process group and its session, and lose its parent. It keeps the variable
that names its attempt, which all that a build starts inherit; and as long as the build's process
lives, whoever loses a parent becomes a child of it (``PR_SET_CHILD_SUBREAPER``).
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import psutil

ATTEMPT_VARIABLE = "ENVSTORE_ATTEMPT"
"""Names the attempt in the environment of every process that works on it; see `mark_of`."""

_LOOK = 0.005
"""Seconds between two looks at processes that are about to end."""

Find = Callable[[], Iterable[psutil.Process]]


def mark_of(store_id: str, directory: str | Path) -> str:
    """Return what `ATTEMPT_VARIABLE` holds for the attempt in this directory."""
    return f"{store_id}:{os.path.realpath(directory)}"


def end_all(find: Find, patience: float, grace: float = 0.0) -> bool:
    """End all processes that `find` finds, again and again until it finds none that lives.

    They are asked first if `grace` is more than 0, and made to end after so many seconds. Returns
    False if some live still after `patience` seconds more: the kernel itself may hold them.
    """
    living = _living(find())
    if living and grace > 0:
        for process in living:
            with contextlib.suppress(psutil.Error):
                process.terminate()
        _wait_for_the_end_of(living, grace)
        living = _living(find())
    deadline = time.monotonic() + patience
    while living:
        for process in living:
            with contextlib.suppress(psutil.Error):
                process.kill()  # It looks whether the id is still that of the same process.
        if not _wait_for_the_end_of(living, deadline - time.monotonic()):
            return False
        living = _living(find())  # What they started meanwhile.
    return True


def descendants(pid: int) -> list[psutil.Process]:
    """Return the children of a process, their children, and so on."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


def in_session(session: int) -> Iterator[psutil.Process]:
    """Yield the processes of a session other than its leader."""
    for pid in psutil.pids():
        with contextlib.suppress(OSError, psutil.Error):
            if pid != session and os.getsid(pid) == session:
                yield psutil.Process(pid)


def marked(mark: str) -> Iterator[psutil.Process]:
    """Yield the processes, other than this one, that have inherited the mark of an attempt."""
    own = os.getpid()
    for pid in psutil.pids():
        with contextlib.suppress(OSError, psutil.Error):
            if pid != own and _has_mark(pid, mark):
                process = psutil.Process(pid)
                if _has_mark(pid, mark):  # The id was not given to another process meanwhile.
                    yield process


def is_live(process: psutil.Process) -> bool:
    """Tell whether a process can still do anything: it exists, and is not waiting to be reaped."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _living(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    return [process for process in processes if is_live(process)]


def _has_mark(pid: int, mark: str) -> bool:
    if sys.platform != "linux":
        return psutil.Process(pid).environ().get(ATTEMPT_VARIABLE) == mark
    # Five times quicker than psutil, and asked of every process there is.
    variables = Path(f"/proc/{pid}/environ").read_bytes()
    return f"{ATTEMPT_VARIABLE}={mark}".encode() in variables.split(b"\0")


def _wait_for_the_end_of(processes: list[psutil.Process], patience: float) -> bool:
    """Not until they are gone from the table of processes: often nobody reaps orphans."""
    deadline = time.monotonic() + patience
    while _living(processes):
        if time.monotonic() >= deadline:
            return False
        time.sleep(_LOOK)
    return True
