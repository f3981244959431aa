"""Packages of channels over the API: found, sorted, paged; from the cache when offline."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from tests.engine.http_channel import HttpChannel
from tests.engine.listed_channel import ListedChannel

from .api_client import until

PACKAGE_KEYS = ["id", "channel", "license", "name", "version", "summary"]


@pytest.fixture
def channel(tmp_path: Path) -> ListedChannel:
    channel = ListedChannel(tmp_path / "channel")
    for version in ("1.9", "1.10", "2.0rc1", "2.0"):
        channel.list("numpy", version, "py311_0")
    channel.list("numpy-base", "1.9", suffix=".tar.bz2", license="BSD-3-Clause", size=77)
    channel.list("libnumpy", subdir="noarch").list("zlib", "1.3")
    return channel.write().describe(numpy="Arrays", zlib="Compression")


@pytest.fixture
def served(channel: ListedChannel):
    with HttpChannel(channel.directory).serve() as served:
        yield served


@pytest.fixture
def envstore_config(envstore_config, served: HttpChannel):
    return {
        **envstore_config,
        "conda_default_channels": [served.url],
        "package_index_interval": 0.05,
    }


async def found(api, query: str, count: int | None = None) -> list:
    """Ask until there are `count` packages, or any: the index is made in the background."""

    async def look():
        reply = (await api.get(f"package/?{query}")).json
        done = reply["count"] == count if count is not None else reply["count"]
        return reply if done else None

    return (await until(look))["data"]


async def test_the_first_search_has_the_index_made(api, store_directory):
    index = store_directory / ".envstore" / "cache" / "index"
    assert not index.exists()  # Who never searches never downloads an index.
    reply = (await api.get("package/?search=numpy")).json
    assert reply["data"] == []
    assert reply["count"] == 0
    assert "being made" in reply["message"]
    names = [package["name"] for package in await found(api, "search=numpy")]
    # What begins with the text comes first, then what has it elsewhere.
    assert names == ["numpy"] * 4 + ["numpy-base", "libnumpy"]


async def test_a_package_is_told_with_all_that_the_channel_says(api, served):
    (package,) = await found(api, "search=numpy-base")
    assert list(package)[:6] == PACKAGE_KEYS
    assert package["channel"]["name"] == served.url
    assert package["license"] == "BSD-3-Clause"
    assert package["version"] == "1.9"
    assert package["build"] == "0"
    assert package["size"] == 77
    assert package["subdir"] == "linux-64"
    assert len(package["sha256"]) == 64
    assert package["url"] == f"{served.url}/linux-64/numpy-base-1.9-0.tar.bz2"
    (zlib,) = await found(api, "search=zlib&exact=true")
    assert zlib["summary"] == "Compression"


async def test_the_calls_of_conda_store_ui(api):
    await found(api, "search=numpy")
    names = (await api.get("package/?search=num&page=1&size=100&distinct_on=name")).json
    assert [package["name"] for package in names["data"]] == ["numpy", "numpy-base", "libnumpy"]
    assert names["count"] == 3
    assert names["data"][0]["version"] == "2.0"
    versions = (
        await api.get(
            "package/?search=numpy&exact=true&distinct_on=version&page=1&order=desc&sort_by=version"
        )
    ).json
    assert [package["version"] for package in versions["data"]] == ["2.0", "2.0rc1", "1.10", "1.9"]
    assert {package["name"] for package in versions["data"]} == {"numpy"}


async def test_pages_builds_and_channels(api, served):
    await found(api, "search=numpy")
    page = (await api.get("package/?search=numpy&exact=1&sort_by=version&page=2&size=3")).json
    assert [package["version"] for package in page["data"]] == ["2.0"]
    assert (page["page"], page["size"], page["count"]) == (2, 3, 4)
    builds = (await api.get("package/?build=py311&size=1000")).json
    assert builds["count"] == 4
    ours = (await api.get(f"package/?channel={quote(served.url, safe='')}")).json
    others = (await api.get("package/?channel=elsewhere")).json
    assert (ours["count"], others["count"]) == (7, 0)
    # Any text will do, but those that say no: in conda-store, these meant yes, too.
    for exact, count in (("yes", 4), ("true", 4), ("false", 6), ("0", 6), ("", 6)):
        assert (await api.get(f"package/?search=numpy&exact={exact}")).json["count"] == count


async def test_what_a_channel_adds_and_removes_is_found_later(api, channel):
    await found(api, "search=zlib", 1)
    channel.list("zlib", "1.4")
    del channel.subdirs["noarch"]["libnumpy-1.0-0.conda"]
    channel.write()
    packages = await found(api, "search=zlib&sort_by=version", 2)
    assert [package["version"] for package in packages] == ["1.3", "1.4"]
    assert await found(api, "search=libnumpy", 0) == []


async def test_the_channels_tell_how_fresh_they_are(api, served):
    async def checked():
        reply = (await api.get("channel/")).json
        (channel,) = reply["data"]
        return channel if channel["last_update"] else None

    (before,) = (await api.get("channel")).data
    assert before["name"] == served.url
    assert not before["indexed"]
    await api.get("package/")
    channel = await until(checked)
    assert list(channel)[:3] == ["id", "name", "last_update"]
    assert channel["indexed"]
    assert channel["packages"] == 7
    assert channel["error"] is None
    assert not channel["last_update"].endswith("Z")
    assert channel["id"] == (await found(api, "search=zlib"))[0]["channel"]["id"]


async def test_a_search_is_answered_when_the_channel_is_gone(api, served):
    before = await found(api, "search=numpy", 6)
    served.fail("*", "reset")

    async def failed():
        (channel,) = (await api.get("channel/")).data
        await api.get("package/")
        return channel if channel["error"] else None

    channel = await until(failed)
    assert served.url in channel["error"]
    assert channel["hint"]
    assert channel["packages"] == 7
    # The channel's own times are noted after its packages can be found.
    assert [{**package, "channel": None} for package in await found(api, "search=numpy", 6)] == [
        {**package, "channel": None} for package in before
    ]


async def test_a_channel_that_never_answered_is_named_when_nothing_is_found(api, served):
    served.fail("*", "status", status=503)

    async def told():
        message = (await api.get("package/?search=numpy")).json["message"]
        return message if "being made" not in message else None

    message = await until(told)
    assert "503" in message
    assert served.url in message
