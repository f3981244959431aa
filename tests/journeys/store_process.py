"""A store in a process of its own: ``store_process.py DIRECTORY``.

Builds what needs more memory than the group has, then something small, with the fake worker of
`tests.builder`, and prints how both ended as JSON.
"""

from __future__ import annotations

import json
import sys

from jupyter_envstore.builder import process
from jupyter_envstore.composition import EnvironmentStore
from jupyter_envstore.domain.settings import Settings
from tests.builder.waiting import wait_for

process.WORKER_MODULE = "fake_worker"


def build(store: EnvironmentStore, behaviour: str) -> dict[str, object]:
    """Build to the end; return the status, and the failure if there is one."""
    text = f"name: env\nchannels: [https://example.org/c]\ndependencies: [{behaviour}]\n"
    environments, builds = store.services.environments, store.services.builds
    asked = environments.submit(text, "ns", author=None, client=None).build_id
    wait_for(lambda: builds.get(asked).build.status.ended, timeout=60)
    view = builds.get(asked)
    failure = None if view.failure is None else vars(view.failure)
    return {"status": view.build.status.value, "failure": failure}


def main() -> None:
    settings = Settings(sys.argv[1], storage_threshold=0, memory_limit=64 << 30)
    store = EnvironmentStore(settings, listener=lambda _: None, notebooks=dict)
    store.start()
    try:
        print(json.dumps([build(store, "take-memory"), build(store, "finish")], default=str))
    finally:
        store.stop()


if __name__ == "__main__":
    main()
