"""How late the server's event loop is while two builds run.

A heartbeat in the server (see `heartbeat`) notes how much later than asked each of its sleeps of
2 ms ended. Rest and builds take turns, so that what the machine itself adds is seen beside it.
Meanwhile a client asks for the environments, as the panel does, and its waiting is measured too.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

from . import heartbeat
from .client import Client, connected
from .figures import Measurement, highest, percentile
from .workplace import API, Workplace, generated_packages, real_packages, workplace

LIMIT = 20.0
"""Milliseconds at the 99th percentile."""
ROUNDS = 6
REST = 2.0
"""Seconds of rest in each round."""
PAUSE = 0.05
"""Seconds between two requests of the client."""


def measure() -> Measurement:
    """Let pairs of builds run, first cold, then warm."""
    with workplace() as place:
        _compile_modules(place)
        lags, replies = asyncio.run(_observe(place))
    return Measurement(
        (
            percentile("lag at rest, p99", "ms", lags["rest"], 0.99),
            percentile("lag, two cold builds, p99", "ms", lags["cold"], 0.99, limit=LIMIT),
            percentile("lag, two warm builds, p99", "ms", lags["warm"], 0.99, limit=LIMIT),
            highest("lag while the store is opened", "ms", lags["opening"]),
            percentile("reply while builds run, p99", "ms", replies, 0.99),
        )
    )


def _compile_modules(place: Workplace) -> None:
    """Let a server run once: installed packages have byte code, these may not have it yet."""
    with place.server(heartbeat.EXTENSION) as server:
        server.request("GET", API)


async def _observe(place: Workplace) -> tuple[dict[str, list[float]], list[float]]:
    """Return lags by what went on, and the milliseconds of each reply meanwhile."""
    lags: dict[str, list[float]] = {"rest": [], "cold": [], "warm": []}
    replies: list[float] = []
    with place.server(heartbeat.EXTENSION) as server:
        async with connected(server) as client:
            lags["opening"] = await client.request("GET", heartbeat.PATH)
            for turn in range(ROUNDS):
                lags["rest"] += await _lags_during(client, asyncio.sleep(REST))
                builds = _two_builds(client, turn, replies)
                lags["warm" if turn else "cold"] += await _lags_during(client, builds)
    return lags, replies


async def _lags_during(client: Client, what: Coroutine[Any, Any, None]) -> list[float]:
    await client.request("DELETE", heartbeat.PATH)
    await what
    lags: list[float] = await client.request("GET", heartbeat.PATH)
    return lags


async def _two_builds(client: Client, turn: int, replies: list[float]) -> None:
    asking = asyncio.ensure_future(_ask(client, replies))
    await asyncio.gather(
        client.build(real_packages(), f"real-{turn}"),
        client.build(generated_packages(), f"generated-{turn}"),
    )
    asking.cancel()


async def _ask(client: Client, replies: list[float]) -> None:
    while True:
        began = time.monotonic()
        await client.request("GET", f"{API}environment")
        replies.append((time.monotonic() - began) * 1000)
        await asyncio.sleep(PAUSE)
