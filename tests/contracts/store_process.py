"""A store that is open in a process of its own, which can be killed or stopped.

``python -m tests.contracts.store_process SETTINGS``, with the settings as JSON: its builds are run
by `fake_worker`, and it ends at the end of its input.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jupyter_envstore.builder import dispatcher
from jupyter_envstore.composition import EnvironmentStore
from jupyter_envstore.domain.settings import Settings

from .cluster import ROOT
from .fake_supervision import supervise_fake_worker


@contextmanager
def store_process(**settings: Any) -> Iterator[subprocess.Popen[str]]:
    """Open a store in a process of its own until the block ends."""
    command = [sys.executable, "-m", __name__, json.dumps(settings)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        try:
            yield process
        finally:
            process.kill()


def main() -> None:
    dispatcher.supervise = supervise_fake_worker
    store = EnvironmentStore(
        Settings(**json.loads(sys.argv[1])), listener=lambda event: None, notebooks=dict
    )
    store.start()
    print("open", flush=True)
    sys.stdin.read()
    store.stop()


if __name__ == "__main__":
    main()
