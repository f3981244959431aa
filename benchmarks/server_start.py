"""How much longer a Jupyter server takes to start with the extension.

From the start of the process to the first reply of ``/api``, asked for every few milliseconds. The
servers with and without the extension take turns. After the first reply the store is opened
beside the event loop: how long that takes is told too.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager

from tools.jupyter_process import JupyterServer, free_port

from .figures import Measurement, median
from .workplace import API, WITH, WITHOUT, Workplace, workplace

TURNS = 9
LIMIT = 150.0
"""Milliseconds."""

_LOOK = 0.003
"""Seconds between two attempts."""
_PATIENCE = 60.0


def measure() -> Measurement:
    """Start servers in turns."""
    with workplace() as place:
        _pair(place)  # Compiles what has no byte code yet, and makes the store.
        pairs = [_pair(place) for _ in range(TURNS)]
    return Measurement(
        (
            median("more with the extension", "ms", [a - b for a, b, _ in pairs], limit=LIMIT),
            median("start with the extension", "ms", [a for a, _, _ in pairs]),
            median("start without it", "ms", [b for _, b, _ in pairs]),
            median("first reply of the store, after that", "ms", [ready for _, _, ready in pairs]),
        )
    )


def _pair(place: Workplace) -> tuple[float, float, float]:
    """Return the milliseconds of both starts, and those until the store answers."""
    began = time.monotonic()
    with _starting(place, WITH) as server:
        _wait_for(server, "api")
        started = time.monotonic()
        _wait_for(server, API)
        ready = time.monotonic()
    again = time.monotonic()
    with _starting(place, WITHOUT) as server:
        _wait_for(server, "api")
        started_again = time.monotonic()
    return (started - began) * 1000, (started_again - again) * 1000, (ready - started) * 1000


@contextmanager
def _starting(place: Workplace, extension: str) -> Iterator[JupyterServer]:
    """Start a server, and do not wait for it: waiting is what is measured."""
    port, token = free_port(), "benchmark"
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.port={port}", f"--ServerApp.root_dir={place.root}"]
    command += [f"--ServerApp.jpserver_extensions={extension}"]
    command += [f"--EnvStore.store_directory={place.store}"]
    environment = {**os.environ, **place.jupyter_environment(), "JUPYTER_TOKEN": token}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield JupyterServer(f"http://127.0.0.1:{port}/", token, process.pid)
    finally:
        process.terminate()
        process.wait()


def _wait_for(server: JupyterServer, path: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not _answers(server, path):
        if time.monotonic() > deadline:
            raise RuntimeError(f"The Jupyter server did not answer {path} in time.")
        time.sleep(_LOOK)


def _answers(server: JupyterServer, path: str) -> bool:
    try:
        server.request("GET", path)
    except urllib.error.URLError:
        return False
    return True
