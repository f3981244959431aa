"""The same faults in a real Jupyter server."""

from __future__ import annotations

from contextlib import suppress
from urllib.error import URLError

from tests.builder.waiting import wait_for
from tests.journeys.server_process import ServerProcess

from .channel import WANTED
from .promises import check_after_the_servers_death
from .scenarios import Case
from .stage import NAME, Stage, demand
from .store_process import environment_of

_PATIENCE = 60.0


def jupyter(stage: Stage, case: Case) -> str:
    """A build is asked for by HTTP; after the server's death another one takes over."""
    stage.plan(*case.faults)
    stage.room.arm()
    server = _start(stage, "first")
    try:
        with suppress(URLError, ConnectionError):
            server.submit(*WANTED, channels=(stage.channel.url,), name=NAME)
        gone = wait_for(lambda: server.process.poll(), f"{case.faults[0]} comes", _PATIENCE)
        demand(gone == -9, f"the server ended with status {gone}")
    finally:
        server.stop()
    before = stage.rows()
    server = _start(stage, "second")
    try:
        for build_id in before:
            wait_for(lambda i=build_id: _ended(server, i), "the build ends", _PATIENCE)  # type: ignore[misc]
    finally:
        server.stop()
    return check_after_the_servers_death(before, stage.recover())


def _start(stage: Stage, name: str) -> ServerProcess:
    home = stage.room.directory / name
    server = ServerProcess(home, stage.settings, environment_of(stage.room))
    server.wait_until_ready()
    return server


def _ended(server: ServerProcess, build_id: int) -> bool:
    return server.build(build_id)["status"] in ("COMPLETED", "FAILED", "CANCELED")
