"""Which prefixes running kernels use: these are not deleted under them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from ..domain.errors import Conflict


@dataclass(frozen=True)
class RunningKernel:
    """A kernel that this server has started. `notebook` is its document's path, if it has one."""

    prefix: str
    notebook: str | None = None


RunningKernels = Callable[[], Iterable[RunningKernel]]
"""Returns the running kernels of this server. The edge, which knows Jupyter, provides it."""


def refuse_if_used(prefixes: Iterable[str], running: RunningKernels) -> None:
    """Raise `Conflict`, naming the notebooks, if a kernel or process runs from a prefix."""
    wanted = {os.path.realpath(prefix) for prefix in prefixes}
    users = [
        kernel.notebook or "a console"
        for kernel in running()
        if os.path.realpath(kernel.prefix) in wanted
    ]
    # Kernels of other servers, and programs that were started by hand.
    users = users or [f"process {pid}" for pid in _processes_below(wanted)]
    if users:
        raise Conflict(
            f"The build is in use by {', '.join(sorted(set(users)))}.",
            "Shut the kernel down or restart it with another environment, then try again.",
        )


def _processes_below(prefixes: set[str]) -> list[int]:
    found = []
    for process in psutil.process_iter(["exe"]):
        program = process.info["exe"]
        if program and any(Path(program).is_relative_to(prefix) for prefix in prefixes):
            found.append(process.pid)
    return found
