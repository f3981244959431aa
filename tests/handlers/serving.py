"""A real Jupyter server with the extension, in the process of the test."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.builder.invariants import check_invariants

from .api_client import Api


@pytest.fixture
def store_directory(tmp_path: Path) -> Path:
    """The store of this test: a short path, as prefixes have 255 characters at most."""
    return tmp_path / "s"


@pytest.fixture
def envstore_config(store_directory: Path, tmp_path: Path) -> dict[str, Any]:
    """``c.EnvStore``; tests override it to add to it."""
    return {
        "store_directory": str(store_directory),
        "repodata_cache_directory": str(tmp_path / "repodata"),
        "storage_threshold": 0,
    }


@pytest.fixture
def jp_server_config(envstore_config: dict[str, Any]) -> dict[str, Any]:
    return {
        "ServerApp": {"jpserver_extensions": {"jupyter_envstore": True}},
        "EnvStore": envstore_config,
    }


@pytest.fixture
def extension(jp_serverapp: Any, http_server: Any) -> Any:
    """The running extension."""
    return next(iter(jp_serverapp.extension_manager.extension_apps["jupyter_envstore"]))


@pytest.fixture
def api(
    extension: Any,
    http_server_client: Any,
    jp_auth_header: dict[str, str],
    jp_base_url: str,
    jp_asyncio_loop: asyncio.AbstractEventLoop,
    store_directory: Path,
) -> Iterator[Api]:
    """A client of the server. At the end the store is stopped, and what it left is checked."""
    yield Api(http_server_client, jp_base_url, jp_auth_header)
    jp_asyncio_loop.run_until_complete(extension.stop_extension())
    if (store_directory / ".envstore" / "envstore.db").exists():
        check_invariants(store_directory)
