"""Locks for several platforms, each solved with its virtual packages or with other ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.engine.tiny_channel import TinyChannel


@pytest.fixture
def tiny(tmp_path: Path) -> TinyChannel:
    """A channel whose newest versions ask for more than most machines have."""
    tiny = TinyChannel(tmp_path / "channel")
    for platform, old, new in (
        ("linux-64", "__glibc >=2.17", "__cuda >=12"),
        ("osx-arm64", "__osx >=11", "__osx >=26"),
        ("win-64", "__win", "__cuda >=12"),
    ):
        tiny.add("base", "1.0", subdir=platform, depends=[old])
        tiny.add("base", "2.0", subdir=platform, depends=[new])
    return tiny


async def versions(api, tiny: TinyChannel, **variables: str) -> dict[str, str]:
    """Return the version of each platform in the lock of a new build."""
    build_id = await api.submit("base", channels=(tiny.url,), variables=variables)
    await api.completed(build_id)
    lock = json.loads((await api.get(f"build/{build_id}/lockfile/")).text)
    assert lock["metadata"]["platforms"] == ["linux-64", "osx-arm64", "win-64"]
    return {package["platform"]: package["version"] for package in lock["package"]}


async def test_each_platform_is_solved_with_what_the_variables_say(api, tiny):
    await api.put("setting/ns/", {"conda_solve_platforms": ["osx-arm64", "win-64"]})
    everywhere = dict.fromkeys(("linux-64", "osx-arm64", "win-64"), "1.0")
    assert await versions(api, tiny, CONDA_OVERRIDE_CUDA="") == everywhere
    assert await versions(api, tiny, CONDA_OVERRIDE_CUDA="12.4") == {
        **everywhere,
        "linux-64": "2.0",
        "win-64": "2.0",
    }
    newer = {**everywhere, "osx-arm64": "2.0"}
    assert await versions(api, tiny, CONDA_OVERRIDE_CUDA="", CONDA_OVERRIDE_OSX="26.1") == newer


async def test_an_override_can_take_away_what_the_machine_has(api, tiny):
    build_id = await api.submit(
        "base", channels=(tiny.url,), variables={"CONDA_OVERRIDE_GLIBC": "2.5"}
    )
    failed = await api.ended(build_id)
    assert failed["status"] == "FAILED"
    assert "__glibc" in await api.log(build_id)
