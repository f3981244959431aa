"""What is said about a build's process that broke a limit, or died without a word of its own.

Pure functions of what was observed: see `Evidence`.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass, replace

from ..domain.events import Refused
from ..domain.order import WorkOrder
from ..domain.sizes import describe_size
from .memory import KillCount

_ABORTED = (-signal.SIGABRT, 127)
"""How a process of rattler ends when memory cannot be had."""
_KILLED = -9
_SENT_BY_OTHERS = (-1, -2, -3, -15)
"""Signals that end a process because somebody wants it: hang-up, interrupt, quit, terminate."""
_FOR_THE_MACHINE = (
    "Shut down kernels that are not needed, give the machine or the container more memory, or set "
    "c.EnvStore.max_concurrent_builds = 1."
)


@dataclass(frozen=True)
class Evidence:
    """What was seen of a process until its end. Sizes in bytes."""

    status: int
    """Its exit status, or the signal that ended it, negative."""
    peak: int
    """What the process and its descendants had resident at most, as far as was seen."""
    kills: KillCount
    """How many processes the kernel ended for want of memory while this one ran."""
    group_limit: int | None = None
    """What all processes of the control group may have together."""


def broken_limit(order: WorkOrder, memory: int, elapsed: float, idle: float) -> Refused | None:
    """Return why the process has to be stopped; None while it keeps its limits.

    `memory` is what it has resident, with its descendants, in bytes; `elapsed` and `idle` are
    the seconds since it began, and since it was last seen to do anything.
    """
    if memory > order.memory_limit:
        return Refused(
            "memory",
            f"The build used {describe_size(memory)} of memory; its limit is {_limit_of(order)}.",
            f"{_to_get_more_memory(order)} Fewer packages need less.",
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


def cause_of_death(order: WorkOrder, seen: Evidence) -> Refused:
    """Return why a process that gave no verdict has ended: what is certain, what is likely."""
    peak = f"It had used {describe_size(seen.peak)} of memory; its limit is {_limit_of(order)}."
    if seen.status == _KILLED:
        return _killed(seen, peak)
    if seen.kills.group:
        return Refused(
            "memory",
            f"The build's process ended {_manner(seen.status)} after the kernel had ended a "
            f"process of its control group because memory ran out{_bound(seen)}. {peak}",
            _FOR_THE_MACHINE,
        )
    if seen.status in _ABORTED:
        return Refused(
            "memory",
            "The build's process aborted, most likely because it could get no more memory: "
            f"it may not have more than its limit. {peak}",
            _to_get_more_memory(order),
        )
    if seen.status in _SENT_BY_OTHERS:
        return Refused(
            "killed",
            f"The build's process was ended from outside, {_manner(seen.status)}: "
            f"an administrator or a program wanted it to end. {peak}",
            "Rebuild it; if it happens again, ask who administers the machine.",
        )
    return Refused(
        "internal",
        f"The build's process ended {_manner(seen.status)} without a verdict.",
        "The end of the build's log may say why. Rebuild it; report it if it happens again.",
    )


def with_kills(refused: Refused, kills: KillCount) -> Refused:
    """Add to a reason that the process gave itself what it cannot know: a kill of its program."""
    if not kills.group or refused.kind == "memory":
        return refused
    also = (
        "Meanwhile the kernel ended a process of this control group because memory ran out; if it "
        f"was one of this build's, that is the cause. {_FOR_THE_MACHINE}"
    )
    return replace(refused, hint=f"{also} {refused.hint or ''}".rstrip())


def _killed(seen: Evidence, peak: str) -> Refused:
    """Signal 9, which nobody here has sent."""
    if seen.kills.group:
        return Refused(
            "memory",
            f"The kernel ended the build's process because memory ran out{_bound(seen)}. {peak}",
            f"{_FOR_THE_MACHINE} With a c.EnvStore.memory_limit below what is free, a build is "
            "stopped before the kernel has to act.",
        )
    told = "The build's process was killed from outside (signal 9)"
    if seen.kills.group == 0:
        return Refused(
            "killed",
            f"{told} by an administrator or a program: "
            f"the kernel has ended none of its control group for want of memory. {peak}",
            "Rebuild it; if it happens again, ask who administers the machine, or look in its "
            "journal for systemd-oomd, earlyoom or a batch system.",
        )
    if seen.kills.machine:
        return Refused(
            "memory",
            f"{told}, most likely by the kernel: memory ran out on this machine meanwhile. {peak}",
            _FOR_THE_MACHINE,
        )
    return Refused(
        "killed",
        f"{told}: by the kernel, if memory ran out, or by an administrator or a program; "
        f"this system does not say which. {peak}",
        f"Look in the system's log for who killed it. If memory ran out: {_FOR_THE_MACHINE}",
    )


def _limit_of(order: WorkOrder) -> str:
    limit = describe_size(order.memory_limit)
    return f"{limit}, all that was left to it" if order.memory_is_scarce else limit


def _to_get_more_memory(order: WorkOrder) -> str:
    return _FOR_THE_MACHINE if order.memory_is_scarce else "Raise c.EnvStore.memory_limit."


def _bound(seen: Evidence) -> str:
    if seen.group_limit is None:
        return " on this machine"
    return (
        f": everything that runs in its control group, the Jupyter server and its kernels "
        f"included, may have {describe_size(seen.group_limit)} together"
    )


def _manner(status: int) -> str:
    if status >= 0:
        return f"with status {status}"
    try:
        return f"by signal {-status} ({signal.Signals(-status).name})"
    except ValueError:  # A real-time signal.
        return f"by signal {-status}"
