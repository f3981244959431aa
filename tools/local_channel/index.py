"""Index a channel: write repodata.json, repodata.json.zst and the shards.

As a program: ``python -m tools.local_channel.index DIR``.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path


def index(channel: Path) -> None:
    """Index ``channel`` in a process of its own.

    CPython 3.11 sometimes crashes at exit after rattler has worked, so the child leaves without
    clean-up. Raises CalledProcessError if the child fails.
    """
    project = Path(__file__).parents[2]
    command = [sys.executable, "-m", __name__, str(channel.absolute())]
    subprocess.run(command, cwd=project, check=True)


def _write_index(channel: Path) -> None:
    from rattler.index import index_fs

    asyncio.run(index_fs(channel, write_zst=True, write_shards=True, force=True))


if __name__ == "__main__":
    _write_index(Path(sys.argv[1]))
    os._exit(0)
