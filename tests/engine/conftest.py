from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .running import Workshop
from .tiny_channel import TinyChannel


@pytest.fixture
def tiny(tmp_path: Path) -> TinyChannel:
    """An empty channel."""
    return TinyChannel(tmp_path / "channel")


@pytest.fixture
def workshop(tmp_path: Path, tiny: TinyChannel) -> Iterator[Workshop]:
    """Builds from the tiny channel, unless an order says otherwise; ends what it started."""
    shop = Workshop(tmp_path / "store", (tiny.url,))
    shop.root.mkdir()
    yield shop
    for running in shop.started:
        running.end()
