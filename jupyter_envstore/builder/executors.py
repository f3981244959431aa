"""Where supervisors run. The queue is the database, never the pool."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor

NAMES = ("thread",)


def make_executor(name: str, max_concurrent_builds: int) -> Executor:
    """Return the pool that runs `supervise`; raise ValueError for an unknown name."""
    if name == "thread":
        return ThreadPoolExecutor(max_concurrent_builds, thread_name_prefix="envstore-supervisor")
    raise ValueError(f"c.EnvStore.executor: unknown executor {name!r}, expected one of {NAMES}")
