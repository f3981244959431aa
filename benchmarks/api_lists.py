"""Lists and builds of a store with ten thousand builds, against one with a hundred.

Both stores are filled the same way, ten builds in each environment, and served by a server each.
Their requests take turns, so that what the machine does beside is in both. A page has ten items
in both. Afterwards fifty clients ask the large one at once, while a heartbeat in the server (see
`heartbeat`) notes how late its event loop is.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

import sqlite_utils
from tornado.httpclient import AsyncHTTPClient, HTTPRequest

from jupyter_envstore.domain.specification import parse_specification
from jupyter_envstore.store.database import Database
from tools.jupyter_process import JupyterServer

from . import heartbeat
from .figures import Figure, Measurement, highest, median, percentile
from .workplace import API, WITH, workplace

ENVIRONMENTS = {"small": 10, "large": 1000}
BUILDS_OF_EACH = 10
PACKAGES = 100
PACKAGES_OF_EACH = 20
"""Of those, each build has so many; half of the environments have the first one, a tenth the
second."""
PAGE = 10
TURNS = 120
WARM_UP = 10
GROWTH_LIMIT = 1.5
CLIENTS = 50
REQUESTS_OF_EACH = 20
LAG_LIMIT = 50.0
"""Milliseconds at the 99th percentile."""
_KERNEL = '{"argv": ["python", "-m", "x"], "display_name": "Python 3", "language": "python"}'


def requests(environments: int) -> dict[str, str]:
    """Return the measured requests of a store with so many environments, by title."""
    last = environments * BUILDS_OF_EACH // PAGE
    return {
        "environments, first page": f"environment?size={PAGE}",
        "environments, last page": f"environment?size={PAGE}&page={environments // PAGE}",
        "builds, first page": f"build?size={PAGE}",
        "builds, last page": f"build?size={PAGE}&page={last}",
        "builds, by environment": f"build?size={PAGE}&namespace=default&name=environment-0005",
        "builds, by status": f"build?size={PAGE}&status=FAILED",
        "builds, with a package": f"build?size={PAGE}&packages=rare",
        "builds, with an artifact": f"build?size={PAGE}&artifact=LOCKFILE",
        "environments, with a package": f"environment?size={PAGE // 2}&packages=frequent",
        "environments, found": f"environment?size={PAGE}&search=-0005",
        "builds, newest first": f"build?size={PAGE}&sort_by=scheduled_on&order=desc",
        "one build": f"build/{environments * BUILDS_OF_EACH // 2}",
    }


def measure() -> Measurement:
    """Fill both stores, ask both in turns, then the large one by many clients at once."""
    with _served("small") as small, _served("large", heartbeat.EXTENSION) as large:
        return asyncio.run(_observe({"small": small, "large": large}))


async def _observe(servers: Mapping[str, JupyterServer]) -> Measurement:
    paths = {name: requests(count) for name, count in ENVIRONMENTS.items()}
    figures: list[Figure] = []
    for title in paths["small"]:
        taken: dict[str, list[float]] = {name: [] for name in servers}
        for turn in range(TURNS + WARM_UP):
            for name in sorted(servers, reverse=bool(turn % 2)):
                seconds = await _ask(servers[name], paths[name][title])
                if turn >= WARM_UP:
                    taken[name].append(seconds * 1000)
        growth = statistics.median(taken["large"]) / statistics.median(taken["small"])
        figures += [
            median(f"{title}, p50", "ms", taken["large"]),
            percentile(f"{title}, p99", "ms", taken["large"], 0.99),
            Figure(f"{title}, growth", "", growth, (growth,), GROWTH_LIMIT),
        ]
    replies, lags = await _crowd(servers["large"], list(paths["large"].values()))
    figures += [
        median(f"{CLIENTS} clients at once, p50", "ms", replies),
        percentile(f"{CLIENTS} clients at once, p99", "ms", replies, 0.99),
        percentile("lag meanwhile, p99", "ms", lags, 0.99, limit=LAG_LIMIT),
        highest("lag meanwhile, longest", "ms", lags),
    ]
    return Measurement(tuple(figures))


async def _ask(
    server: JupyterServer, path: str, http: AsyncHTTPClient | None = None, root: str = API
) -> float:
    """Send a request and return how many seconds the reply took; any error is raised."""
    headers = {"Authorization": f"token {server.token}"}
    request = HTTPRequest(f"{server.url}{root}{path}", headers=headers, connect_timeout=60)
    began = time.perf_counter()
    await (http or AsyncHTTPClient()).fetch(request)
    return time.perf_counter() - began


async def _crowd(server: JupyterServer, paths: list[str]) -> tuple[list[float], list[float]]:
    """Let many clients ask for everything; return replies and lags in milliseconds."""
    http = AsyncHTTPClient(force_instance=True, max_clients=CLIENTS)

    async def client(number: int) -> list[float]:
        asked = [paths[(number + turn) % len(paths)] for turn in range(REQUESTS_OF_EACH)]
        return [await _ask(server, path, http) * 1000 for path in asked]

    try:
        url = f"{server.url}{heartbeat.PATH}"
        headers = {"Authorization": f"token {server.token}"}
        await http.fetch(HTTPRequest(url, method="DELETE", headers=headers))
        replies = await asyncio.gather(*(client(number) for number in range(CLIENTS)))
        lags: list[float] = json.loads((await http.fetch(HTTPRequest(url, headers=headers))).body)
    finally:
        http.close()
    return [one for of_client in replies for one in of_client], lags


@contextmanager
def _served(name: str, extension: str = WITH) -> Iterator[JupyterServer]:
    """Serve a store of that size until left."""
    with workplace() as place:
        with place.server() as server:  # Makes the store and its database.
            server.request("GET", API)
        fill(place.store, ENVIRONMENTS[name])
        options = {"EnvStore.recovery_interval": 86400}
        with place.server(extension, options) as server:
            _wait_for_index(place.store, ENVIRONMENTS[name])
            yield server


def _wait_for_index(store: Path, environments: int) -> None:
    """Wait until the server has published all current builds: the index, which is last, tells."""
    index = store / ".envstore" / "index.json"
    deadline = time.monotonic() + 300
    while not index.exists() or len(json.loads(index.read_bytes())["kernels"]) < environments:
        if time.monotonic() > deadline:
            raise RuntimeError("The builds of the store were not published.")
        time.sleep(0.5)


def fill(store: Path, environments: int, builds_of_each: int = BUILDS_OF_EACH) -> None:
    """Put builds into a store as if they had been made: rows, prefixes' names, kernels."""
    database = Database(str(store / ".envstore" / "envstore.db"))
    text = "name: {}\nchannels: [conda-forge]\ndependencies: [python=3.12, numpy, pandas]\n"
    began = datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(days=30)
    model = json.dumps(parse_specification(text.format("environment")).model)
    with database.write() as db:
        # A store has the namespace `default` from the start: it has the id 1.
        db.execute(
            "INSERT INTO specification (id, name, model, sha256, content_id, created_on)"
            " VALUES (1, 'environment', ?, ?, 'one', ?)",
            [model, "0" * 64, began.isoformat()],
        )
        _add_packages(db)
        for number in range(environments):
            db.execute(
                "INSERT INTO environment (id, namespace_id, name, created_on) VALUES (?, 1, ?, ?)",
                [number + 1, f"environment-{number:04}", began.isoformat()],
            )
        for build_id in range(1, environments * builds_of_each + 1):
            number = (build_id - 1) % environments
            _add_build(db, store, build_id, number, began + timedelta(seconds=build_id), text)
        db.execute(
            "UPDATE environment SET published_build_id = (SELECT max(id) FROM build"
            " WHERE environment_id = environment.id AND status = 'COMPLETED')"
        )
    database.close()


def _add_packages(db: sqlite_utils.Database) -> None:
    db.execute("INSERT INTO channel (id, name) VALUES (1, 'conda-forge')")
    for number in range(PACKAGES):
        name = {0: "frequent", 1: "rare"}.get(number, f"package-{number:02}")
        db.execute(
            "INSERT INTO package (id, channel_id, manager, name, version, build, build_number,"
            " subdir, url, size, sha256)"
            " VALUES (?, 1, 'conda', ?, '1.0', '0', 0, 'noarch', ?, 1000, ?)",
            [number + 1, name, f"https://example.org/{name}", f"{number:064}"],
        )


def _add_build(
    db: sqlite_utils.Database, store: Path, build_id: int, number: int, at: datetime, text: str
) -> None:
    name = f"environment-{number:04}"
    # Every environment begins with one that failed, and was mended.
    status = "FAILED" if build_id == number + 1 else "COMPLETED"
    prefix = store / "default" / f"00000000-{build_id}-{name}"
    prefix.mkdir(parents=True)
    moment = at.isoformat()
    db.execute(
        "INSERT INTO build (id, environment_id, specification_id, status, key_version, prefix,"
        " asked_on, scheduled_on, started_on, ended_on, size, text)"
        " VALUES (?, ?, 1, ?, 2, ?, ?, ?, ?, ?, 1000, ?)",
        [
            *(build_id, number + 1, status, str(prefix)),
            *(moment, moment, moment, moment, text.format(name)),
        ],
    )
    packages = {2 + (number * 7 + place) % (PACKAGES - 2) for place in range(PACKAGES_OF_EACH)}
    packages |= {0} if number % 2 else set()
    packages |= {1} if number % 10 == 0 else set()
    for package in packages:
        db.execute(
            "INSERT INTO build_package (build_id, package_id, requested) VALUES (?, ?, 1)",
            [build_id, package + 1],
        )
    for kind in ("LOGS", "LOCKFILE", "DIRECTORY", "YAML", "CONDA_PACK"):
        db.execute(
            "INSERT INTO build_artifact (build_id, artifact_type, key) VALUES (?, ?, ?)",
            [build_id, kind, str(prefix)],
        )
    kernel = prefix / "share" / "jupyter" / "kernels" / "python3" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text(_KERNEL, encoding="utf-8")
