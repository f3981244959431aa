"""Submit to COMPLETED on a warm cache, against rattler alone.

The server does everything that it does for a build. The plain script solves and links the same
packages from the same cache, and nothing else. The two take turns; each pair gives a ratio.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Sequence

from . import plain_install
from .client import Client, Timeline, connected
from .figures import Figure, Measurement, median
from .plain_process import run_plain
from .workplace import Packages, Workplace, generated_packages, real_packages, workplace

LIMIT = 2.0
PAIRS = 9


def measure() -> Measurement:
    """Build both sets of packages."""
    figures: list[Figure] = []
    details = {}
    for packages in (real_packages(), generated_packages()):
        with workplace() as place:
            pairs, count = asyncio.run(_take_turns(place, packages))
        title = f"{count} {packages.title} packages"
        figures += _figures(title, pairs)
        details[title] = {"seconds by stage, median": stages([build for build, _ in pairs])}
    return Measurement(tuple(figures), details)


async def _take_turns(
    place: Workplace, packages: Packages
) -> tuple[list[tuple[Timeline, float]], int]:
    """Return pairs of a build and the seconds of the plain script, and the number of packages."""
    pairs = []
    with place.server() as server:
        async with connected(server) as client:
            await _warm_up(client, packages)
            _, count = await _plain(place, packages)
            for turn in range(PAIRS):
                build = await client.build(packages, f"turn-{turn}")
                seconds, _ = await _plain(place, packages)
                pairs.append((build, seconds))
    return pairs, count


async def _warm_up(client: Client, packages: Packages) -> None:
    """Fill the caches: packages, indexes, byte code."""
    for name in ("cold", "warm"):
        await client.build(packages, name)


async def _plain(place: Workplace, packages: Packages) -> tuple[float, int]:
    """Return the seconds that the plain script took, and how many packages it linked."""
    order = {
        "channels": packages.channels,
        "match_specs": packages.match_specs,
        "prefix": str(place.root / "plain"),
        "package_cache": str(place.package_cache),
        "repodata_cache": str(place.repodata_cache),
    }
    return await run_plain(plain_install, order)


def _figures(title: str, pairs: Sequence[tuple[Timeline, float]]) -> list[Figure]:
    ratios = [build.seconds / plain for build, plain in pairs]
    return [
        median(f"{title}: ratio", "", ratios, limit=LIMIT),
        median(f"{title}: submit to COMPLETED", "s", [build.seconds for build, _ in pairs]),
        median(f"{title}: rattler alone", "s", [plain for _, plain in pairs]),
    ]


def stages(builds: Sequence[Timeline]) -> dict[str, float]:
    """Return the median seconds of each stage."""
    taken = [build.stages() for build in builds]
    return {
        stage: round(statistics.median(seconds[stage] for seconds in taken), 4)
        for stage in taken[0]
    }
