"""What is said about a build's process that broke a limit, or died without a word of its own.

Pure functions of what was observed: see `Evidence`.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass

from ..domain.events import Refused
from ..domain.order import WorkOrder
from .memory import describe

_ABORTED = (-signal.SIGABRT, 127)
"""How a process of rattler ends when memory cannot be had."""


@dataclass(frozen=True)
class Evidence:
    """What was seen of a process until its end. Sizes in bytes."""

    status: int
    """Its exit status, or the signal that ended it, negative."""
    peak: int
    """What the process and its descendants had resident at most, as far as was seen."""
    memory_limit: int
    """What it was allowed."""
    group_kills: int = 0
    """How many processes of the control group the kernel ended meanwhile for want of memory."""


def broken_limit(order: WorkOrder, memory: int, elapsed: float, idle: float) -> Refused | None:
    """Return why the process has to be stopped; None while it keeps its limits.

    `memory` is what it has resident, with its descendants, in bytes; `elapsed` and `idle` are
    the seconds since it began, and since it was last seen to do anything.
    """
    if memory > order.memory_limit:
        return Refused(
            "memory",
            f"The build used {describe(memory)} of memory; its limit is "
            f"{describe(order.memory_limit)}.",
            "Raise c.EnvStore.memory_limit, or ask for fewer packages.",
        )
    if elapsed > order.build_timeout:
        return Refused(
            "timeout",
            f"The build took longer than {order.build_timeout:.0f} seconds.",
            "Raise c.EnvStore.build_timeout, or look in the log for what took so long.",
        )
    if idle > order.stall_timeout:
        return Refused(
            "timeout",
            f"The build did nothing for {order.stall_timeout:.0f} seconds.",
            "Check the network and the channels, then rebuild; "
            "c.EnvStore.stall_timeout sets the limit.",
        )
    return None


def cause_of_death(seen: Evidence) -> Refused:
    """Return why a process that gave no verdict has ended: what is certain, what is likely."""
    peak = (
        f"It had used {describe(seen.peak)} of memory; its limit is {describe(seen.memory_limit)}."
    )
    if seen.group_kills:
        return Refused(
            "memory",
            f"The system ended the build's process because memory ran out. {peak}",
            "Give the machine or the container more memory, or build fewer things at once "
            "(c.EnvStore.max_concurrent_builds).",
        )
    if seen.status in _ABORTED:
        return Refused(
            "memory",
            f"The build's process aborted, most likely because memory ran out. {peak}",
            "Raise c.EnvStore.memory_limit.",
        )
    if seen.status == -signal.SIGKILL:
        return Refused(
            "memory",
            f"The build's process was killed from outside (signal 9), most likely because "
            f"memory ran out. {peak}",
            "Give the machine more memory, or look in the system's log for who killed it.",
        )
    how = f"by signal {-seen.status}" if seen.status < 0 else f"with status {seen.status}"
    return Refused(
        "internal",
        f"The build's process ended {how} without a verdict.",
        "The end of the build's log may say why. Rebuild it; report it if it happens again.",
    )
