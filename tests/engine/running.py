"""Runs the build's process as its supervisor does, and reads what it says."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from jupyter_envstore.domain.conda_lock import conda_lock_text
from jupyter_envstore.domain.events import Finished, Refused, WorkerEvent
from jupyter_envstore.domain.lockfiles import read_lock
from jupyter_envstore.domain.order import WorkOrder
from jupyter_envstore.engine.protocol import EVENTS_FILE, read_events, write_order

T = TypeVar("T")


@dataclass
class Outcome:
    """What a process left: its status, its events, its log, and the order it had."""

    status: int
    events: list[WorkerEvent]
    log: str
    order: WorkOrder

    @property
    def prefix(self) -> Path:
        return Path(self.order.prefix)

    @property
    def lock(self) -> str:
        """The build's lockfile."""
        return Path(self.order.lock_artifact).read_text()

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        """The packages as the database gets them, by name."""
        rows = json.loads((Path(self.order.directory) / "packages.json").read_text())
        return {row["name"]: row for row in rows}

    @property
    def finished(self) -> Finished:
        assert isinstance(self.events[-1], Finished), self.log
        assert self.status == 0
        return self.events[-1]

    @property
    def refused(self) -> Refused:
        assert isinstance(self.events[-1], Refused), self.log
        assert self.status == 1
        return self.events[-1]

    def of(self, kind: type[T]) -> list[T]:
        return [event for event in self.events if isinstance(event, kind)]


@dataclass
class Running:
    """A process at work."""

    order: WorkOrder
    process: subprocess.Popen[bytes]

    @property
    def events(self) -> list[WorkerEvent]:
        return read_events(Path(self.order.directory) / EVENTS_FILE)[0]

    def wait(self, timeout: float = 120) -> Outcome:
        status = self.process.wait(timeout)
        log = Path(self.order.log).read_text()
        return Outcome(status, self.events, log, self.order)

    def cut_lifeline(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def end(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.cut_lifeline()


@dataclass
class Workshop:
    """A store's directories without a store: makes orders and has them carried out."""

    root: Path
    channels: tuple[str, ...] = ()
    started: list[Running] = field(default_factory=list)
    _next: int = 0

    @property
    def package_cache(self) -> Path:
        return self.root / "cache" / "pkgs"

    def order(self, *match_specs: str, **values: Any) -> WorkOrder:
        self._next += 1
        directory = self.root / "work" / f"{self._next}.1"
        directory.mkdir(parents=True)
        defaults: dict[str, Any] = {
            "build_id": self._next,
            "attempt": 1,
            "store_id": "store-1",
            "namespace": "default",
            "name": "tiny",
            "directory": str(directory),
            "prefix": str(self.root / "default" / f"build-{self._next}"),
            "log": str(self.root / f"{self._next}.log"),
            "engine": "rattler",
            "channels": self.channels,
            "subdir": "linux-64",
            "match_specs": match_specs,
            "package_cache": str(self.package_cache),
            "repodata_cache": str(self.root / "cache" / "repodata"),
            "bytecode_cache": str(self.root / "cache" / "bytecode"),
            "lock_artifact": str(self.root / "artifacts" / str(self._next) / "conda-lock.yml"),
        }
        return WorkOrder(**{**defaults, **values})

    def start(self, order: WorkOrder, **environment: str) -> Running:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        path = write_order(order)
        events = Path(order.directory) / EVENTS_FILE
        with events.open("ab") as stdout, Path(order.log).open("ab") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", "jupyter_envstore.engine.worker", str(path)],
                stdin=subprocess.PIPE,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
                env={**kept, "MALLOC_ARENA_MAX": "2", **environment},
            )
        running = Running(order, process)
        self.started.append(running)
        return running

    def build(self, *match_specs: str, **values: Any) -> Outcome:
        return self.start(self.order(*match_specs, **values)).wait()

    def build_lock(self, text: str, **values: Any) -> Outcome:
        """Build the packages of a lockfile of any kind, from no channels but theirs."""
        lock = self.root / f"lock-{self._next + 1}.json"
        lock.write_text(conda_lock_text(read_lock(text, "linux-64")))
        return self.build(**{"lock": str(lock), "channels": (), **values})


def wait_until(condition: Callable[[], T], timeout: float = 30) -> T:
    """Return the first true value of `condition()`; fail when it stays false for too long."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.01)
    raise AssertionError("the condition did not come true in time")
