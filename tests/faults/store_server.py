"""A server of a store without Jupyter: does what it is told on stdin, one JSON object a line.

Run as ``python -m tests.faults.store_server settings.json``. A reply is a line on stdout. At the
end of its input it stops in good order.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_envstore.composition import EnvironmentStore
from jupyter_envstore.domain.errors import EnvStoreError
from jupyter_envstore.domain.events import StoreEvent
from jupyter_envstore.domain.settings import Settings

from . import saboteur

_LOOK = 0.02
_PATIENCE = 90.0


class StoreServer:
    """Its commands are the methods without an underscore."""

    def __init__(self, settings: Settings) -> None:
        self._store = EnvironmentStore(settings, listener=_announced, notebooks=dict)
        self._store.start()

    def submit(self, dependencies: list[str], channel: str, name: str) -> int:
        text = json.dumps({"name": name, "channels": [channel], "dependencies": dependencies})
        environments = self._store.services.environments
        return environments.submit(text, "ns", author=None, client=None).build_id

    def cancel(self, build_id: int) -> str:
        return self._store.services.builds.cancel(build_id)

    def delete_build(self, build_id: int) -> None:
        self._store.services.builds.delete(build_id)

    def delete_environment(self, name: str) -> None:
        self._store.services.environments.delete("ns", name)

    def switch(self, name: str, build_id: int) -> None:
        self._store.services.environments.switch("ns", name, build_id)

    def wait(self, build_id: int) -> str:
        """Return the status of the build when it has ended and all is done that follows."""
        builds = self._store.services.builds
        _until(lambda: builds.get(build_id).build.status.ended, f"build {build_id} ends")
        _until(lambda: build_id not in self._store.dispatcher.running, "its end is recorded")
        return builds.get(build_id).build.status.value

    def adopt(self) -> dict[str, Any]:
        """Adopt what the database does not know; return the report."""
        return dataclasses.asdict(self._store.services.adoption.adopt())

    def settle(self) -> None:
        """Return when nothing waits or runs, and recovery finds nothing to do."""
        with _named("recovery"):
            _until(self._is_quiet, "the store is quiet")

    def _is_quiet(self) -> bool:
        if self._store.activity() is not None:
            return False
        report = self._store._housekeeper._recovery.run()
        return not any(dataclasses.asdict(report).values()) and self._store.activity() is None

    def _stop(self) -> None:
        self._store.stop()


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Give this thread a name, by which its steps are known."""
    thread = threading.current_thread()
    before, thread.name = thread.name, name
    try:
        yield
    finally:
        thread.name = before


def _until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(_LOOK)


def _announced(event: StoreEvent) -> None:
    saboteur.reached(f"broadcast: announce {event.kind}")


def _carry_out(server: StoreServer, command: dict[str, Any]) -> dict[str, Any]:
    method: Callable[..., Any] = getattr(server, command.pop("do"))
    try:
        return {"value": method(**command)}
    except EnvStoreError as error:
        return {"refused": error.message}


def main() -> None:
    """Serve until the end of the input."""
    server = StoreServer(Settings(**json.loads(Path(sys.argv[1]).read_text())))
    # Steps of what is asked for are not steps of the start.
    threading.current_thread().name = "request"
    print(json.dumps({"value": "ready"}), flush=True)
    for line in sys.stdin:
        print(json.dumps(_carry_out(server, json.loads(line))), flush=True)
    server._stop()


if __name__ == "__main__":
    main()
