"""What the control group says about memory, and sizes as people read them."""

from __future__ import annotations

from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")


def oom_kills() -> int:
    """Return how often the kernel has ended a process of this control group for want of memory.

    Source: ``memory.events`` of cgroup v2; 0 where there is none.
    """
    try:
        lines = (_own_group() / "memory.events").read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return 0
    counts = dict(line.split() for line in lines)
    return int(counts.get("oom_kill", 0))


def memory_available() -> int | None:
    """Return the bytes that the control group leaves to this process; None without a limit."""
    try:
        group = _own_group()
        limit = (group / "memory.max").read_text(encoding="ascii").strip()
        if limit == "max":
            return None
        return int(limit) - int((group / "memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def describe(size: int) -> str:
    """Return a size in bytes as people read it: ``512 MiB``, ``4.0 GiB``."""
    if size < 1 << 30:
        return f"{size / (1 << 20):.0f} MiB"
    return f"{size / (1 << 30):.1f} GiB"


def _own_group() -> Path:
    for line in Path("/proc/self/cgroup").read_text(encoding="ascii").splitlines():
        if line.startswith("0::"):
            return _CGROUP / line[3:].strip("/")
    raise ValueError("not in a cgroup of version 2")
