"""The scripts that builds are compared with, each run in a fresh interpreter."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from .workplace import environment


async def run_plain(script: ModuleType, order: Mapping[str, Any]) -> tuple[float, int]:
    """Return the seconds that a script took, and how many packages it linked.

    The order names the ``prefix``, which is removed again.
    """

    def run() -> tuple[float, int]:
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, str(script.__file__), json.dumps(order)],
            env=environment(),
            check=True,
            stdout=subprocess.PIPE,
        )
        return time.monotonic() - began, int(done.stdout)

    try:
        # In a thread: the client goes on hearing the server's events.
        return await asyncio.to_thread(run)
    finally:
        shutil.rmtree(Path(order["prefix"]), ignore_errors=True)
