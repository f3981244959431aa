"""How much longer a Jupyter server takes to start with the extension.

From the start of the process to the first reply of ``/api``, asked for every few milliseconds. The
servers with and without the extension take turns. After the first reply the store is opened
beside the event loop: how long that takes is told too.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from tools.jupyter_process import JupyterServer, free_port

from .figures import Figure, Measurement, median
from .workplace import API, WITH, WITHOUT, Workplace, workplace

TURNS = 15
LIMIT = 150.0
"""Milliseconds."""

_LOOK = 0.003
"""Seconds between two attempts."""
_PATIENCE = 60.0


@dataclass(frozen=True)
class _Start:
    """One start: milliseconds to the first reply of ``/api``, and what it took the processor."""

    wall: float
    processor: float
    ready: float = 0.0
    """Milliseconds from there to the first reply of the store."""


def measure() -> Measurement:
    """Start servers in turns."""
    with workplace() as place:
        _pair(place, 0)  # Compiles what has no byte code yet, and makes the store.
        pairs = [_pair(place, turn) for turn in range(TURNS)]
    ours, plain = ([start.wall for start in starts] for starts in zip(*pairs, strict=True))
    work = [first.processor - second.processor for first, second in pairs]
    return Measurement(
        (
            _difference(ours, plain),
            median("more time of the processor", "ms", work),
            median("start with the extension", "ms", ours),
            median("start without it", "ms", plain),
            median("then, first reply of the store", "ms", [first.ready for first, _ in pairs]),
        )
    )


def _difference(ours: list[float], plain: list[float]) -> Figure:
    """Compare the medians: a start that something else delayed would spoil its whole pair."""
    samples = tuple(first - second for first, second in zip(ours, plain, strict=True))
    value = statistics.median(ours) - statistics.median(plain)
    return Figure("more with the extension", "ms", value, samples, LIMIT)


def _pair(place: Workplace, turn: int) -> tuple[_Start, _Start]:
    """Return a start with the extension and one without; which comes first changes each turn."""
    if turn % 2:
        plain = _start(place, WITHOUT)
        return _start(place, WITH), plain
    return _start(place, WITH), _start(place, WITHOUT)


def _start(place: Workplace, extension: str) -> _Start:
    began = time.monotonic()
    with _starting(place, extension) as server:
        _wait_for(server, "api")
        wall = (time.monotonic() - began) * 1000
        times = psutil.Process(server.pid).cpu_times()
        processor = (times.user + times.system) * 1000
        if extension == WITHOUT:
            return _Start(wall, processor)
        _wait_for(server, API)
        return _Start(wall, processor, (time.monotonic() - began) * 1000 - wall)


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
