"""An archive's process that packs nothing and goes on when it is told to.

Run like the real one, ``python -m fake_archiver ORDER``. The archive is `BYTES`, of which `FIRST`
are there at once; the rest comes when there is a file ``go`` in the directory that
``ENVSTORE_TEST_ARCHIVER`` names. With a file ``die`` there, it dies instead, with a reason.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from pathlib import Path

from jupyter_envstore.domain.archives import FACTS, LOCK, PART, ArchiveFacts, ArchiveOrder
from jupyter_envstore.engine import process
from jupyter_envstore.engine.archive import facts_of, sweep
from jupyter_envstore.engine.locks import lock_file

GATES = "ENVSTORE_TEST_ARCHIVER"
TAG = "0123456789abcdef"
FIRST = 1000
BYTES = bytes(range(250)) * 40
"""10,000 bytes, each of which tells where it belongs."""


def main() -> None:
    order = ArchiveOrder.from_text(sys.argv[1])
    process.end_with_parent()
    lock_file(Path(order.archive + LOCK), exclusive=True, wait=True)
    sweep(order.archive)
    if facts_of(order.archive):
        return
    gates = Path(os.environ[GATES])
    with (gates / "made").open("a") as made:
        made.write(f"{order.archive}\n")
    part = Path(f"{order.archive}.{TAG}{PART}")
    with part.open("xb", buffering=0) as file:
        file.write(BYTES[:FIRST])
        while not (gates / "go").exists():
            if (gates / "die").exists():
                part.unlink()
                sys.exit("it was told to die")
            time.sleep(0.005)
        file.write(BYTES[FIRST:])
    facts = ArchiveFacts(TAG, len(BYTES), hashlib.sha256(BYTES).hexdigest())
    Path(order.archive + FACTS).write_text(facts.to_text())
    part.replace(order.archive)


if __name__ == "__main__":
    main()
