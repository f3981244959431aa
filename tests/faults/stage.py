"""Where one case takes place: a room, a store in it, servers one after the other."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.builder.invariants import check_invariants
from tests.engine.tiny_channel import TinyChannel

from .channel import PACKAGES, WANTED
from .observed import Row, builds
from .plan import Fault, Room
from .store_process import ServerDied, StoreProcess, serving

MAX_ATTEMPTS = 3
_MOST_SERVERS = 8
NAME = "env"


class Violation(AssertionError):
    """Something that is promised is not true."""


def demand(condition: bool, what: str) -> None:
    """Raise `Violation` unless the condition holds."""
    if not condition:
        raise Violation(what)


class Stage:
    """Everything that scenarios share."""

    def __init__(self, directory: Path, channel: TinyChannel, **settings: Any) -> None:
        self.room = Room(directory)
        self.channel = channel
        self.settings = {
            "store_directory": str(self.room.store),
            "repodata_cache_directory": str(directory / "repodata"),
            "storage_threshold": 0,
            "max_attempts": MAX_ATTEMPTS,
            "recovery_interval": 1.0,
            **settings,
        }
        self.last_seen: dict[int, Row] = {}
        self.room.write_plan()

    @property
    def store(self) -> Path:
        return self.room.store

    def rows(self) -> dict[int, Row]:
        return builds(self.store)

    @contextmanager
    def serving(self) -> Iterator[StoreProcess]:
        with serving(self.room, self.settings) as server:
            yield server

    def plan(self, *faults: Fault, trace: bool = False) -> None:
        self.room.write_plan(*faults, trace=trace)

    def submit(self, server: StoreProcess, channel: str = "") -> int:
        url = channel or self.channel.url
        return int(server.ask("submit", dependencies=WANTED, channel=url, name=NAME))

    def build(self, server: StoreProcess, status: str = "COMPLETED") -> int:
        """Build once more, to the end; return the build's id."""
        build_id = self.submit(server)
        got = server.ask("wait", build_id=build_id)
        row = self.rows()[build_id]
        demand(got == status, f"build {build_id} is {got}, not {status}: {row.info}")
        return build_id

    def injected(self, index: int = 0) -> bool:
        return self.room.fired(index).exists()

    def pid_of_fired(self, index: int) -> int:
        """Return the id of the process that reached the event of a fault."""
        return int(json.loads(self.room.fired(index).read_text())["pid"])

    def recover(self, *, build_again: bool = False) -> dict[int, Row]:
        """Let servers work until one has nothing left to do; check the store; return the builds.

        The plan stays: what it has left may kill the servers that recover. `last_seen` is what
        the database said when the last one died.
        """
        for _ in range(_MOST_SERVERS):
            self.last_seen = self.rows()
            with self.serving() as server, suppress(ServerDied):
                server.ask("settle")
                if build_again:
                    self.build(server)
                    server.ask("settle")
                server.stop()
                return self.check()
        raise Violation(f"{_MOST_SERVERS} servers were not enough to recover")

    def check(self) -> dict[int, Row]:
        """Check the invariants and every product; return the builds."""
        try:
            check_invariants(self.store, settled=True)
        except AssertionError as error:
            raise Violation(str(error)) from error
        rows = self.rows()
        for row in rows.values():
            if row.status == "COMPLETED" and not row.deleted:
                _check_product(Path(row.prefix))
        return rows


def _check_product(prefix: Path) -> None:
    """It has all of its packages, with its own path in them, and its link script has run."""
    records = {json.loads(file.read_text())["name"] for file in _records(prefix)}
    demand(records == set(PACKAGES), f"{prefix} has the packages {records}")
    said = subprocess.run(
        [prefix / "bin" / "tool"], capture_output=True, text=True, check=True
    ).stdout.strip()
    demand(said == str(prefix), f"the program of {prefix} says {said}")
    demand((prefix / "share" / "linked").is_file(), f"the link script of {prefix} did not run")
    demand((prefix / "conda-meta" / "frozen").is_file(), f"{prefix} is not frozen")
    library = (prefix / "lib" / "19").read_text()
    demand(library == "19" * 5000, f"a file of {prefix} is not what its package has")


def _records(prefix: Path) -> Iterator[Path]:
    meta = prefix / "conda-meta"
    yield from meta.glob("*.json")
