from __future__ import annotations

from pathlib import Path

import pytest

from tests.builder.archiving import archiver
from tests.builder.bench import fake_workers

from .api_client import Api
from .serving import api, envstore_config, extension, jp_server_config, store_directory

__all__ = [
    "api",
    "archiver",
    "envstore_config",
    "extension",
    "fake_workers",
    "jp_server_config",
    "store_directory",
]


@pytest.fixture
def open_gate(fake_workers: Path):
    def open_gate(build_id: int) -> None:
        (fake_workers / str(build_id)).touch()

    return open_gate


@pytest.fixture
def build(api: Api, fake_workers: Path, jp_asyncio_loop) -> int:
    """The id of a build that is COMPLETED, current, and the only one."""

    async def make() -> int:
        build_id = await api.submit("finish")
        await api.completed(build_id)
        return build_id

    return jp_asyncio_loop.run_until_complete(make())
