"""Archives of builds over HTTP: while they are made, in parts, again, and to whom."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from typing import Any

import pytest
from tornado.simple_httpclient import HTTPStreamClosedError

from jupyter_envstore.domain.archives import FORMATS
from tests.builder.fake_archiver import BYTES, FIRST, TAG

from .api_client import Api, until

WHOLE = len(BYTES)
ETAG = f'"{TAG}"'
DIGEST = base64.b64encode(hashlib.sha256(BYTES).digest()).decode()


@pytest.fixture
def path(build) -> str:
    return f"build/{build}/archive/"


class Download:
    """A request whose reply comes bit by bit."""

    def __init__(self, api: Api, path: str, **headers: str) -> None:
        self.data = b""
        own = {"Authorization": f"token {api.token}", **headers}
        self._reply = asyncio.ensure_future(api.get(path, headers=own, on_data=self._take))

    def _take(self, data: bytes) -> None:
        self.data += data

    async def has(self, count: int) -> None:
        async def come() -> bool:
            return len(self.data) >= count

        await until(come)

    @property
    def done(self) -> bool:
        return self._reply.done()

    async def ended(self) -> Any:
        return await self._reply

    async def cut_off(self) -> bool:
        """Tell whether the reply ends without its end, so that nobody takes it for whole."""
        with pytest.raises(HTTPStreamClosedError):
            await self._reply
        return True


async def begun(api: Api, path: str) -> Download:
    """Begin to download an archive, of which the first bytes are there."""
    download = Download(api, path)
    await download.has(FIRST)
    return download


async def whole(api: Api, archiver, path: str) -> None:
    archiver.go_on()
    reply = await Download(api, path).ended()
    assert reply.status == 200


# -- while it is made -----------------------------------------------------------------------------


async def test_a_download_follows_an_archive_that_is_made(api, path, archiver):
    download = await begun(api, path)
    assert download.data == BYTES[:FIRST]
    assert not download.done
    archiver.go_on()
    reply = await download.ended()
    assert (reply.status, download.data) == (200, BYTES)
    assert reply.headers["Etag"] == ETAG
    assert reply.headers["Accept-Ranges"] == "bytes"
    # When the reply began, neither was known.
    assert "Content-Length" not in reply.headers
    assert "Repr-Digest" not in reply.headers


async def test_all_who_ask_share_one_making(api, path, archiver):
    downloads = [await begun(api, path) for _ in range(3)]
    assert archiver.begun == 1
    archiver.go_on()
    for download in downloads:
        await download.ended()
        assert download.data == BYTES
    assert archiver.begun == 1


@pytest.mark.parametrize(
    ("asked", "part"), [("bytes=0-9", slice(0, 10)), ("bytes=990-999", slice(990, 1000))]
)
async def test_a_part_that_is_there_is_had_at_once(api, path, archiver, asked, part):
    download = await begun(api, path)
    early = Download(api, path, Range=asked)
    reply = await early.ended()
    assert (reply.status, early.data) == (206, BYTES[part])
    # Nobody knows yet how long it will be.
    assert reply.headers["Content-Range"] == f"{asked.replace('=', ' ')}/*"
    assert not download.done
    archiver.go_on()
    await download.ended()


@pytest.mark.parametrize(
    ("asked", "status", "content_range", "part"),
    [
        ("bytes=500-", 206, f"bytes 500-{WHOLE - 1}/{WHOLE}", slice(500, None)),
        ("bytes=5000-5999", 206, "bytes 5000-5999/*", slice(5000, 6000)),
        ("bytes=-100", 206, f"bytes {WHOLE - 100}-{WHOLE - 1}/{WHOLE}", slice(-100, None)),
        (f"bytes=5-{WHOLE}", 206, f"bytes 5-{WHOLE - 1}/{WHOLE}", slice(5, None)),
        (f"bytes={WHOLE}-", 416, f"bytes */{WHOLE}", slice(0, 0)),
    ],
)
async def test_a_part_whose_end_is_not_there_waits_for_it(
    api, path, archiver, asked, status, content_range, part
):
    download = await begun(api, path)
    later = Download(api, path, Range=asked)
    again = await begun(api, path)  # Asked for after it, and answered before.
    assert not later.done
    archiver.go_on()
    reply = await later.ended()
    assert (reply.status, later.data) == (status, BYTES[part])
    # Of a part in the middle, the reply may begin before the size is known.
    known = content_range.replace("/*", f"/{WHOLE}")
    assert reply.headers["Content-Range"] in (content_range, known)
    await download.ended()
    await again.ended()


async def test_who_asks_for_a_very_large_end_gets_what_comes(api, path, archiver):
    """RFC 8673, for whoever goes on with a download of what is still being made."""
    download = await begun(api, path)
    rest = Download(api, path, Range=f"bytes=500-{2**53 - 1}")
    await rest.has(FIRST - 500)
    assert rest.data == BYTES[500:FIRST]
    archiver.go_on()
    reply = await rest.ended()
    assert (reply.status, rest.data) == (206, BYTES[500:])
    assert reply.headers["Content-Range"] == f"bytes 500-{2**53 - 1}/*"
    await download.ended()


async def test_another_version_is_sent_as_a_whole(api, path, archiver):
    download = await begun(api, path)
    other = Download(api, path, **{"Range": "bytes=0-9", "If-Range": '"other"'})
    await other.has(FIRST)
    same = Download(api, path, **{"Range": "bytes=0-9", "If-Range": ETAG})
    assert (await same.ended()).status == 206
    archiver.go_on()
    assert ((await other.ended()).status, other.data) == (200, BYTES)
    await download.ended()


async def test_one_that_cannot_be_finished_is_cut_off(api, path, archiver):
    download, waiting = await begun(api, path), Download(api, path, Range="bytes=500-")
    archiver.die()
    assert await download.cut_off()
    late = await waiting.ended()
    assert late.status == 503
    archiver.hold()
    again = await begun(api, path)
    archiver.go_on()
    await again.ended()
    assert again.data == BYTES


async def test_it_is_made_to_the_end_when_all_have_hung_up(api, path, archiver):
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port_of(api)))
    target = f"{api.base_url}envstore/api/v1/{path}"
    writer.write(f"GET {target} HTTP/1.0\r\nAuthorization: token {api.token}\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    archiver.go_on()
    state = "there"

    async def made() -> bool:
        return (await archives(api, path))["tar.gz"]["state"] == state

    await until(made)
    assert archiver.begun == 1


def port_of(api: Api) -> str:
    return api.client.get_url("/").rsplit(":", 1)[1].strip("/")


async def archives(api: Api, path: str) -> dict[str, Any]:
    listed = (await api.get(path.replace("archive/", "artifacts/"))).data
    kinds = {form.artifact for form in FORMATS}
    return {one["format"]: one for one in listed if one["artifact_type"] in kinds}


# -- once it is made ------------------------------------------------------------------------------


async def test_size_and_checksum_are_told(api, path, archiver):
    await whole(api, archiver, path)
    reply = await Download(api, path).ended()
    assert reply.headers["Content-Length"] == str(WHOLE)
    assert reply.headers["Repr-Digest"] == f"sha-256=:{DIGEST}:"
    assert reply.headers["Etag"] == ETAG
    part = await Download(api, path, Range="bytes=9000-").ended()
    assert (part.status, part.headers["Content-Length"]) == (206, str(WHOLE - 9000))
    assert part.headers["Repr-Digest"] == f"sha-256=:{DIGEST}:"
    listed = await archives(api, path)
    assert listed.keys() == {form.suffix for form in FORMATS}
    told = listed["tar.gz"]
    assert (told["state"], told["size"]) == ("there", WHOLE)
    assert told["sha256"] == hashlib.sha256(BYTES).hexdigest()
    assert (listed["zip"]["state"], listed["zip"]["size"]) == ("on request", None)


async def test_what_is_made_at_the_moment_is_listed_as_that(api, path, archiver):
    download = await begun(api, path)
    assert (await archives(api, path))["tar.gz"]["state"] == "being made"
    archiver.go_on()
    await download.ended()


async def test_it_is_not_sent_again_to_who_has_it(api, path, archiver):
    download = await begun(api, path)
    for _ in ("while it is made", "when it is there"):
        again = Download(api, path, **{"If-None-Match": ETAG})
        assert ((await again.ended()).status, again.data) == (304, b"")
        archiver.go_on()
        await download.ended()


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.suffix)
async def test_each_format_has_an_address(api, build, archiver, form):
    archiver.go_on()
    listed = (await archives(api, f"build/{build}/archive/"))[form.suffix]
    reply = await Download(api, listed["address"]).ended()
    assert reply.status == 200
    assert reply.headers["Content-Type"] == form.content_type
    assert reply.headers["Content-Disposition"].endswith(f'filename="ns-env-1.{form.suffix}"')
    assert listed["artifact_type"] == form.artifact


async def test_the_installer_is_at_conda_stores_address(api, build, archiver):
    archiver.go_on()
    download = Download(api, f"build/{build}/installer/")
    assert ((await download.ended()).status, download.data) == (200, BYTES)
    listed = (await api.build(build))["build_artifacts"]
    assert {"CONDA_PACK", "CONSTRUCTOR_INSTALLER"} <= {one["artifact_type"] for one in listed}


async def test_archives_go_with_their_build(api, build, archiver, store_directory):
    archiver.go_on()
    await Download(api, f"build/{build}/archive/").ended()
    younger = await api.submit("finish")
    await api.completed(younger)
    archiver.hold()
    half = await begun(api, f"build/{build}/archive.zip")
    assert (await api.delete(f"build/{build}/")).status == 200
    assert await half.cut_off()
    assert (await api.get(f"build/{build}/archive/")).status == 404
    left = [path.name for path in (store_directory / ".envstore" / "archives").iterdir()]
    assert [name for name in left if not name.endswith(".lock")] == []


async def test_none_is_begun_on_a_disk_that_is_nearly_full(api, path, archiver):
    await api.put("setting/", {"storage_threshold": 1 << 60})
    reply = await api.get(path)
    assert reply.status == 400
    assert "insufficient storage space" in reply.error["message"]
    assert archiver.begun == 0
    await api.put("setting/", {"storage_threshold": 0})
    await whole(api, archiver, path)
    # What is there already can be had.
    await api.put("setting/", {"storage_threshold": 1 << 60})
    assert (await Download(api, path).ended()).status == 200
