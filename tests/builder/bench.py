"""A store without a Jupyter server, whose builds are run by `fake_worker`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from jupyter_envstore.builder import process
from jupyter_envstore.composition import EnvironmentStore
from jupyter_envstore.domain.build import Build, BuildStatus
from jupyter_envstore.domain.events import StoreEvent
from jupyter_envstore.domain.moments import Clock, utc_now
from jupyter_envstore.domain.settings import Settings
from jupyter_envstore.service.environments import EnvironmentView
from jupyter_envstore.service.running_kernels import RunningKernel

from . import fake_worker
from .invariants import check_invariants
from .waiting import wait_for

OpenBench = Callable[..., "Bench"]


class Bench:
    """One opened store, and what a test does with it."""

    def __init__(self, settings: Settings, gates: Path, clock: Clock = utc_now) -> None:
        self.settings = settings
        self.directory = Path(settings.store_directory)
        self.internal = self.directory / ".envstore"
        self.events: list[StoreEvent] = []
        self.notebooks: dict[int, str] = {}
        self.running_kernels: tuple[RunningKernel, ...] = ()
        self._gates = gates
        self._stopped = False
        self.store = EnvironmentStore(
            settings,
            listener=self.events.append,
            notebooks=lambda: self.notebooks,
            running_kernels=lambda: self.running_kernels,
            clock=clock,
        )
        self.environments = self.store.services.environments
        self.builds = self.store.services.builds

    def stop(self) -> None:
        if not self._stopped:
            self._stopped = True
            self.store.stop()

    def submit(self, behaviour: str = "finish", name: str = "env", namespace: str = "ns") -> int:
        """Ask for a build whose process behaves like that method of `FakeWorker`."""
        text = f"name: {name}\nchannels: [https://example.org/c]\ndependencies: [{behaviour}]\n"
        return self.environments.submit(text, namespace, author=None, client=None).build_id

    def open_gate(self, *build_ids: int) -> None:
        for build_id in build_ids:
            (self._gates / str(build_id)).touch()

    def build(self, build_id: int) -> Build:
        return self.builds.get(build_id).build

    def environment(self, name: str = "env", namespace: str = "ns") -> EnvironmentView:
        return self.environments.get(namespace, name)

    def current(self, name: str = "env") -> int | None:
        return self.environment(name).environment.published_build_id

    def link(self, name: str = "env", namespace: str = "ns") -> Path:
        return self.directory / namespace / "envs" / name

    def log(self, build_id: int) -> str:
        return (self.internal / "logs" / f"{build_id}.log").read_text()

    def wait_for_status(self, build_id: int, *wanted: BuildStatus, timeout: float = 30) -> Build:
        what = f"build {build_id} becomes {[status.value for status in wanted]}"
        wait_for(lambda: self.build(build_id).status in wanted, what, timeout)
        return self.build(build_id)

    def wait_for_end(self, build_id: int, timeout: float = 30) -> Build:
        wait_for(lambda: self.build(build_id).status.ended, f"build {build_id} ends", timeout)
        return self.build(build_id)

    def wait_until_running(self, build_id: int) -> Path:
        """Wait for the build's process to have begun; return the attempt's directory."""
        wait_for(lambda: self.build(build_id).status is BuildStatus.BUILDING)
        attempt = self.internal / "work" / f"{build_id}.{self.build(build_id).attempts}"
        events = attempt / "events.jsonl"
        wait_for(lambda: events.exists() and "started" in events.read_text(), "the process begins")
        return attempt

    def wait_until_recorded(self, build_id: int) -> Build:
        """Wait for all that the end of a build brings about, publishing included."""
        self.wait_for_end(build_id)
        wait_for(lambda: build_id not in self.store.dispatcher.running)
        return self.build(build_id)

    def completed(self, behaviour: str = "finish", name: str = "env") -> int:
        """Build to the end, publishing included; return the build's id."""
        build_id = self.submit(behaviour, name)
        assert self.wait_for_end(build_id).status is BuildStatus.COMPLETED
        wait_for(lambda: self.announced("kernels", build_id), "the kernels are announced")
        return build_id

    def announced(self, kind: str, build_id: int | None) -> list[StoreEvent]:
        return [e for e in list(self.events) if e.kind == kind and e.build_id == build_id]

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """Look into the database, past the code under test."""
        with self.database() as db:
            return db.execute(query, values).fetchall()

    @contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.internal / "envstore.db", timeout=20)) as db:
            db.row_factory = sqlite3.Row
            yield db
            db.commit()


@pytest.fixture
def fake_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let every build be run by `fake_worker`; return the directory of the gates."""
    gates = tmp_path / "gates"
    gates.mkdir()
    worker = Path(fake_worker.__file__)
    monkeypatch.setattr(process, "WORKER_MODULE", worker.stem)
    monkeypatch.setenv("PYTHONPATH", str(worker.parent))
    monkeypatch.setenv(fake_worker.GATES, str(gates))
    return gates


@pytest.fixture
def open_bench(fake_workers: Path, tmp_path: Path) -> Iterator[OpenBench]:
    """Open the store of this test, again and again; at the end stop it and check what is left."""
    directory = tmp_path / "store"
    opened: list[Bench] = []

    def open_(*, start: bool = True, clock: Clock = utc_now, **settings: Any) -> Bench:
        values = {"storage_threshold": 0, **settings}
        bench = Bench(Settings(store_directory=str(directory), **values), fake_workers, clock)
        opened.append(bench)
        if start:
            bench.store.start()
        return bench

    yield open_
    for bench in opened:
        bench.stop()
    check_invariants(directory)


@pytest.fixture
def bench(open_bench: OpenBench) -> Bench:
    return open_bench()
