"""One solve by the project's own engine, in a fresh process.

``python -m benchmarks.solve_once CHANNEL CACHE SPEC ...`` prints a JSON object: the seconds that
the solve took, the number of packages, the process's peak of resident memory in bytes (``peak``),
and what of its memory is no file's at the end (``own``).
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from rattler.networking import Client

from jupyter_envstore.domain.order import WorkOrder
from jupyter_envstore.domain.platforms import subdir
from jupyter_envstore.engine import process
from jupyter_envstore.engine.protocol import EventWriter
from jupyter_envstore.engine.question import question_of
from jupyter_envstore.engine.report import Report
from jupyter_envstore.engine.solve import index_timeout, solve


def main(channel: str, cache: str, match_specs: tuple[str, ...], directory: str) -> None:
    """Solve, and print what it took."""
    order = WorkOrder(
        build_id=1,
        attempt=1,
        store_id="benchmark",
        namespace="default",
        name="benchmark",
        directory=directory,
        prefix=f"{directory}/prefix",
        log=f"{directory}/log",
        engine="rattler",
        channels=(channel,),
        subdir=subdir("linux", "x86_64"),
        match_specs=match_specs,
        repodata_cache=cache,
    )
    # The bound that the build's process has, so that it is known to be enough.
    process.limit(process.LEAST_MEMORY)
    with Path(order.log).open("wb") as log:
        report = Report(EventWriter(log.fileno()), log.fileno())
        began = time.monotonic()
        records = asyncio.run(
            solve(
                order,
                question_of(order),
                Client.default_client(max_retries=0, timeout=index_timeout(order)),
                report,
            )
        )
        seconds = time.monotonic() - began
    result = {"seconds": seconds, "packages": len(records), **_memory()}
    print(json.dumps(result), flush=True)


def _memory() -> dict[str, int]:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    status = dict(line.split(":", 1) for line in lines)
    return {
        name: int(status[field].split()[0]) * 1024
        for name, field in (("peak", "VmHWM"), ("own", "RssAnon"))
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as work:
        main(sys.argv[1], sys.argv[2], tuple(sys.argv[3:]), work)
    os._exit(0)  # CPython 3.11 sometimes crashes at exit after rattler has worked.
