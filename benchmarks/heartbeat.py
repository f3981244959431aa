"""An extension of the measured Jupyter server: a task that notes how late the event loop is.

Enabled by the benchmarks alone. ``DELETE`` forgets what was noted, ``GET`` returns it.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

EXTENSION = "benchmarks.heartbeat=True"
PATH = "benchmarks/heartbeat"
INTERVAL = 0.002
"""Seconds between two beats: everything that holds the loop for longer is seen."""

_lags: list[float] = []


class HeartbeatHandler(APIHandler):
    """What was noted."""

    @web.authenticated
    def get(self) -> None:
        """Return the lags in milliseconds."""
        self.finish(json.dumps([round(lag * 1000, 3) for lag in _lags]))

    @web.authenticated
    def delete(self) -> None:
        """Begin anew."""
        _lags.clear()
        self.set_status(204)


async def _beat() -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(INTERVAL)
        _lags.append(time.perf_counter() - began - INTERVAL)


_tasks: set[asyncio.Task[None]] = set()


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: Any) -> None:
    handler = (url_path_join(server.base_url, PATH), HeartbeatHandler)
    server.web_app.add_handlers(".*$", [handler])
    # The loop may not run yet: the task begins with it.
    server.io_loop.add_callback(lambda: _tasks.add(asyncio.ensure_future(_beat())))
