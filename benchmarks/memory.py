"""Resident memory of processes, as the kernel counts it. Linux only, like the local channel."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from types import TracebackType

import psutil
from typing_extensions import Self

_LOOK = 0.02
"""Seconds between two looks at a family of processes."""


def resident(pid: int) -> int:
    """Return the bytes that a process has resident, shared pages counted in full."""
    return _rollup(pid)["Rss"]


def proportional(pid: int) -> int:
    """Return the bytes of a process where each shared page is divided by those that share it."""
    return _rollup(pid)["Pss"]


class FamilyPeak:
    """Watches a process and its descendants until left, in a thread.

    `bytes` is the highest sum of their proportional sizes: what a machine needs for all of them.
    """

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.bytes = 0
        self.largest_child = 0
        """The highest resident size of a single descendant."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._left.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._left.wait(_LOOK):
            total = 0
            for process in (self._process, *self._process.children(recursive=True)):
                # A process may end between being listed and being looked at.
                with contextlib.suppress(OSError):
                    sizes = _rollup(process.pid)
                    total += sizes["Pss"]
                    if process.pid != self._process.pid:
                        self.largest_child = max(self.largest_child, sizes["Rss"])
            self.bytes = max(self.bytes, total)


def _rollup(pid: int) -> dict[str, int]:
    """Return the fields of ``/proc/<pid>/smaps_rollup`` (proc(5)), in bytes."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    fields = (line.split() for line in lines)
    sizes = {name.rstrip(":"): int(size) * 1024 for name, size, _ in fields}
    if "Rss" not in sizes:  # It has ended, and waits for its parent.
        raise ProcessLookupError(f"The process {pid} has no memory any more.")
    return sizes
