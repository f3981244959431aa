"""A solve over 660,000 records: how long it takes, and how much memory.

The channel is made up (see `synthetic_repodata`), and served as files and over HTTP: in shards,
as conda-forge is, and as one large index, as many mirrors are. Each solve runs in a process of its
own, bounded as the build's process is. ``cold`` has nothing in its cache, ``warm`` has the index.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from .figures import Figure, Measurement, highest, median
from .synthetic_repodata import NAMES, RECORDS, package_name, write_channel
from .workplace import RESULTS, environment, workplace

TURNS = 3
ASKED = tuple(package_name(number) for number in range(NAMES - 40, NAMES, 4))
"""Ten names: with all that they need about 500 packages, a large environment."""
_COUNT = "records.txt"


def measure() -> Measurement:
    """Solve the same over every kind of channel, in turns."""
    channel = synthetic_channel()
    with workplace() as place, served(channel) as http:
        cache = place.root / "repodata"
        kinds = {
            "file": channel.as_uri(),
            "http, shards": f"{http}/sharded",
            "http, one index": f"{http}/whole",
        }
        taken: dict[str, list[dict[str, Any]]] = {}
        for _ in range(TURNS):
            for kind, url in kinds.items():
                shutil.rmtree(cache, ignore_errors=True)
                taken.setdefault(f"{kind}, cold", []).append(_solve(url, cache))
                if kind != "file":  # Files are read where they are.
                    taken.setdefault(f"{kind}, warm", []).append(_solve(url, cache))
    figures: list[Figure] = []
    for kind, solves in taken.items():
        figures.append(median(kind, "s", [solve["seconds"] for solve in solves]))
        figures.append(highest(f"{kind}: peak", "MB", [s["peak"] / 1e6 for s in solves]))
        figures.append(highest(f"{kind}: of its own", "MB", [s["own"] / 1e6 for s in solves]))
    packages = {solve["packages"] for solves in taken.values() for solve in solves}
    return Measurement(
        tuple(figures),
        {
            "solve": {
                "records": int((channel / _COUNT).read_text()),
                "packages in solution": sorted(packages),
            }
        },
    )


def synthetic_channel() -> Path:
    """Return the synthetic channel, which is made once: that takes half a minute."""
    channel = RESULTS / "synthetic"
    if not channel.is_dir():
        aside = RESULTS / f".synthetic-{os.getpid()}"
        count = write_channel(aside)
        if count < RECORDS * 0.99:
            raise RuntimeError(f"The channel has {count} records instead of {RECORDS}.")
        (aside / _COUNT).write_text(str(count))
        aside.rename(channel)
    return channel


def _solve(channel: str, cache: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.solve_once", channel, str(cache), *ASKED]
    limits = {"MALLOC_ARENA_MAX": "2", "TOKIO_WORKER_THREADS": "2", "RAYON_NUM_THREADS": "2"}
    done = subprocess.run(
        command, env={**environment(), **limits}, check=True, stdout=subprocess.PIPE
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


class _Handler(SimpleHTTPRequestHandler):
    """Serves the channel twice: below ``/sharded`` in shards, below ``/whole`` without them."""

    protocol_version = "HTTP/1.1"

    def translate_path(self, path: str) -> str:
        kind, _, rest = path.lstrip("/").partition("/")
        if (kind == "sharded") != ("shards" in rest):
            rest = "not-there"
        return super().translate_path(f"/{rest}")

    def end_headers(self) -> None:
        # As content delivery networks say of an index. Without it rattler asks whether the index of
        # shards has changed, and refuses the 304 of this simple server, which names no version.
        self.send_header("Cache-Control", "public, max-age=1200")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(channel: Path) -> Iterator[str]:
    """Serve the channel until left, and return the URL that ``/sharded`` and ``/whole`` follow."""
    handler = partial(_Handler, directory=str(channel))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
