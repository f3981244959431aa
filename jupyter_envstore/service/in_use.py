"""Which prefixes are in use by running programs: these are not deleted under them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import psutil

from ..domain.errors import Conflict

Notebooks = Callable[[], Mapping[int, str]]
"""Returns the documents of this server's kernels, by the process id of the kernel.

The edge, which knows Jupyter, provides it.
"""


def refuse_if_used(prefixes: Iterable[str], notebooks: Notebooks) -> None:
    """Raise `Conflict`, naming the notebooks, if a program runs from one of the prefixes.

    It is the processes that count, not the kernels of this server: those of other servers, and
    programs that were started by hand, lose their files just the same.
    """
    users = processes_below(prefixes)
    if not users:
        return
    known = notebooks()
    names = sorted({known.get(pid, f"process {pid}") for pid in users})
    raise Conflict(
        f"The build is in use by {', '.join(names)}.",
        "Shut these kernels down or restart them with another environment, then try again.",
    )


def processes_below(prefixes: Iterable[str]) -> list[int]:
    """Return the ids of the processes whose program lies in one of the prefixes."""
    roots = {os.path.realpath(prefix) for prefix in prefixes}
    return [
        process.pid
        for process in psutil.process_iter(["exe"])
        if process.info["exe"]
        and any(Path(process.info["exe"]).is_relative_to(root) for root in roots)
    ]
