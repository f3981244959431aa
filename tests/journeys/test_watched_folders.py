"""A watched folder, two servers of which one is killed, and real packages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.builder.waiting import wait_for

from .server_process import ServerProcess, running


@pytest.fixture
def folder(root):
    folder = root / "watched"
    folder.mkdir()
    return folder


def specification(name: str, channel: tuple[str, ...]) -> str:
    wanted = {"name": name, "channels": channel, "dependencies": ["activate-ok"]}
    return json.dumps(wanted)


def files(server: ServerProcess) -> dict[str, Any]:
    return {file["environment"]: file for file in server.request("GET", "watched/")["files"]}


def completed(server: ServerProcess, name: str) -> dict[str, Any]:
    file = wait_for(lambda: files(server).get(name), f"{name} is found", 60)

    def build() -> dict[str, Any] | None:
        build = server.build(file["build_id"])
        assert build["status"] in ("QUEUED", "BUILDING", "COMPLETED"), build["status_info"]
        return build if build["status"] == "COMPLETED" else None

    return wait_for(build, f"{name} is built", 120)


def test_a_server_that_is_killed_has_nothing_built_twice(
    tmp_path, envstore_config, channel, folder
):
    traits = {**envstore_config, "watch_paths": str(folder)}
    # Written before any server is there, and while one that is killed may be reading it.
    (folder / "one.yml").write_text(specification("one", channel))
    with running(tmp_path / "a", **traits) as first:
        wait_for(lambda: "one" in files(first), "the first file is found", 60)
        (folder / "two.yml").write_text(specification("two", channel))
        first.kill()
    with running(tmp_path / "b", **traits) as second, running(tmp_path / "c", **traits) as third:
        (folder / "three.yml").write_text(specification("three", channel))
        for name in ("one", "two", "three"):
            assert completed(second, name)["client"] == "watch_paths"
        assert third.request("GET", "watched/") == second.request("GET", "watched/")
        built = second.request("GET", "build/?namespace=filesystem")
        assert len(built) == 3
