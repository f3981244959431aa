"""A store that is open in a process of some user's: ``python -m tests.sharing.store_program JSON``.

The argument has the settings. Each line of the input is a specification as JSON, which is built;
the answer is a line of JSON. It ends at the end of its input.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from jupyter_envstore.composition import EnvironmentStore
from jupyter_envstore.domain.settings import Settings
from tests.builder.waiting import wait_for


def build(store: EnvironmentStore, text: str) -> dict[str, Any]:
    services = store.services
    asked = services.environments.submit(text, "team", author=None, client=None).build_id
    wait_for(lambda: services.builds.get(asked).build.status.ended, timeout=120)
    wait_for(lambda: asked not in store.dispatcher.running)
    view = services.builds.get(asked)
    return {
        "status": view.build.status.value,
        "prefix": view.build.prefix,
        "why": view.build.status_info,
        "log": services.logs.part(asked, 0).data.decode(),
        "warnings": [warning.message for warning in view.warnings],
    }


def main() -> None:
    settings = Settings(**json.loads(sys.argv[1]))
    store = EnvironmentStore(settings, listener=lambda _: None, notebooks=dict)
    store.start()
    try:
        for line in sys.stdin:
            print(json.dumps(build(store, line)), flush=True)
    finally:
        store.stop()


if __name__ == "__main__":
    main()
