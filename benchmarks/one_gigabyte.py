"""A server and one build in one gigabyte.

The build is the heaviest that a small machine will see: besides its packages it reads an index of
660,000 records in one piece, and nothing is in any cache. Two bounds are in force meanwhile, which
add up to one gigabyte: that of the build's process tree (``memory_limit``), and one on the data of
the server. What both really have resident is added up, shared pages once.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from .big_solve import served, synthetic_channel
from .client import connected
from .figures import Measurement, highest
from .memory import FamilyPeak
from .workplace import Packages, real_packages, workplace

LIMIT = 1000.0
"""Megabytes."""
BUILDS = 3

_BUILD = 512 << 20
"""Bytes: the least that ``memory_limit`` may be."""
_SERVER = 1_000_000_000 - _BUILD


def measure() -> Measurement:
    """Build a few times, each time with a new store."""
    real = real_packages()
    totals, builds = [], []
    with served(synthetic_channel()) as http:
        packages = replace(real, channels=(*real.channels, f"{http}/whole"))
        for _ in range(BUILDS):
            peak = asyncio.run(_peak(packages))
            totals.append(peak.bytes / 1e6)
            builds.append(peak.largest_child / 1e6)
    return Measurement(
        (
            highest("server and build together", "MB", totals, limit=LIMIT),
            highest("the build's process", "MB", builds),
        )
    )


async def _peak(packages: Packages) -> FamilyPeak:
    with workplace() as place, _bounded_data(_SERVER):
        options = {"EnvStore.memory_limit": _BUILD}
        with place.server(options=options) as server:
            async with connected(server) as client:
                with FamilyPeak(server.pid) as peak:
                    await client.build(packages, "science")
    return peak


@contextmanager
def _bounded_data(size: int) -> Iterator[None]:
    """Let processes that are started meanwhile have `size` bytes of data (``RLIMIT_DATA``)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
