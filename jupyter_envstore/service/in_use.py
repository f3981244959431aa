"""What keeps builds from being deleted: programs that run from them, and pins."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import psutil

from ..domain.build import Build
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
    users = users_of(prefixes, notebooks)
    if users:
        raise Conflict(
            f"The build is in use by {', '.join(sorted(set(users.values())))}.",
            "Shut these kernels down or restart them with another environment, then try again.",
        )


def refuse_if_pinned(builds: Iterable[Build]) -> None:
    """Raise `Conflict`, naming the builds, if some are pinned."""
    pinned = [str(build.id) for build in builds if build.pinned]
    if pinned:
        which = f"Build {pinned[0]} is" if len(pinned) == 1 else f"Builds {', '.join(pinned)} are"
        raise Conflict(f"{which} pinned.", "Unpin what may go, then delete it.")


def users_of(prefixes: Iterable[str], notebooks: Notebooks) -> dict[str, str]:
    """Return who uses prefixes, by prefix: documents, and processes without one."""
    users = processes_by_prefix(prefixes)
    known = notebooks() if users else {}
    return {
        prefix: ", ".join(sorted({known.get(pid, f"process {pid}") for pid in pids}))
        for prefix, pids in users.items()
    }


def processes_by_prefix(prefixes: Iterable[str]) -> dict[str, list[int]]:
    """Return the ids of the processes whose program lies in a prefix, for those that have some."""
    roots = {os.path.realpath(prefix): prefix for prefix in prefixes}
    found: dict[str, list[int]] = {}
    if not roots:
        return found
    for process in psutil.process_iter(["exe"]):
        program = process.info["exe"]
        for directory in Path(program).parents if program else ():
            if str(directory) in roots:
                found.setdefault(roots[str(directory)], []).append(process.pid)
    return found
