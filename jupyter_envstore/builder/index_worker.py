"""The package index's process: ``python -m jupyter_envstore.builder.index_worker order.json``.

A process of its own, because the index of a large channel takes hundreds of megabytes while it is
read. Its parent gives it stdin, a pipe that is the lifeline. Its exit status says how it ended, and
stderr what went wrong.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import traceback
from pathlib import Path
from typing import NoReturn

from ..domain.index_order import IndexOrder
from ..engine import process
from ..engine.locks import LockBusy, lock_file

ORDER_FILE = "order.json"
LOCK_FILE = "lock"
BUSY = 75
"""Exit status: another process updates this index. As ``EX_TEMPFAIL`` in ``sysexits.h``."""


def main(arguments: list[str]) -> NoReturn:
    """Carry out the order in the file that the one argument names, and end the process."""
    if len(arguments) != 1:
        sys.exit("usage: python -m jupyter_envstore.builder.index_worker ORDER.json")
    order = IndexOrder.of(json.loads(Path(arguments[0]).read_text(encoding="utf-8")))
    process.end_with_parent()
    process.be_modest()
    process.limit(order.memory_limit)
    try:
        lock_file(Path(order.directory) / LOCK_FILE, exclusive=True, wait=False)
    except LockBusy:
        os._exit(BUSY)
    status = 1
    try:
        # Late: who finds the lock busy need not load rattler.
        from .index_update import update_index

        asyncio.run(update_index(order))
        status = 0
    except BaseException:  # noqa: BLE001 -- a panic in Rust is not an Exception
        traceback.print_exc()
    sys.stderr.flush()
    # CPython 3.11 sometimes crashes at exit after rattler was used.
    os._exit(status)


if __name__ == "__main__":
    main(sys.argv[1:])
