"""Searches for packages in a channel of 660,000 records: how long a reply takes, over HTTP.

The channel is made up (see `synthetic_repodata`). Its index is made by the process that makes it
for a server, of which time and memory are measured, too. Then a server answers searches that differ
from each other: what a person types, what conda-store-ui asks, and lists in every order. The first
few are not counted, as they read the index from the disk.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from jupyter_envstore.builder.package_indexer import INDEX_WORKER_MODULE
from jupyter_envstore.builder.process import worker_environment
from jupyter_envstore.domain.index_order import IndexOrder
from tools.jupyter_process import JupyterServer

from .big_solve import synthetic_channel
from .client import connected
from .figures import Figure, Measurement, highest, percentile
from .synthetic_repodata import NAMES, package_name
from .workplace import API, workplace

SEARCHES = 150
"""Of each kind."""
REPLY_LIMIT = 50.0
"""Milliseconds, for 99 of 100 replies."""
MEMORY_LIMIT = 500.0
"""Megabytes that the index's process may occupy."""

_SEED = 5

Kinds = dict[str, Callable[[random.Random], str]]


def measure() -> Measurement:
    """Make the index, then search it."""
    channel = synthetic_channel().as_uri()
    with workplace() as place:
        directory = place.store / ".envstore" / "cache" / "index"
        directory.mkdir(parents=True)
        order = IndexOrder(
            directory=str(directory),
            repodata_cache=str(place.repodata_cache),
            channels=(channel,),
            subdirs=("linux-64", "noarch"),
        )
        seconds, peak = _make_index(order)
        size = (directory / "packages.db").stat().st_size
        with place.server(options={"EnvStore.conda_default_channels": [channel]}) as server:
            taken = asyncio.run(_search(server))
    figures: list[Figure] = [
        highest("index made", "s", [seconds]),
        highest("index made: peak", "MB", [peak / 1e6], limit=MEMORY_LIMIT),
        highest("index: size", "MB", [size / 1e6]),
    ]
    for kind, times in taken.items():
        figures.append(percentile(f"{kind}, p50", "ms", times, 0.5))
        figures.append(percentile(f"{kind}, p99", "ms", times, 0.99, limit=REPLY_LIMIT))
    return Measurement(tuple(figures))


def _make_index(order: IndexOrder) -> tuple[float, int]:
    """Return the seconds that it took, and the bytes that the process had resident at most."""
    path = Path(order.directory) / "order.json"
    path.write_text(json.dumps(dataclasses.asdict(order)), encoding="utf-8")
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", INDEX_WORKER_MODULE, str(path)],
        stdin=subprocess.PIPE,
        env=worker_environment(),
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.stdin is not None
    process.stdin.close()
    if process.returncode != 0:
        raise RuntimeError(f"The index's process ended with status {process.returncode}.")
    return seconds, usage.ru_maxrss * 1024


def _kinds() -> Kinds:
    def a_name(numbers: random.Random) -> str:
        return package_name(numbers.randrange(NAMES))

    return {
        "beginning of a name": lambda numbers: (
            f"search={a_name(numbers)[: -numbers.randint(1, 3)]}"
        ),
        "part of a name": lambda numbers: f"search={numbers.randrange(10, 10_000)}",
        "part of every name": lambda _: "search=synthetic",
        "names, each once": lambda numbers: f"search={numbers.randrange(100)}&distinct_on=name",
        "versions of a name": lambda numbers: (
            f"search={a_name(numbers)}&exact=true&distinct_on=version&order=desc&sort_by=version"
        ),
        "sorted by version": lambda numbers: f"search={numbers.randrange(100)}&sort_by=version",
        "any page of all": lambda numbers: f"page={numbers.randrange(1, 6000)}",
    }


async def _search(server: JupyterServer) -> dict[str, list[float]]:
    """Return the milliseconds of each search, by kind; the kinds take turns."""
    numbers = random.Random(_SEED)
    kinds = _kinds()
    taken: dict[str, list[float]] = {kind: [] for kind in kinds}
    async with connected(server) as client:
        for turn in range(SEARCHES + 3):
            for kind, make in kinds.items():
                path = f"{API}package/?{make(numbers)}"
                began = time.monotonic()
                found = await client.request("GET", path)
                seconds = time.monotonic() - began
                if found is None:
                    raise RuntimeError(f"{path} was not answered.")
                if turn >= 3:
                    taken[kind].append(seconds * 1000)
    return taken
