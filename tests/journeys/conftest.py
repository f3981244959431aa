from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.handlers.serving import api, extension, jp_server_config

from .kernels import Kernels

__all__ = ["api", "extension", "jp_server_config"]


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the stores of all journeys are, with one cache that they share."""
    return tmp_path_factory.mktemp("j")


@pytest.fixture
def new_store(root: Path):
    """Make the directory of a store whose packages and byte code are in the shared cache.

    Short, as prefixes have 255 characters at most.
    """

    def make() -> Path:
        store = root / f"s{len(list(root.glob('s*')))}"
        cache = root / "cache"
        cache.mkdir(exist_ok=True)
        (store / ".envstore").mkdir(parents=True)
        (store / ".envstore" / "cache").symlink_to(cache)
        return store

    return make


@pytest.fixture
def store_directory(new_store) -> Path:
    return new_store()


@pytest.fixture
def envstore_config(store_directory: Path, root: Path) -> dict[str, Any]:
    return {
        "store_directory": str(store_directory),
        "repodata_cache_directory": str(root / "repodata"),
        "storage_threshold": 0,
    }


@pytest.fixture
def channel(local_channel: str, generated_channel: str) -> tuple[str, str]:
    """The channels of a specification that may ask for everything there is."""
    return local_channel, generated_channel


@pytest.fixture
def python() -> str:
    """Match spec of the Python that the local channel has."""
    return f"python={sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def kernels(api, jp_serverapp, jp_asyncio_loop):
    """Kernels of this server, shut down at the end."""
    running = Kernels(api, jp_serverapp)
    yield running
    jp_asyncio_loop.run_until_complete(running.shut_all_down())
