"""Tell how long each step took, one line for each."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print the duration of the block when it has ended well."""
    started = time.monotonic()
    yield
    _report(name, started)


def report_end(future: Future[Any], name: str) -> None:
    """Print how long the work of ``future`` took from now on, when it has ended well."""
    started = time.monotonic()

    def report(ended: Future[Any]) -> None:
        if not ended.cancelled() and ended.exception() is None:
            _report(name, started)

    future.add_done_callback(report)


def _report(name: str, started: float) -> None:
    print(f"{time.monotonic() - started:6.1f} s  {name}", flush=True)
