"""A server killed in the middle of the download of an archive: it goes on where it was cut off."""

from __future__ import annotations

import hashlib
import http.client
import os
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.builder.waiting import wait_for
from tests.engine.tiny_channel import TinyChannel

from .server_process import TOKEN, ServerProcess, running

AT_ONCE = 1 << 16


@pytest.fixture
def channel(tmp_path: Path) -> TinyChannel:
    """A package that takes a while to compress, and is much larger than what sockets hold."""
    made = TinyChannel(tmp_path / "channel")
    noise = os.urandom(1 << 20)
    files = {f"share/large/{number}": noise[number:] + noise[:number] for number in range(48)}
    made.add("large", files=files)
    return made


def open_download(
    server: ServerProcess, path: str, **headers: str
) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    own = {"Authorization": f"token {TOKEN}", **headers}
    connection.request("GET", f"{address.path}envstore/api/v1/{path}", headers=own)
    return connection, connection.getresponse()


def test_a_download_goes_on_after_the_server_was_killed(
    channel: TinyChannel, new_store, root: Path, tmp_path: Path
) -> None:
    store = new_store()
    traits = {
        "store_directory": store,
        "repodata_cache_directory": root / "repodata",
        "storage_threshold": 0,
        "recovery_interval": 0.5,
    }
    with running(tmp_path / "first", **traits) as server:
        build = server.submit("large", channels=(channel.url,))
        wait_for(lambda: server.build(build)["status"] == "COMPLETED", "the build ends", 120)
        path = f"build/{build}/archive.tar.gz"
        connection, reply = open_download(server, path)
        assert reply.status == 200
        etag = reply.headers["ETag"]
        begun = reply.read(AT_ONCE)
        assert len(begun) == AT_ONCE
        server.kill()
        with suppress(OSError, http.client.HTTPException):
            while more := reply.read1(AT_ONCE):
                begun += more
        connection.close()
    with running(tmp_path / "second", **traits) as server:
        # Nobody takes what has come for the whole.
        headers = {"Range": f"bytes={len(begun)}-", "If-Range": etag}
        connection, reply = open_download(server, path, **headers)
        assert reply.status == 206
        assert reply.headers["ETag"] == etag
        size = int(reply.headers["Content-Range"].rpartition("/")[2])
        assert reply.headers["Content-Range"] == f"bytes {len(begun)}-{size - 1}/{size}"
        resumed = begun + reply.read()
        connection.close()
        assert len(begun) < size, "the download was over before the server was killed"
        connection, reply = open_download(server, path)
        whole = reply.read()
        connection.close()
        assert resumed == whole
        listed = server.request("GET", f"build/{build}/artifacts/")
    (told,) = (one for one in listed if one["format"] == "tar.gz")
    assert (told["state"], told["size"]) == ("there", len(resumed))
    assert told["sha256"] == hashlib.sha256(resumed).hexdigest()
