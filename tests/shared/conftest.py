"""Two stores: one that shares, one that reads it. Their builds are run by `fake_worker`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_envstore.domain.settings import Settings
from jupyter_envstore.domain.shared_names import SharedStoreSetting
from jupyter_envstore.service import shared_watch
from tests.builder.bench import Bench, fake_workers
from tests.builder.invariants import check_invariants
from tests.builder.waiting import wait_for

__all__ = ["fake_workers"]

OpenReader = Callable[..., Bench]


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_watch, "LOOK", 0.02)


@pytest.fixture
def owner(tmp_path: Path, fake_workers: Path) -> Iterator[Bench]:
    """The store that is shared, with its server."""
    directory = tmp_path / "owner"
    bench = Bench(Settings(str(directory), storage_threshold=0), fake_workers)
    bench.store.start()
    yield bench
    bench.stop()
    check_invariants(directory)


@pytest.fixture
def open_reader(tmp_path: Path, fake_workers: Path, owner: Bench) -> Iterator[OpenReader]:
    """Open the store of somebody who lists the owner's, as ``team``."""
    opened: list[Bench] = []

    def open_(*more: SharedStoreSetting, **settings: Any) -> Bench:
        listed = (SharedStoreSetting("team", str(owner.directory)), *more)
        values = {"storage_threshold": 0, "shared_stores": listed, **settings}
        bench = Bench(Settings(str(tmp_path / "reader"), **values), fake_workers)
        opened.append(bench)
        bench.store.start()
        return bench

    yield open_
    for bench in opened:
        bench.stop()
        check_invariants(bench.directory)


@pytest.fixture
def reader(open_reader: OpenReader) -> Bench:
    return open_reader()


class Index:
    """The owner's index, as somebody changes it who may write there."""

    def __init__(self, owner: Bench) -> None:
        self.path = owner.internal / "index.json"

    @property
    def content(self) -> dict[str, Any]:
        return dict(json.loads(self.path.read_text()))

    def write(self, content: Any) -> None:
        new = self.path.with_name("new-index")
        new.write_text(content if isinstance(content, str) else json.dumps(content))
        new.replace(self.path)


@pytest.fixture
def index(owner: Bench) -> Index:
    return Index(owner)


def status_of(reader: Bench, label: str = "team") -> Any:
    """Return how the reader finds a shared store."""
    return next(s for s in reader.store.services.shared.status() if s.label == label)


def wait_until_read(reader: Bench, label: str = "team") -> Any:
    return wait_for(lambda: status_of(reader, label).store_id and status_of(reader, label))


def wait_for_problem(reader: Bench, label: str, reason: str) -> None:
    """Wait until the reader says this of a shared store."""
    wait_for(lambda: (status_of(reader, label).problem or "").endswith(f": {reason}"), reason)


def shown(reader: Bench) -> dict[str, int | None]:
    """Return the current build of each shared environment that the reader sees."""
    from jupyter_envstore.store.filters import EnvironmentFilter

    views = reader.store.services.shared.environments(EnvironmentFilter())
    return {
        f"{view.environment.namespace}/{view.environment.name}": view.environment.published_build_id
        for view in views
    }
