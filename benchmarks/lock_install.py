"""A lockfile to a COMPLETED build on a warm cache, against `rattler.install` alone.

Nothing is solved on either side. The server does everything that it does for a build, from the
request that brings the lockfile until COMPLETED is heard. The plain script reads the same lock and
links the same packages from the same cache in a fresh interpreter. The two take turns.
"""

from __future__ import annotations

import asyncio
import json

from . import plain_lock_install
from .build_ratio import PAIRS, stages
from .client import Client, Timeline, connected
from .figures import Figure, Measurement, median
from .plain_process import run_plain
from .workplace import API, Packages, Workplace, generated_packages, real_packages, workplace

LIMIT = 1.4


def measure() -> Measurement:
    """Install both sets of packages."""
    figures: list[Figure] = []
    details = {}
    for packages in (real_packages(), generated_packages()):
        with workplace() as place:
            pairs, count = asyncio.run(_take_turns(place, packages))
        title = f"{count} {packages.title} packages"
        figures += [
            median(f"{title}: ratio", "", [b.seconds / s for b, s in pairs], limit=LIMIT),
            median(f"{title}: lockfile to COMPLETED", "s", [build.seconds for build, _ in pairs]),
            median(f"{title}: rattler alone", "s", [seconds for _, seconds in pairs]),
        ]
        details[title] = {"seconds by stage, median": stages([build for build, _ in pairs])}
    return Measurement(tuple(figures), details)


async def _take_turns(
    place: Workplace, packages: Packages
) -> tuple[list[tuple[Timeline, float]], int]:
    """Return pairs of a build and the seconds of the plain script, and the number of packages."""
    pairs = []
    with place.server() as server:
        async with connected(server) as client:
            order, lockfile = await _lock(client, place, packages)
            await client.build_lockfile(lockfile, "warm")
            _, count = await run_plain(plain_lock_install, order)
            for turn in range(PAIRS):
                build = await client.build_lockfile(lockfile, f"turn-{turn}")
                seconds, _ = await run_plain(plain_lock_install, order)
                pairs.append((build, seconds))
    return pairs, count


async def _lock(client: Client, place: Workplace, packages: Packages) -> tuple[dict[str, str], str]:
    """Fill the caches; return the plain script's order and the lockfile, the same in two forms."""
    first = await client.build(packages, "cold")
    lockfile = await client.text(f"{API}build/{first.build_id}/lockfile")
    lock = place.root / "pixi.lock"
    lock.write_text(await client.text(f"{API}build/{first.build_id}/pixi.lock"), encoding="utf-8")
    (platform,) = json.loads(lockfile)["metadata"]["platforms"]
    order = {
        "lock": str(lock),
        "platform": platform,
        "prefix": str(place.root / "plain"),
        "package_cache": str(place.package_cache),
    }
    return order, lockfile
