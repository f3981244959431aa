"""A store that is open in a process of some user's: ``python -m tests.sharing.store_program JSON``.

The argument has the settings. Each line of the input is a request as JSON; the answer is a line of
JSON. It ends at the end of its input.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from jupyter_envstore.composition import EnvironmentStore
from jupyter_envstore.domain.settings import Settings
from jupyter_envstore.domain.shared_names import listed_stores
from tests.builder.waiting import wait_for


def build(store: EnvironmentStore, specification: dict[str, Any]) -> dict[str, Any]:
    """Build to the end, publishing included."""
    services = store.services
    text = json.dumps(specification)
    asked = services.environments.submit(text, "team", author=None, client=None).build_id
    wait_for(lambda: services.builds.get(asked).build.status.ended, timeout=240)
    wait_for(lambda: asked not in store.dispatcher.running)
    view = services.builds.get(asked)
    return {
        "status": view.build.status.value,
        "prefix": view.build.prefix,
        "why": view.build.status_info,
        "log": services.logs.part(asked, 0).data.decode(),
    }


def kernels(store: EnvironmentStore) -> list[dict[str, str]]:
    """Return the kernels of shared stores."""
    return [
        {"namespace": card.namespace, "directory": str(card.directory), "prefix": card.prefix}
        for card in store.services.environments.kernels()
        if ":" in card.namespace
    ]


def run(_: EnvironmentStore, kernel: str, code: str) -> str:
    """Start a kernel as Jupyter does, by its kernelspec; return what the code prints."""
    directory = Path(kernel)
    specs = KernelSpecManager(kernel_dirs=[str(directory.parent)])
    manager = KernelManager(kernel_name=directory.name, kernel_spec_manager=specs)
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    printed: list[str] = []

    def read(message: dict[str, Any]) -> None:
        if message["msg_type"] == "stream":
            printed.append(message["content"]["text"])

    try:
        client.wait_for_ready(timeout=60)
        client.execute_interactive(code, timeout=60, output_hook=read)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return "".join(printed)


REQUESTS = {"build": build, "kernels": kernels, "run": run}


def main() -> None:
    values = json.loads(sys.argv[1])
    shared = listed_stores(values.pop("shared_stores", ()))
    settings = Settings(**values, shared_stores=shared)
    store = EnvironmentStore(settings, listener=lambda _: None, notebooks=dict)
    store.start()
    try:
        for line in sys.stdin:
            name, arguments = json.loads(line)
            print(json.dumps(REQUESTS[name](store, **arguments)), flush=True)
    finally:
        store.stop()


if __name__ == "__main__":
    main()
