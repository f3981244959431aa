"""The build's process as a citizen: limits, priority, its lock, and its end when it is alone."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import sys
import threading
import time
from typing import TYPE_CHECKING

from .locks import LockBusy, lock_file

if TYPE_CHECKING:
    from pathlib import Path

if sys.platform != "win32":
    import resource

LEAST_MEMORY = 512 << 20
"""Bytes. With less, rattler hangs or aborts instead of failing."""

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_OPEN_FILES = 65536
_DEATH_PATIENCE = 2.0
"""Seconds that the kernel gets to end what was sent signal 9."""


def keep_stdout_for_events() -> int:
    """Return a private descriptor of standard output; from now on, fd 1 is the log too.

    Libraries and children may write to fd 1: that must not end up between the events.
    """
    events = os.dup(1)
    os.dup2(2, 1)
    return events


def birth() -> tuple[float, float]:
    """Return when this process was started, in seconds since the epoch, and its age in seconds.

    The first is computed as psutil does, so that the two can be compared.
    """
    try:
        fields = _text_of("/proc/self/stat").rpartition(")")[2].split()
        since_boot = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        boot = next(
            int(line.split()[1])
            for line in _text_of("/proc/stat").splitlines()
            if line.startswith("btime ")
        )
        return boot + since_boot, time.clock_gettime(time.CLOCK_BOOTTIME) - since_boot
    except (OSError, StopIteration, ValueError, AttributeError):
        return time.time(), 0.0


def _text_of(path: str) -> str:
    with open(path, encoding="ascii", errors="replace") as file:  # noqa: PTH123
        return file.read()


def limit(memory: int) -> None:
    """Bound anonymous memory to `memory` bytes, write no core dumps, allow many open files."""
    if sys.platform == "win32":
        return
    bytes_ = max(memory, LEAST_MEMORY)
    _set_limit(resource.RLIMIT_DATA, bytes_, bytes_)
    _set_limit(resource.RLIMIT_CORE, 0, 0)
    # One lock is held for each package while it is linked.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if most == resource.RLIM_INFINITY else min(most, _OPEN_FILES)
    _set_limit(resource.RLIMIT_NOFILE, wanted, most)


def _set_limit(which: int, soft: int, hard: int) -> None:
    with contextlib.suppress(OSError, ValueError):  # A lower limit is in force already.
        resource.setrlimit(which, (soft, hard))


def be_modest() -> None:
    """Give way to the server: lower priority, first to go when memory is short. Best effort."""
    os.umask(0o022)
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(5)
    with (
        contextlib.suppress(OSError),
        open("/proc/self/oom_score_adj", "w", encoding="ascii") as score,  # noqa: PTH123
    ):
        score.write("1000")


def end_with_parent() -> None:
    """End when the supervisor does, with all that was started; the lifeline on stdin tells.

    The kernel wakes this process then, in case somebody has stopped it. Descriptor 0 is the
    null device from now on: what closes or reads it does not touch the lifeline.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)  # No verdict, no clean-up: the supervisor does that.
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            prctl = ctypes.CDLL(None).prctl
            prctl(_PR_SET_PDEATHSIG, signal.SIGCONT)
            # Programs that lose their parent become children of this process: none gets away.
            prctl(_PR_SET_CHILD_SUBREAPER, 1)
    mode = os.fstat(0).st_mode
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        lifeline = os.dup(0)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        threading.Thread(
            target=_watch_lifeline, args=(lifeline,), name="lifeline", daemon=True
        ).start()


def end_what_was_started() -> None:
    """End every process that this one has started, or that has lost its parent below it."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(ChildProcessError):  # There is none: almost always.
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        from . import family

        family.end_all(lambda: family.descendants(os.getpid()), _DEATH_PATIENCE)


def _watch_lifeline(lifeline: int) -> None:
    while os.read(lifeline, 64):
        pass
    try:
        end_what_was_started()
    finally:
        if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)
        os._exit(1)  # Not the leader of a group of its own: the others are not ours to end.


def hold_attempt(path: Path) -> int:
    """Lock the attempt's directory for as long as this process, or a child of it, lives.

    Returns the descriptor, which children inherit if it is passed to them. Raises RuntimeError
    if another process works on the same attempt.
    """
    try:
        return lock_file(path, exclusive=True, wait=False)
    except LockBusy as error:
        raise RuntimeError(f"Another process works on this attempt: {path} is locked.") from error
