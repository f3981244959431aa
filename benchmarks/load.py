"""Three hundred builds queued at once, four running, fifty followers of logs: the server meanwhile.

The builds are real, of one small package. Each follower follows one log after the other to its
end, over a connection of its own. A client lists builds, as the panel does; how long it waits is
compared with the same store at rest, afterwards. Half-way another user asks for a build. What the
server's process holds is counted before and after.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Sequence
from typing import Any

import psutil
from tornado.httpclient import AsyncHTTPClient, HTTPRequest

from tools.jupyter_process import JupyterServer

from . import heartbeat
from .client import Client, connected
from .figures import Figure, Measurement, highest, median, percentile
from .workplace import API, Packages, small_package, workplace

BUILDS = 300
RUNNING = 4
FOLLOWERS = 50
ENVIRONMENTS = 30
WARM_UP = 24
REST = 10.0
"""Seconds."""
PAUSE = 0.05
"""Seconds between two requests of the client."""
LAG_LIMIT = 20.0
"""Milliseconds at the 99th percentile, as for two builds."""
REPLY_LIMIT = 200.0
"""Milliseconds at the 99th percentile: more would be felt."""
TURNS_LIMIT = 1.0
"""Builds of others that are begun between another user's request and their build."""
DESCRIPTORS_LIMIT = 10.0
MEMORY_LIMIT = 25.0
"""Megabytes more than before, as much as the extension itself may take."""
_LIST = f"{API}build?size=100&order=desc"


def measure() -> Measurement:
    """Run the builds, once."""
    packages = small_package()
    options = {"EnvStore.max_concurrent_builds": RUNNING}
    with workplace() as place, place.server(heartbeat.EXTENSION, options) as server:
        return asyncio.run(_observe(server, packages))


async def _observe(server: JupyterServer, packages: Packages) -> Measurement:
    turns: list[float] = []

    async def let_somebody_else_ask() -> None:
        turns.append(await _turns_of_others(server, client, packages))

    async with connected(server) as client:
        warm_up = await _submit_many(client, packages, WARM_UP)
        await _build_all(server, client, warm_up, None)
        before = _held(server)
        submitting = asyncio.ensure_future(_submit_many(client, packages, BUILDS))
        asking = await _observed(server, client, submitting)
        began = time.monotonic()
        building = asyncio.ensure_future(
            _build_all(server, client, submitting.result(), let_somebody_else_ask())
        )
        loaded = await _observed(server, client, building)
        seconds = time.monotonic() - began
        resting = await _observed(server, client, asyncio.sleep(REST))
        after = _held(server)
    return Measurement(
        (
            *_latency("while 300 builds are asked for", *asking),
            *_latency("while they are built", *loaded, limits=(REPLY_LIMIT, LAG_LIMIT)),
            *_latency("afterwards", *resting),
            highest("builds begun before another user's", "", turns, limit=TURNS_LIMIT),
            *_growth(before, after),
            median("builds in a second", "1/s", [BUILDS / seconds]),
        ),
        {"bytes of logs that were followed": building.result()},
    )


def _latency(
    when: str,
    replies: list[float],
    lags: list[float],
    limits: tuple[float | None, float | None] = (None, None),
) -> list[Figure]:
    return [
        percentile(f"reply {when}, p50", "ms", replies, 0.5),
        percentile(f"reply {when}, p99", "ms", replies, 0.99, limit=limits[0]),
        percentile(f"lag {when}, p99", "ms", lags, 0.99, limit=limits[1]),
    ]


async def _observed(
    server: JupyterServer, client: Client, what: Awaitable[Any]
) -> tuple[list[float], list[float]]:
    """Return replies and lags, in milliseconds, while something is done."""
    replies: list[float] = []
    await client.request("DELETE", heartbeat.PATH)
    asking = asyncio.ensure_future(_ask(server, replies))
    try:
        await what
    finally:
        asking.cancel()
    lags: list[float] = await client.request("GET", heartbeat.PATH)
    return replies, lags


async def _ask(server: JupyterServer, replies: list[float]) -> None:
    # A client of its own, so that it does not wait for a connection that others use.
    http = AsyncHTTPClient(force_instance=True)
    request = HTTPRequest(server.url + _LIST, headers={"Authorization": f"token {server.token}"})
    try:
        while True:
            began = time.monotonic()
            await http.fetch(request)
            replies.append((time.monotonic() - began) * 1000)
            await asyncio.sleep(PAUSE)
    finally:
        http.close()


async def _submit_many(client: Client, packages: Packages, count: int) -> list[int]:
    names = [f"load-{number % ENVIRONMENTS}" for number in range(count)]
    return await asyncio.gather(*(client.submit(packages, name) for name in names))


async def _build_all(
    server: JupyterServer, client: Client, build_ids: list[int], half_way: Awaitable[None] | None
) -> int:
    """Follow the logs of builds to their ends; return how many bytes were heard."""
    followers = AsyncHTTPClient(force_instance=True, max_clients=FOLLOWERS)
    try:
        following = asyncio.gather(*(_follow(followers, server, one) for one in build_ids))
        ends = [asyncio.ensure_future(client.completed(one)) for one in build_ids]
        if half_way is not None:
            await _when_ended(ends, len(ends) // 2)
            await half_way
        await asyncio.gather(*ends)
        return sum(await following)
    finally:
        followers.close()


async def _follow(followers: AsyncHTTPClient, server: JupyterServer, build_id: int) -> int:
    """Follow a log to its end, and return how many bytes that was."""
    request = HTTPRequest(
        f"{server.url}{API}build/{build_id}/logs?follow=1",
        headers={"Authorization": f"token {server.token}"},
        connect_timeout=0,  # Also the limit of waiting for one of the connections.
        request_timeout=0,
    )
    return len((await followers.fetch(request)).body)


async def _when_ended(ends: Sequence[asyncio.Future[float]], count: int) -> None:
    for end in asyncio.as_completed(ends):
        await end
        count -= 1
        if not count:
            return


async def _turns_of_others(server: JupyterServer, client: Client, packages: Packages) -> float:
    """Let somebody else ask for a build; return how many were begun before it, since then.

    Somebody else: with a cookie, which gives a name to who has the server's token.
    """
    http = AsyncHTTPClient()
    headers = {"Authorization": f"token {server.token}"}
    hello = await http.fetch(HTTPRequest(server.url + API, headers=headers))
    headers["Cookie"] = hello.headers["Set-Cookie"].split(";")[0]
    body = json.dumps({"specification": packages.specification("another")})
    url = f"{server.url}{API}specification"
    reply = await http.fetch(HTTPRequest(url, method="POST", headers=headers, body=body))
    build_id = int(json.loads(reply.body)["data"]["build_id"])
    await client.completed(build_id)
    journal = await _journal(client)
    statuses = [(entry["build_id"], entry["status"]) for entry in journal]
    asked, begun = (statuses.index((build_id, status)) for status in ("QUEUED", "BUILDING"))
    return float(sum(status == "BUILDING" for _, status in statuses[asked:begun]))


async def _journal(client: Client) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    while True:
        since = entries[-1]["seq"] if entries else 0
        page = (await client.request("GET", f"{API}events?since={since}"))["data"]["events"]
        if not page:
            return entries
        entries += page


def _held(server: JupyterServer) -> dict[str, float]:
    """Return what the server's process holds."""
    process = psutil.Process(server.pid)
    return {
        "processes": len(process.children(recursive=True)),
        "threads": process.num_threads(),
        "descriptors": process.num_fds(),
        "memory": process.memory_info().rss / 1e6,
    }


def _growth(before: dict[str, float], after: dict[str, float]) -> list[Figure]:
    limits = {"processes": 0.0, "descriptors": DESCRIPTORS_LIMIT, "memory": MEMORY_LIMIT}
    return [
        Figure(
            f"{name} more than before",
            "MB" if name == "memory" else "",
            after[name] - before[name],
            (after[name] - before[name],),
            limits.get(name),
        )
        for name in before
    ]
