from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_envstore.builder import dispatcher, process, supervisor
from tests.builder import fake_worker
from tests.builder.bench import Bench, OpenBench, fake_workers, open_bench
from tests.engine.tiny_channel import TinyChannel
from tests.handlers.serving import (
    api,
    envstore_config,
    extension,
    jp_server_config,
    store_directory,
)

from .cluster import ROOT, running_cluster
from .fake_supervision import supervise_fake_worker

__all__ = [
    "api",
    "envstore_config",
    "extension",
    "fake_workers",
    "jp_server_config",
    "open_bench",
    "store_directory",
]

REAL_WORKER = process.WORKER_MODULE


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the scheduler of a Dask cluster, with real workers in other processes."""
    with running_cluster(tmp_path_factory.mktemp("dask")) as address:
        yield address


@pytest.fixture(params=["thread", "process", "dask"])
def executor(request: pytest.FixtureRequest) -> dict[str, str]:
    """The settings of each executor; a test may ask for some of them only."""
    if request.param == "dask":
        return {"executor": "dask", "dask_scheduler": request.getfixturevalue("cluster")}
    return {"executor": request.param}


@pytest.fixture
def open_(
    open_bench: OpenBench, executor: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Bench]:
    """Open the store of this test, whose builds are supervised by the executor."""
    if executor["executor"] != "thread":
        monkeypatch.setattr(dispatcher, "supervise", supervise_fake_worker)
        parts = [str(ROOT), str(Path(fake_worker.__file__).parent)]
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(parts))

    def open_one(**settings: Any) -> Bench:
        return open_bench(**executor, **settings)

    return open_one


@pytest.fixture
def real_worker(
    open_: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> TinyChannel:
    """Let builds be real again; return an empty channel for them."""
    monkeypatch.setattr(process, "WORKER_MODULE", REAL_WORKER)
    monkeypatch.setattr(dispatcher, "supervise", supervisor.supervise)
    return TinyChannel(tmp_path / "channel")
