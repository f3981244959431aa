"""How much more memory an idle Jupyter server has resident with the extension.

Both servers have answered a request and are at rest; with the extension, the store is open and
all its threads run. Servers with and without it take turns.
"""

from __future__ import annotations

import json
import time

from tools.jupyter_process import JupyterServer

from .figures import Measurement, median
from .memory import resident
from .workplace import API, WITH, WITHOUT, Workplace, workplace

TURNS = 5
LIMIT = 25.0
"""Megabytes."""

_STILL = 1.0
"""Seconds without growth after which a server counts as being at rest."""


def measure() -> Measurement:
    """Run servers in turns and look at their memory."""
    with workplace() as place:
        _with_extension(place)  # Compiles what has no byte code yet, and makes the store.
        _without(place)
        rounds = [(*_with_extension(place), _without(place)) for _ in range(TURNS)]
    return Measurement(
        (
            median("more with the extension", "MB", [a - c for a, _, c in rounds], limit=LIMIT),
            median("server with the extension", "MB", [a for a, _, _ in rounds]),
            median("server without it", "MB", [c for _, _, c in rounds]),
            median("more after a match spec was read", "MB", [b - a for a, b, _ in rounds]),
        )
    )


def _with_extension(place: Workplace) -> tuple[float, float]:
    """Return the megabytes at rest, and those after the first specification was checked."""
    with place.server(WITH) as server:
        server.request("GET", API)
        idle = _at_rest(server)
        specification = json.dumps({"name": "science", "dependencies": ["python", "numpy >=2"]})
        server.request("POST", f"{API}specification/check", {"specification": specification})
        return idle, _at_rest(server)


def _without(place: Workplace) -> float:
    with place.server(WITHOUT) as server:
        server.request("GET", "api")
        return _at_rest(server)


def _at_rest(server: JupyterServer) -> float:
    """Return the megabytes that the server has resident once they do not grow any more."""
    size, since = 0, time.monotonic()
    while time.monotonic() - since < _STILL:
        time.sleep(0.1)
        now = resident(server.pid)
        if now > size:
            size, since = now, time.monotonic()
    return size / 1e6
