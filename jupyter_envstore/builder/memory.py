"""What the control group says about memory: its limits, and whom the kernel has ended for it.

Source: the kernel's documents ``cgroup-v1/memory`` and ``cgroup-v2``, section "Memory".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ..domain.order import WorkOrder
from ..engine.process import LEAST_MEMORY

_PROC = Path("/proc")
_NO_LIMIT = 1 << 60
"""Bytes. Version 1 writes a number about as large as it can where there is no limit."""


@dataclass(frozen=True)
class _Names:
    """What the two versions call the same things."""

    limit: str
    usage: str
    events: str
    file_cache: tuple[str, ...]
    """Names in ``memory.stat`` of what the kernel takes back when memory is short."""


_V1 = _Names(
    "memory.limit_in_bytes",
    "memory.usage_in_bytes",
    "memory.oom_control",
    ("total_inactive_file", "total_active_file"),
)
_V2 = _Names("memory.max", "memory.current", "memory.events", ("inactive_file", "active_file"))


class MemoryGroup:
    """The control group that bounds the memory of this process, of version 1 or 2, or none.

    Limits are nested: each level up to the mount point may have one, and the tightest decides.
    """

    def __init__(self, proc: Path = _PROC) -> None:
        self._names, self._levels = _find(proc)

    def limit(self) -> int | None:
        """Return the bytes that all processes of the group may have together; None: no limit."""
        return min((limit for _, limit in self._limits()), default=None)

    def available(self) -> int | None:
        """Return the bytes that the group leaves; None without a limit.

        Cached files do not count as used: the kernel drops them when memory is asked for.
        """
        left = [limit - self._used(level) for level, limit in self._limits()]
        return max(0, min(left)) if left else None

    def oom_kills(self) -> int | None:
        """Return how many of its processes the kernel has ended for want of memory.

        Also those that it ended because the whole machine had none left. None: nobody counts.
        """
        for level in self._levels:
            count = _table(level / self._names.events).get("oom_kill")
            if count is not None:
                return count
        return None

    def _limits(self) -> Iterator[tuple[Path, int]]:
        for level in self._levels:
            limit = _number(level / self._names.limit)
            if limit is not None and limit < _NO_LIMIT:
                yield level, limit

    def _used(self, level: Path) -> int:
        statistics = _table(level / "memory.stat")
        cached = sum(statistics.get(name, 0) for name in self._names.file_cache)
        return max(0, (_number(level / self._names.usage) or 0) - cached)


@dataclass(frozen=True)
class KillCount:
    """Processes ended for want of memory, in the control group and on the machine.

    None where nobody counts them.
    """

    group: int | None = None
    machine: int | None = None

    def since(self, before: KillCount) -> KillCount:
        """Return how many more these are than those before."""
        return KillCount(
            _difference(self.group, before.group), _difference(self.machine, before.machine)
        )


def count_kills(proc: Path = _PROC) -> KillCount:
    """Return the counts of now."""
    return KillCount(MemoryGroup(proc).oom_kills(), _table(proc / "vmstat").get("oom_kill"))


def within_group(order: WorkOrder, group: MemoryGroup) -> WorkOrder:
    """Return the order with its limit lowered to what the group leaves, though never too far."""
    available = group.available()
    if available is None or available >= order.memory_limit:
        return order
    return replace(order, memory_limit=max(available, LEAST_MEMORY), memory_is_scarce=True)


def _find(proc: Path) -> tuple[_Names, tuple[Path, ...]]:
    """Return the names that hold, and the directories of the group and of those around it."""
    try:
        groups = (proc / "self" / "cgroup").read_text(encoding="utf-8").splitlines()
        mounts = (proc / "self" / "mountinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return _V2, ()
    for group in groups:
        _, controllers, path = group.split(":", 2)
        if "memory" in controllers.split(","):
            # Also where version 2 is mounted beside it: a controller belongs to one of them.
            return _V1, _levels(mounts, path, "cgroup", "memory")
    path = next((group[3:] for group in groups if group.startswith("0::")), "/")
    return _V2, _levels(mounts, path, "cgroup2")


def _levels(mounts: list[str], path: str, kind: str, option: str = "") -> tuple[Path, ...]:
    """Return the group's directory and its parents, below the mount that shows it.

    A container may see a part of the hierarchy only: field 4 of ``mountinfo`` says which.
    """
    for mount in mounts:
        fields, _, source = mount.partition(" - ")
        root, point = (_unescaped(field) for field in fields.split()[3:5])
        type_, _, options = source.split(" ", 2)
        if type_ != kind or (option and option not in options.split(",")):
            continue
        top = Path(point)
        inside = Path(path).is_relative_to(root) and ".." not in Path(path).parts
        own = top / Path(path).relative_to(root) if inside else top
        if not own.is_dir():
            return (top,)
        return (own, *(parent for parent in own.parents if parent.is_relative_to(top)))
    return ()


def _unescaped(field: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):  # Missing, or the word ``max``.
        return None


def _table(path: Path) -> dict[str, int]:
    """Return the numbers of a file of lines ``name number``; empty if there is none."""
    try:
        rows = [line.split() for line in path.read_text(encoding="ascii").splitlines()]
    except (OSError, ValueError):
        return {}
    return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}


def _difference(now: int | None, before: int | None) -> int | None:
    return None if now is None or before is None else now - before
