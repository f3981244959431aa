"""Builds of all three key versions in one store: each keeps its path, and all of them work."""

from __future__ import annotations

import os
import re
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.builder.invariants import check_invariants
from tests.builder.waiting import wait_for
from tests.engine.http_channel import HttpChannel
from tests.engine.tiny_channel import TinyChannel

from .server_process import ServerProcess, running

VERSIONS = (1, 2, 3)
PATHS = {
    1: r"/ns/[0-9a-f]{64}-\d{8}-\d{6}-\d{6}-{id}-{name}",
    2: r"/ns/[0-9a-f]{8}-\d{10}-{id}-{name}",
    3: r"/[0-9a-f]{32}",
}


@pytest.fixture
def tiny(tmp_path) -> TinyChannel:
    """A channel with a package that is there at once, and one for each version that can be held."""
    channel = TinyChannel(tmp_path / "channel")
    for name in ("small", *(f"large-{version}" for version in VERSIONS)):
        channel.add(name)
    return channel


@pytest.fixture
def traits(store_directory, root) -> dict[str, Any]:
    return {
        "store_directory": store_directory,
        "repodata_cache_directory": root / "repodata",
        "storage_threshold": 0,
        "recovery_interval": 0.5,
        "max_concurrent_builds": 1,
    }


def check_path(build: dict[str, Any], store: Path, version: int, name: str) -> None:
    """Fail unless the build has the version, and a key and a prefix of it."""
    pattern = PATHS[version].replace("{id}", str(build["id"])).replace("{name}", name)
    assert build["build_key_version"] == version
    assert re.fullmatch(pattern, build["prefix"].removeprefix(str(store)))
    assert build["prefix"].endswith(f"/{build['build_key']}")


def link_of(store: Path, name: str) -> str | None:
    link = store / "ns" / "envs" / name
    return str(link.readlink()) if os.path.lexists(link) else None


def test_the_version_changes_under_builds_in_every_state(tiny, store_directory, traits, tmp_path):
    """Each server has another version, and is killed with builds done, running and waiting.

    Defect 15 of conda-store: the version of now decides where builds of earlier are looked for.
    """
    store = store_directory
    story = Story()
    with ExitStack() as stack:
        for version in VERSIONS:
            held = HttpChannel(tiny.directory)
            held.fail("*/large*", "held", after=10)
            stack.enter_context(held.serve())
            home = tmp_path / f"server-{version}"
            with running(home, **traits, build_key_version=version) as server:
                # What the server before left is finished, as it was asked for.
                for older in range(1, version):
                    completed(server, story.begun[older])
                    completed(server, story.waiting[older])
                story.ask(server, version, tiny.url, held.url)
                server.kill()
            held.release()
        with running(tmp_path / "last", **traits, build_key_version=2) as server:
            story.check_builds(server, store)
            switch_back_and_forth(server, store, story.done)
            delete_builds(server, [story.done[2], story.done[3]])
            delete_environments(server, store, story.begun)
    check_invariants(store)


class Story:
    """One build that is done, one that has begun and one that waits, for each version."""

    def __init__(self) -> None:
        self.done: dict[int, int] = {}
        self.begun: dict[int, int] = {}
        self.waiting: dict[int, int] = {}

    def ask(self, server: ServerProcess, version: int, fast: str, held: str) -> None:
        """Have all three, and return when they are in their states."""
        self.done[version] = server.submit("small", channels=(fast,))
        completed(server, self.done[version])
        begun = server.submit(f"large-{version}", channels=(held,), name=f"begun{version}")
        waiting = server.submit("small", channels=(fast,), name=f"waiting{version}")
        self.begun[version], self.waiting[version] = begun, waiting
        wait_for(lambda: server.build(begun)["phase"] == "DOWNLOADING", "the download begins")
        assert server.build(waiting)["status"] == "QUEUED"

    def check_builds(self, server: ServerProcess, store: Path) -> None:
        """Fail unless each build is as it was asked for, whichever server made it."""
        for version in VERSIONS:
            names = {
                "env": self.done[version],
                f"begun{version}": self.begun[version],
                f"waiting{version}": self.waiting[version],
            }
            for name, build_id in names.items():
                check_path(completed(server, build_id), store, version, name)
                if name != "env":
                    assert (link_of(store, name) is None) == (version == 3)
            assert server.build(self.begun[version])["attempts"] == 2
            assert server.build(self.waiting[version])["attempts"] == 1
        listed = server.request("GET", "build/?size=100")
        states = (self.done, self.begun, self.waiting)
        assert {build["id"]: build["build_key_version"] for build in listed} == {
            ids[version]: version for ids in states for version in VERSIONS
        }


def completed(server: ServerProcess, build_id: int) -> dict[str, Any]:
    wait_for(lambda: server.build(build_id)["status"] not in ("QUEUED", "BUILDING"), "", 60)
    build = server.build(build_id)
    assert build["status"] == "COMPLETED", build["status_info"]
    assert Path(build["prefix"], "conda-meta", "envstore").is_file()
    return build


def switch_back_and_forth(server: ServerProcess, store: Path, builds: dict[int, int]) -> None:
    """Make builds of all versions the current one: the link comes and goes."""
    for version in (1, 3, 2, 3, 1, 2, 1):
        server.request("PUT", "environment/ns/env/", {"build_id": builds[version]})
        prefix = server.build(builds[version])["prefix"]
        assert link_of(store, "env") == (None if version == 3 else prefix)
        environment = server.request("GET", "environment/ns/env/")
        assert environment["current_build_id"] == builds[version]
        assert environment["published"]


def delete_builds(server: ServerProcess, builds: list[int]) -> None:
    for build_id in builds:
        prefix = server.build(build_id)["prefix"]
        server.request("DELETE", f"build/{build_id}/")
        assert not os.path.lexists(prefix)


def delete_environments(server: ServerProcess, store: Path, builds: dict[int, int]) -> None:
    for version, build_id in builds.items():
        prefix = server.build(build_id)["prefix"]
        server.request("DELETE", f"environment/ns/begun{version}/")
        assert link_of(store, f"begun{version}") is None
        wait_for(lambda prefix=prefix: not os.path.lexists(prefix), "its build is removed")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_link_that_a_killed_server_left_behind_is_mended_for_each_version(
    version, tiny, store_directory, traits, tmp_path
):
    """It leads to the build before, which had another version; version 3 has none."""
    store = store_directory
    ids = []
    for number, of_server in enumerate((3 if version == 2 else 2, version)):
        with running(tmp_path / f"{number}", **traits, build_key_version=of_server) as server:
            ids.append(server.submit("small", channels=(tiny.url,)))
            wait_for(lambda i=ids[-1], s=server: s.build(i)["published"], "it is published")
            prefixes = [server.build(build_id)["prefix"] for build_id in ids]
            server.kill()
    expected = None if version == 3 else prefixes[1]
    assert link_of(store, "env") == expected

    envs = store / "ns" / "envs"
    envs.mkdir(exist_ok=True)
    (envs / "env").unlink(missing_ok=True)
    (envs / "env").symlink_to(prefixes[0])
    with running(tmp_path / "last", **traits, build_key_version=2):
        wait_for(lambda: link_of(store, "env") == expected, "the link is mended")
        assert all(Path(prefix).is_dir() for prefix in prefixes)
    check_invariants(store)


class TestKernels:
    @pytest.fixture
    def envstore_config(self, envstore_config):
        return {**envstore_config, "build_key_version": 3}

    @pytest.fixture
    def older(self, traits, channel, python, tmp_path) -> dict[int, int]:
        """Builds of the older versions, which were there before the server: id by version."""
        ids = {}
        for version in (1, 2):
            with running(tmp_path / f"{version}", **traits, build_key_version=version) as server:
                ids[version] = server.submit(python, "ipykernel", channels=channel)
                last = server.submit(python, "ipykernel", channels=channel, name=f"only{version}")

                def all_published(server=server, version=version, last=last) -> bool:
                    kernels = server.request("GET", "kernels/")
                    return len(kernels) == 1 + version and server.build(last)["published"]

                wait_for(all_published, "the builds are published, with their kernels", 180)
        return ids

    async def test_kernels_of_all_versions_appear_and_start(
        self, older, api, channel, python, kernels
    ):
        third = await api.submit(python, "ipykernel", channels=channel)
        await api.completed(third, timeout=120)
        by_version = {**older, 3: third}
        cards = {card["environment"]: card for card in (await api.get("kernels/")).data}
        assert set(cards) == {"env", "only1", "only2"}
        shown = await kernels.specs()
        assert {card["name"] for card in cards.values()} <= set(shown)
        for environment in ("only1", "only2"):
            running_kernel = await kernels.start(cards[environment]["name"])
            prefix = (await api.build(cards[environment]["build_id"]))["prefix"]
            assert await kernels.run(running_kernel, "sys.prefix") == prefix
            await kernels.shut_down(running_kernel)

        # One environment: the kernel keeps its name, and follows the current build.
        for version in (3, 1, 3, 2):
            build_id = by_version[version]
            assert (await api.put("environment/ns/env/", {"build_id": build_id})).status == 200
            running_kernel = await kernels.start(cards["env"]["name"])
            prefix = (await api.build(build_id))["prefix"]
            assert await kernels.run(running_kernel, "sys.prefix") == prefix
            await kernels.shut_down(running_kernel)
