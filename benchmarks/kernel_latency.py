"""COMPLETED to a kernel that can be picked.

The frontend hears that kernels changed and asks the server for its kernelspecs, as JupyterLab
does. Here a client without a browser does the same: the time from the event that says COMPLETED to
a reply of ``/api/kernelspecs`` that has the kernel of that build.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from .client import Client, connected
from .figures import Measurement, median, percentile
from .workplace import Workplace, real_packages, workplace

LIMIT = 1.0
"""Seconds at the 95th percentile."""
BUILDS = 20


def measure() -> Measurement:
    """Build one environment again and again, as its user would."""
    with workplace() as place:
        latencies = asyncio.run(_latencies(place))
    return Measurement(
        (
            percentile("COMPLETED to the kernel, p95", "s", latencies, 0.95, limit=LIMIT),
            median("COMPLETED to the kernel", "s", latencies),
        )
    )


async def _latencies(place: Workplace) -> list[float]:
    with place.server() as server:
        async with connected(server) as client:
            return [await _latency(client) for _ in range(BUILDS)]


async def _latency(client: Client) -> float:
    build = await client.build(real_packages(), "science")
    listed = await client.request("GET", "api/kernelspecs")
    if build.build_id not in _builds(listed):
        raise RuntimeError(f"The kernel of build {build.build_id} was announced, but is not there.")
    return time.time() - build.completed


def _builds(listed: dict[str, Any]) -> set[int]:
    """Return the builds whose kernels are listed."""
    entries = (entry["spec"]["metadata"] for entry in listed["kernelspecs"].values())
    return {metadata["envstore"]["build_id"] for metadata in entries if "envstore" in metadata}
