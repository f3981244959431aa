"""File systems whose files can share blocks: what another user has is cloned, and takes no room."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.tiny_channel import TinyChannel

from .people import Person
from .test_caches import built

GIVEN = "ENVSTORE_TEST_REFLINKS"
SIZE = 24 << 20


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory for everybody, on a file system that a variable names (btrfs, xfs)."""
    if GIVEN not in os.environ:
        pytest.skip(f"{GIVEN} does not name a directory on a file system with reflinks")
    directory = Path(tempfile.mkdtemp(prefix="es-", dir=os.environ[GIVEN]))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


def occupied(place: Path) -> int:
    os.sync()
    status = os.statvfs(place)
    return (status.f_blocks - status.f_bfree) * status.f_frsize


def test_what_another_user_has_is_cloned(
    place: Path, tiny: TinyChannel, alice: Person, bob: Person, open_store: Callable[..., Any]
) -> None:
    tiny.add("large", files={"share/large": os.urandom(SIZE // 2).hex()})
    homes = {}
    for person in (alice, bob):
        homes[person] = place / person.name
        homes[person].mkdir()
        os.chown(homes[person], person.uid, person.gid)
    hers = open_store(alice, channel=tiny.url, store_directory=str(homes[alice] / "store"))
    packages = homes[alice] / "store/.envstore/cache/packages"
    first = built(hers.build("large")) / "share/large"
    before = occupied(place)

    his = open_store(
        bob,
        channel=tiny.url,
        store_directory=str(homes[bob] / "store"),
        shared_package_caches=[str(packages)],
    )
    answer = his.build("large")
    second = built(answer) / "share/large"
    assert f"large-1.0-0 is taken from {packages}: " in answer["log"]
    assert " cloned" in answer["log"]
    assert occupied(place) - before < SIZE // 2
    assert second.read_bytes() == first.read_bytes()
    assert (first.stat().st_uid, second.stat().st_uid) == (alice.uid, bob.uid)
    assert first.stat().st_ino != second.stat().st_ino
    assert bob.can_change(homes[alice]) == alice.can_change(homes[bob]) == []
