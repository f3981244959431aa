"""Dry runs, by the process that builds are made by and a channel with real packages."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path

import pytest

from tests.engine.http_channel import HttpChannel
from tests.engine.tiny_channel import TinyChannel

from .api_client import until


def specification(channel, *dependencies, name="env"):
    return json.dumps({"name": name, "channels": [channel], "dependencies": dependencies})


@pytest.fixture(autouse=True)
def temporary_files(tmp_path_factory, monkeypatch):
    """Nothing of a solve is left, however it ended."""
    directory = tmp_path_factory.mktemp("t")
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    yield
    assert list(directory.iterdir()) == []


def files_of(store_directory: Path) -> set[str]:
    """Return what builds leave in a store: prefixes, attempts, logs, packages."""
    internal = store_directory / ".envstore"
    places = [*store_directory.iterdir(), *(internal / name for name in ("work", "logs", "cache"))]
    return {
        str(path) for place in places if place != internal for path in (place, *place.rglob("*"))
    }


async def test_it_says_what_a_build_would_have_and_download(api, local_channel, store_directory):
    await api.get("")
    before = files_of(store_directory)
    asked = {"specification": specification(local_channel, "numpy"), "namespace": "ns"}
    solved = (await api.post("solve/", asked)).data
    packages = {package["name"]: package for package in solved["packages"]}
    numpy = packages["numpy"]
    assert numpy["requested"]
    assert not packages["python"]["requested"]
    assert (numpy["channel_id"], numpy["url"].rpartition("/")[0]) == (
        local_channel,
        f"{local_channel}/{numpy['subdir']}",
    )
    assert len(numpy["sha256"]) == 64
    assert not numpy["cached"]
    assert solved["size"] == solved["download_size"] == sum(p["size"] for p in packages.values())
    assert (solved["current_build_id"], solved["difference"], solved["failure"]) == (None,) * 3
    assert files_of(store_directory) == before
    assert (await api.get("environment/")).json["count"] == 0


async def test_it_is_compared_with_the_current_build_and_counts_what_is_cached(api, local_channel):
    build_id = await api.submit("numpy<2.4", "idna", channels=(local_channel,))
    await api.completed(build_id)
    asked = {"specification": specification(local_channel, "numpy", "click"), "namespace": "ns"}
    solved = (await api.post("solve", asked)).data
    assert solved["current_build_id"] == build_id
    difference = solved["difference"]
    (numpy,) = difference["changed"]
    assert (numpy["name"], numpy["direction"]) == ("numpy", "up")
    assert numpy["before"]["version"] != numpy["after"]["version"]
    assert [package["name"] for package in difference["removed"]] == ["idna"]
    assert [package["name"] for package in difference["added"]] == ["click"]
    absent = [package for package in solved["packages"] if not package["cached"]]
    assert solved["download_size"] == sum(package["size"] for package in absent) < solved["size"]
    assert "python" not in {package["name"] for package in absent}


async def test_no_solution_is_explained_as_a_build_s_failure_is(api, local_channel):
    text = f"name: env\nchannels: [{local_channel}]\ndependencies:\n- nunpy\n"
    solved = (await api.post("solve/", {"specification": text, "namespace": "ns"})).data
    failed = await api.ended(
        (await api.post("specification/", {"specification": text, "namespace": "ns"})).data[
            "build_id"
        ]
    )
    assert solved["packages"] is None
    assert solved["failure"] == failed["failure"]
    assert solved["failure"]["problems"][0]["line"] == 4


async def test_it_ends_in_time_whatever_the_channel_does(api, tmp_path):
    tiny = TinyChannel(tmp_path / "channel")
    tiny.add("alpha")
    with HttpChannel(tiny.directory).serve() as channel:
        channel.fail("*", "held", after=0)
        assert (await api.put("setting/", {"conda_max_solve_time": 2})).status == 200
        sent = {"specification": specification(channel.url, "alpha"), "namespace": "ns"}
        failure = (await api.post("solve/", sent)).data["failure"]
        refused = await api.get(f"specification/?channel={channel.url}&conda=alpha")
    assert failure["kind"] == "timeout"
    assert "within 2 s" in failure["message"]
    assert "c.EnvStore.solve_timeout" in failure["hint"]
    assert (refused.status, refused.error["message"]) == (400, failure["message"])


async def test_what_is_no_specification_is_refused_with_its_problems(api):
    refused = await api.post("solve/", {"specification": "name: env\ndependencies: ['a b c d']"})
    assert refused.status == 400
    assert refused.error["problems"][0]["place"] == "dependencies[0]"


class TestCondaStoreS:
    """GET specification/, which has no envelope."""

    @pytest.mark.parametrize("word", ["channel", "channels"])
    async def test_match_specs_are_solved(self, api, local_channel, word):
        # The CLI adds the slash at the end to the last value.
        reply = await api.get(f"specification/?{word}={local_channel}&conda=idna&conda=python/")
        assert reply.status == 200
        assert reply.json.keys() == {"solve"}
        names = {package["name"] for package in reply.json["solve"]}
        assert {"idna", "python"} <= names
        for package in reply.json["solve"]:
            assert {"name", "version", "build", "channel_id", "size", "subdir"} <= package.keys()

    async def test_a_refusal_is_a_400_with_its_reason(self, api, local_channel):
        refused = await api.get(f"specification/?channel={local_channel}&conda=nunpy")
        assert refused.status == 400
        assert "nunpy" in refused.error["message"]
        refused = await api.get("specification/?conda=a%20b%20c%20d")
        assert refused.status == 400
        # No line of a text that the client has never seen.
        assert refused.error["message"].startswith("Invalid conda package dependency")
        assert [problem["line"] for problem in refused.error["problems"]] == [None]


class TestThatTakeLong:
    """A process that never comes to an end."""

    @pytest.fixture
    def solving(self, api, fake_workers):
        async def begin(solve_id):
            asked = {"specification": "name: e\nchannels: [c]\ndependencies: [sleep]"}
            return await api.post("solve/", {**asked, "id": solve_id})

        return begin

    async def test_is_canceled_by_its_id(self, api, solving):
        pending = asyncio.ensure_future(solving("mine"))

        async def canceled():
            return (await api.delete("solve/mine/")).status == 200

        await until(canceled)
        reply = await pending
        assert (reply.status, reply.error["message"]) == (409, "The solve mine was canceled.")
        assert (await api.delete("solve/mine/")).status == 404

    async def test_others_wait_for_their_turn_and_can_be_canceled_while_they_do(
        self, api, solving, extension
    ):
        ids = [f"s{number}" for number in range(4)]
        service = (await extension._ready()).services.solving
        pending = []
        for solve_id in ids:  # In this order: requests sent at once come in any.
            pending.append(asyncio.ensure_future(solving(solve_id)))

            async def there():
                return len(service) == len(pending)

            await until(there)
        assert (await solving("s0")).status == 409  # The id is taken.
        # The server answers all the while, and the last ones go first: they have not begun.
        for solve_id in reversed(ids):
            assert (await api.delete(f"solve/{solve_id}/")).status == 200
            if solve_id == ids[-1]:
                assert (await api.delete(f"solve/{solve_id}/")).status == 404
        assert {(await reply).status for reply in pending} == {409}

        async def none_left():
            return len(service) == 0

        await until(none_left)

    async def test_ends_when_the_client_hangs_up(
        self, api, fake_workers, extension, http_server_port
    ):
        service = (await extension._ready()).services.solving
        body = json.dumps({"specification": "name: e\nchannels: [c]\ndependencies: [sleep]"})
        request = (
            f"POST {api.base_url}envstore/api/v1/solve/ HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: token {api.token}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        )
        _, writer = await asyncio.open_connection("127.0.0.1", http_server_port[1])
        writer.write(request.encode())

        async def begun():
            return len(service) == 1

        await until(begun)
        writer.close()
        await writer.wait_closed()

        async def ended():
            return len(service) == 0

        await until(ended)

    async def test_ends_with_the_server(self, api, solving, extension):
        service = (await extension._ready()).services.solving
        pending = asyncio.ensure_future(solving("last"))

        async def begun():
            return len(service) == 1

        await until(begun)
        await extension.stop_extension()
        assert (await pending).status == 409
        assert len(service) == 0
