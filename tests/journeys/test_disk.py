"""Disks that fill up, run out of inodes or break under a running server."""

from __future__ import annotations

import json
import re
import shutil
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.builder.invariants import check_invariants
from tests.builder.waiting import wait_for
from tests.engine.tiny_channel import TinyChannel

from .mounts import BreakableDisk, fill, fill_inodes, forget, small_disk
from .server_process import ServerProcess, running

MIB = 1 << 20


@pytest.fixture
def channel(tmp_path: Path) -> TinyChannel:
    channel = TinyChannel(tmp_path / "channel")
    channel.add("small")
    return channel


def traits(disk: Path, home: Path, **more: Any) -> dict[str, Any]:
    return {
        "store_directory": disk / "s",
        "repodata_cache_directory": home / "repodata",
        "storage_threshold": 0,
        **more,
    }


def ended(server: ServerProcess, build_id: int) -> dict[str, Any]:
    done = ("COMPLETED", "FAILED", "CANCELED")
    wait_for(lambda: server.build(build_id)["status"] in done, f"build {build_id} ends", 60)
    return server.build(build_id)


def refused(server: ServerProcess, channel: TinyChannel) -> tuple[int, dict[str, Any]]:
    with pytest.raises(urllib.error.HTTPError) as error:
        server.submit("small", channels=(channel.url,), name="refused")
    with error.value as reply:
        return reply.code, json.loads(reply.read())


def check_that_it_works(server: ServerProcess, channel: TinyChannel, *specs: str) -> None:
    build = ended(server, server.submit(*specs, channels=(channel.url,), name="again"))
    assert build["status"] == "COMPLETED", build["status_info"]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", "size=48m,nr_inodes=1500") as directory:
        yield directory


def test_a_full_disk_fails_the_build_that_filled_it_and_nothing_else(tmp_path, disk, channel):
    channel.add("large", files={"share/large": "0123456789abcdef" * (MIB // 4)})
    with running(tmp_path / "home", **traits(disk, tmp_path)) as server:
        first = ended(server, server.submit("small", channels=(channel.url,)))
        ballast = fill(disk, leave=3 * MIB)
        build = ended(server, server.submit("large", channels=(channel.url,)))
        assert build["status"] == "FAILED"
        assert build["failure"]["kind"] == "disk"
        assert "no space left on device" in build["failure"]["message"]
        assert "Delete builds" in build["failure"]["hint"]
        assert server.build(first["id"])["status"] == "COMPLETED"
        ballast.unlink()
        check_that_it_works(server, channel, "large")
    check_invariants(disk / "s")


def test_a_disk_without_a_byte_is_told_to_who_asks_and_all_can_still_be_read(
    tmp_path, disk, channel
):
    with running(tmp_path / "home", **traits(disk, tmp_path)) as server:
        first = ended(server, server.submit("small", channels=(channel.url,)))
        ballast = fill(disk)
        status, body = refused(server, channel)
        assert status == 503
        assert body["message"].startswith("The store cannot be written: its disk is full")
        assert body["hint"].startswith("Free some space.")
        assert server.build(first["id"])["status"] == "COMPLETED"
        ballast.unlink()
        check_that_it_works(server, channel, "small")
    check_invariants(disk / "s")


def test_an_end_that_a_full_disk_cannot_take_is_recorded_when_it_can(tmp_path, disk, channel):
    gate = tmp_path / "gate"
    script = f"echo waiting; while [ ! -e {gate} ]; do sleep 0.05; done"
    channel.add("waits", files={"bin/.waits-post-link.sh": script})
    with running(tmp_path / "home", **traits(disk, tmp_path)) as server:
        build_id = server.submit("waits", channels=(channel.url,))
        log = disk / "s" / ".envstore" / "logs" / f"{build_id}.log"
        wait_for(lambda: log.exists() and "waiting" in log.read_text(), "the script runs", 60)
        ballast = fill(disk)
        gate.touch()
        wait_for(lambda: "its disk is full" in server.log.read_text(), "recording fails", 60)
        assert server.build(build_id)["status"] == "BUILDING"
        ballast.unlink()
        build = ended(server, build_id)
        assert (build["status"], build["failure"]["kind"]) == ("FAILED", "disk")
        assert "no space left on device" in build["failure"]["message"]
        check_that_it_works(server, channel, "waits")
    check_invariants(disk / "s")


def test_a_full_table_of_inodes_is_not_called_a_full_disk(tmp_path, disk, channel):
    channel.add("many", files={f"share/many/{number}": "x" for number in range(300)})
    with running(tmp_path / "home", **traits(disk, tmp_path)) as server:
        ended(server, server.submit("small", channels=(channel.url,)))
        ballast = fill_inodes(disk, leave=150)
        build = ended(server, server.submit("many", channels=(channel.url,)))
        assert build["status"] == "FAILED"
        assert build["failure"]["kind"] == "disk"
        assert "ran out of inodes" in build["failure"]["message"]
        assert "1500 files" in build["failure"]["message"]
        shutil.rmtree(ballast)
        check_that_it_works(server, channel, "many")
    check_invariants(disk / "s")


def test_too_little_space_is_refused_before_anything_is_done(tmp_path, disk, channel):
    more = {"storage_threshold": 40 * MIB}
    with running(tmp_path / "home", **traits(disk, tmp_path, **more)) as server:
        ballast = fill(disk, leave=20 * MIB)
        status, body = refused(server, channel)
        assert status == 400
        assert "`CondaStore.storage_threshold` reached" in body["message"]
        assert re.search(r"\b(19|20) MiB are free", body["hint"])
        assert "c.EnvStore.storage_threshold is 40 MiB" in body["hint"]
        assert "delete builds" in body["hint"]
        ballast.unlink()
        check_that_it_works(server, channel, "small")
    check_invariants(disk / "s")


def test_a_store_that_becomes_read_only_is_read_and_works_again_when_mended(tmp_path, channel):
    gate = tmp_path / "gate"
    script = f"echo waiting; while [ ! -e {gate} ]; do sleep 0.05; done"
    channel.add("waits", files={"bin/.waits-post-link.sh": script})
    disk = BreakableDisk(tmp_path / "image", tmp_path / "disk")
    disk.mount()
    try:
        with running(tmp_path / "home", **traits(disk.directory, tmp_path)) as server:
            first = ended(server, server.submit("small", channels=(channel.url,)))
            build_id = server.submit("waits", channels=(channel.url,), name="interrupted")
            log = disk.directory / "s" / ".envstore" / "logs" / f"{build_id}.log"
            wait_for(lambda: log.exists() and "waiting" in log.read_text(), "the script runs", 60)
            disk.fail()
            status, body = refused(server, channel)
            assert status == 503
            assert body["message"].startswith("The store cannot be written: ")
            gate.touch()
            assert server.build(first["id"])["status"] == "COMPLETED"
            assert server.build(build_id)["status"] == "BUILDING"
        disk.mend()
        with running(tmp_path / "home again", **traits(disk.directory, tmp_path)) as server:
            assert ended(server, build_id)["status"] == "COMPLETED"
            check_that_it_works(server, channel, "small")
        check_invariants(disk.directory / "s")
    finally:
        forget(disk.directory)
