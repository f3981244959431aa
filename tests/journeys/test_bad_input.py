"""Wrong input, bad channels, a bad place for the store: a sentence each, and nothing half-done."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from jupyter_envstore.domain.build_key import specification_sha256
from tests.engine.http_channel import HttpChannel
from tests.handlers.api_client import API, until
from tools.jupyter_process import jupyter_server

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 10)}]\n" for n in range(8)
)

REFUSED = {
    "not YAML": ("name: [unfinished", "Invalid YAML"),
    "a tab": ("name: x\nchannels:\n\t- conda-forge", "Invalid YAML"),
    "a list": ("- numpy", "valid dictionary"),
    "plain text": ("numpy", "valid dictionary"),
    "nothing": ("", "valid dictionary"),
    "too long": ("name: x\n#" + "x" * 1_500_000, "1,500,009 bytes; at most 250,000"),
    "an alias bomb": (BOMB, "more than 20,000 values"),
    "deep": ("name: " + "[" * 200 + "]" * 200, "levels"),
    "parent directory": ("name: ..", "begins with a dot"),
    "a path": ("name: a/b", "should match pattern"),
    "an emoji": ("name: \N{SNAKE}", "should match pattern"),
    "a long name": ("name: " + "n" * 300, "has 300 bytes"),
    "a device": ("name: CON", "a device on Windows"),
    "no name": ("dependencies: [numpy]", "Field required"),
    "a number for a name": ("name: 2024", "valid string"),
    "a bad match spec": ("name: x\ndependencies: ['numpy==1.0==2']", "numpy==1.0==2"),
    "the channel local": ("name: x\nchannels: [local]", "'local'"),
    "a pip option": ("name: x\ndependencies: [{pip: ['--pre']}]", "Invalid pip option"),
}


@pytest.mark.parametrize(("text", "says"), REFUSED.values(), ids=REFUSED)
async def test_a_bad_specification_is_refused_and_nothing_is_stored(api, text, says):
    before = (await api.get("events/")).data
    sent = {"specification": text, "namespace": "new"}
    error = (await api.post("specification/", sent)).error
    assert says.lower() in f"{error['message']} {error['hint']}".lower()
    assert error["problems"]
    assert all(problem["message"] for problem in error["problems"])
    assert len(error["message"]) < 1000
    assert [row["name"] for row in (await api.get("namespace/")).data] == ["default"]
    assert (await api.get("environment/")).data == []
    assert (await api.get("events/")).data == before


async def test_ten_megabytes_are_refused_without_reading_them(api):
    reply = await api.post("specification/", {"specification": "#" * 10_000_000})
    assert reply.status == 413
    assert "bytes" in reply.error["message"]


@pytest.mark.parametrize("name", ["..", "a b", "\N{SNAKE}", "n" * 300])
async def test_a_bad_namespace_is_refused(api, name):
    sent = {"specification": "name: x", "namespace": name}
    error = (await api.post("specification/", sent)).error
    assert error["problems"][0]["place"] == "namespace"
    assert [row["name"] for row in (await api.get("namespace/")).data] == ["default"]


async def test_what_is_merely_odd_is_accepted_and_named(api, channel):
    text = json.dumps(
        {
            "name": "odd",
            "channels": [*channel, "nodefaults"],
            "dependencies": ["activate-ok"],
            "platforms": ["linux-64"],
        }
    )
    reply = await api.post("specification/", {"specification": text})
    assert [warning["place"] for warning in reply.data["warnings"]] == ["platforms", "channels[2]"]
    build = await api.completed(reply.data["build_id"])
    assert build["specification"]["spec"]["channels"] == list(channel)
    assert [warning["place"] for warning in build["warnings"]] == ["platforms", "channels[2]"]


class TestChannels:
    @pytest.fixture
    def envstore_config(self, envstore_config):
        return {**envstore_config, "stall_timeout": 10.0}

    @pytest.fixture
    def served(self, channels):
        channel = HttpChannel(channels / "generated")
        with channel.serve():
            yield channel

    @pytest.mark.parametrize(
        ("fault", "says"),
        [
            ({"kind": "status", "status": 404}, "404"),
            ({"kind": "status", "status": 500}, "500"),
            ({"kind": "html"}, ""),
            ({"kind": "truncated"}, ""),
            ({"kind": "stalled"}, ""),
        ],
        ids=["404", "500", "html", "truncated", "stalled"],
    )
    async def test_a_bad_channel_is_named_and_works_again_when_it_is_good(
        self, api, served, local_channel, fault, says
    ):
        served.fail("*repodata*", **fault)
        build_id = await api.submit("activate-ok", channels=(served.url, local_channel))
        build = await api.ended(build_id)
        assert build["status"] == "FAILED"
        failure = build["failure"]
        assert failure["kind"] in ("channel", "network")
        assert served.url in f"{failure['message']} {failure['hint']} {failure['explanation']}"
        assert says in build["status_info"]
        assert failure["hint"]
        served.faults.clear()
        again = (await api.put(f"build/{build_id}/")).data["build_id"]
        assert (await api.completed(again))["published"]


class TestFullDisk:
    @pytest.fixture
    def small_disk(self, tmp_path):
        """A file system of 24 MB. The real thing: the kernel says that it is full."""
        disk = tmp_path / "d"
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "none", str(disk)]
        if os.geteuid() != 0 or subprocess.run(mount, check=False).returncode != 0:
            pytest.skip("only root may mount a small file system")
        yield disk
        subprocess.run(["umount", "-l", str(disk)], check=True)

    @pytest.fixture
    def store_directory(self, small_disk):
        return small_disk / "s"

    async def test_a_full_disk_fails_the_build_and_room_makes_the_next_one_work(
        self, api, channel, python, small_disk
    ):
        build_id = await api.submit(python, "numpy", channels=channel)
        build = await api.ended(build_id)
        assert build["status"] == "FAILED"
        assert build["failure"]["kind"] == "disk"
        assert build["failure"]["hint"]
        assert not await asyncio.to_thread(os.path.lexists, build["prefix"])
        grow = ["mount", "-o", "remount,size=600m", str(small_disk)]
        await asyncio.to_thread(subprocess.run, grow, check=True)
        again = (await api.put(f"build/{build_id}/")).data["build_id"]
        assert (await api.completed(again))["published"]


class TestThreshold:
    @pytest.fixture
    def envstore_config(self, envstore_config):
        return {**envstore_config, "storage_threshold": 1 << 60}

    async def test_nothing_is_queued_when_too_little_is_free(self, api):
        error = (await api.post("specification/", {"specification": "name: x"})).error
        assert "`CondaStore.storage_threshold` reached" in error["message"]
        assert "c.EnvStore.storage_threshold" in error["hint"]
        assert (await api.get("build/")).data == []


class TestUnusableStore:
    @pytest.fixture
    def store_directory(self, tmp_path):
        (tmp_path / "file").write_text("not a directory")
        return tmp_path / "file" / "s"

    async def test_the_server_says_so_and_goes_on(self, api, store_directory, jp_fetch):
        reply = await api.get("environment/")
        assert reply.status == 503
        assert str(store_directory) in reply.error["message"]
        assert "c.EnvStore.store_directory" in reply.error["hint"]
        assert (await jp_fetch("api", "status")).code == 200
        store_directory.parent.unlink()
        assert (await api.get("environment/")).data == []


def test_builds_that_a_new_database_does_not_know_are_kept(new_store, tmp_path, channels):
    """The database is lost, or restored from an old backup, beside a store that is full."""
    store = new_store()
    options = {
        "EnvStore.store_directory": store,
        "EnvStore.recovery_interval": 0.2,
        "EnvStore.storage_threshold": 0,
    }
    log = tmp_path / "log"
    specification = {
        "name": "env",
        "channels": [(channels / name).as_uri() for name in ("generated", "local")],
        "dependencies": ["activate-ok"],
    }
    sent = {"specification": json.dumps(specification)}
    with jupyter_server(tmp_path, options, log=log) as server:
        build_id = server.request("POST", f"{API}specification/", sent)["data"]["build_id"]
        prefix = Path(_ended(server, build_id)["prefix"])
    for file in (store / ".envstore").glob("envstore.db*"):
        file.unlink()
    with jupyter_server(tmp_path, options, log=log) as server:
        status = server.request("GET", f"{API}")["data"]
        assert "does not know all builds of its store" in status["doubt"]
        # A build, and with it rounds of recovery: what is unknown stays all the same.
        again = server.request("POST", f"{API}specification/", sent)["data"]["build_id"]
        assert _ended(server, again)["status"] == "COMPLETED"
        time.sleep(0.5)
        assert prefix.is_dir()
    with jupyter_server(tmp_path, options, log=log) as server:
        assert server.request("GET", f"{API}")["data"]["doubt"], "the doubt outlives a restart"


def _ended(server, build_id):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        build = server.request("GET", f"{API}build/{build_id}/")["data"]
        if build["status"] not in ("QUEUED", "BUILDING"):
            return build
        time.sleep(0.05)
    raise AssertionError("the build did not end")


class TestSomebodysDirectory:
    @pytest.fixture
    def envstore_config(self, envstore_config):
        return {**envstore_config, "recovery_interval": 0.1}

    async def test_in_place_of_the_link_it_is_left_alone(self, api, channel, store_directory):
        theirs = store_directory / "ns" / "envs" / "env"
        theirs.mkdir(parents=True)
        (theirs / "precious").write_text("mine")
        build = await api.ended(await api.submit("activate-ok", channels=channel))
        assert build["status"] == "COMPLETED"

        async def warned():
            shown = await api.build(build["id"])
            return [w for w in shown["warnings"] if "foreign" in w["message"]]

        (warning,) = await until(warned)
        assert str(theirs) in warning["message"]
        assert (theirs / "precious").read_text() == "mine"
        theirs.rename(store_directory / "elsewhere")

        async def mended():
            return theirs.is_symlink() and str(theirs.readlink()) == build["prefix"]

        await until(mended)


async def test_somebodys_directory_in_place_of_the_prefix_is_left_alone(
    api, channel, store_directory
):
    model = {
        "channels": list(channel),
        "dependencies": ["activate-ok"],
        "description": "",
        "name": "env",
        "prefix": None,
        "variables": None,
    }
    start = specification_sha256(model)[:8]
    now = int(time.time())
    theirs = [store_directory / "ns" / f"{start}-{now + n}-1-env" for n in range(30)]
    for directory in theirs:
        directory.mkdir(parents=True)
        (directory / "precious").write_text("mine")
    build = await api.ended(await api.submit("activate-ok", channels=channel))
    assert (build["status"], build["failure"]["kind"]) == ("FAILED", "path")
    assert build["prefix"] in build["status_info"]
    assert all((directory / "precious").read_text() == "mine" for directory in theirs)
