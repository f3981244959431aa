"""conda, mamba and micromamba as engines of several users, in the states in which they fail alone.

mamba's failures with several users are "cannot set file time" and "cannot set permissions": of an
index, and of packages, that somebody else owns.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine.http_channel import HttpChannel
from tests.engine.test_real_tools import tool

from .people import Person
from .test_caches import built, give

__all__ = ["tool"]


@pytest.fixture
def engine(tool: tuple[str, str]) -> dict[str, str]:
    """The settings of a real tool that every user may run."""
    name, executable = tool
    path = Path(executable).resolve()
    if not all(way.stat().st_mode & 0o001 for way in (path, *path.parents)):
        pytest.skip(f"other users cannot run {path}")
    return {"engine": name, "engine_executable": executable}


def test_two_users_build_with_a_tool_at_once_and_after_an_administrator(
    engine: dict[str, str],
    ground: Path,
    alice: Person,
    bob: Person,
    served: HttpChannel,
    open_store: Callable[..., Any],
) -> None:
    shared = ground / "shared"
    for name in ("packages", "indexes"):
        place = shared / name
        place.mkdir(parents=True)
        os.chown(place, alice.uid, alice.group)
        place.chmod(0o2775)
    settings = {
        "package_cache_directory": str(shared / "packages"),
        "repodata_cache_directory": str(shared / "indexes"),
        **engine,
    }
    stores = {person: open_store(person, umask=0o002, **settings) for person in (alice, bob)}

    def build_at_once(*packages: str) -> list[Path]:
        for store in stores.values():
            store.ask(*packages)
        return [built(store.answer()) for store in stores.values()]

    prefixes = build_at_once("first")
    # What micromamba 1.1 fails on: everything is somebody else's, mode 770, and old; 304 comes.
    give(shared / "indexes", alice.uid, alice.group)
    for path in (shared / "indexes").rglob("*"):
        path.chmod(0o770)
        os.utime(path, (1_600_000_000, 1_600_000_000))
    prefixes += build_at_once("first", "second")
    # And with the packages of the one given to the other.
    give(shared / "packages", bob.uid, bob.group)
    last = build_at_once("second")
    for prefix in last:
        assert (prefix / "share" / "second" / "1").read_text() == "second 1"
        assert {path.name for path in (prefix / "conda-meta").glob("*.json")} >= {
            "second-1.0-0.json"
        }
    for prefix in last:
        other = bob if prefix.is_relative_to(stores[alice].directory) else alice
        assert other.can_change(prefix) == []
    assert all(prefix.is_dir() for prefix in prefixes)
    assert served.asked_for("*repodata*") > 0
