"""A Dask cluster: a scheduler and workers, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tests.builder.waiting import wait_for

ROOT = Path(__file__).parents[2]
WORKERS = 2
"""Each runs one call at a time."""


@contextmanager
def running_cluster(directory: Path) -> Iterator[str]:
    """Run a cluster until the block ends; yield the address of its scheduler."""
    file = directory / "scheduler.json"
    with ExitStack() as stack:
        stack.enter_context(
            _running(
                directory / "scheduler.log",
                *("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"),
                *("--scheduler-file", str(file)),
            )
        )
        address = str(wait_for(lambda: _address(file), "the scheduler begins", 120))
        # With a nanny, which makes a worker anew that was killed.
        stack.enter_context(
            _running(
                directory / "workers.log",
                *("dask_worker", address, "--host", "127.0.0.1", "--no-dashboard"),
                *("--nworkers", str(WORKERS), "--nthreads", "1"),
                *("--local-directory", str(directory)),
            )
        )
        yield address


@contextmanager
def _running(log: Path, program: str, *arguments: str) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{program}", *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=output,
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        finally:
            process.kill()


def _address(file: Path) -> str | None:
    with suppress(FileNotFoundError, ValueError):  # Not there, or half written.
        return str(json.loads(file.read_text())["address"])
    return None
