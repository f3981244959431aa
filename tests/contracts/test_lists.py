"""Lists as conda-store's clients ask for them: v1's pages and filters, v2's cursors."""

from __future__ import annotations

import base64
import json

import pytest

# -- how they are read ----------------------------------------------------------------------------


async def statements_of(api, extension, path: str) -> int:
    """Return how many statements one request makes the database carry out."""
    said: list[str] = []
    database = extension._store._database
    connections = [opened.conn for opened in database._opened]
    for connection in connections:
        connection.set_trace_callback(said.append)
    try:
        assert (await api.get(path)).status == 200
    finally:
        for connection in connections:
            connection.set_trace_callback(None)
    return sum(text.lstrip().startswith("SELECT") for text in said)


@pytest.mark.parametrize("path", ["environment/?size={}", "build/?size={}"])
async def test_a_long_page_takes_as_many_queries_as_a_short_one(api, extension, fake_workers, path):
    built = [await api.submit("finish", name=f"e{n}") for n in range(6)]
    for build_id in built:
        await api.completed(build_id)
    for _ in range(20):  # Each thread has its connection by then.
        await api.get("environment/")
    short = await statements_of(api, extension, path.format(2))
    assert 0 < short < 12
    assert await statements_of(api, extension, path.format(6)) == short


# -- the wire -------------------------------------------------------------------------------------


async def test_pages_that_cannot_be(api, fake_workers):
    """Defect 10 of conda-store: size=0 is a server error."""
    build_id = await api.submit("finish")
    await api.completed(build_id)
    for lists, count in (("build", 1), ("environment", 1), ("namespace", 2)):
        for size in ("0", "-1", "x", "1e3"):
            assert (await api.get(f"{lists}/?size={size}")).status == 422, (lists, size)
        for page in ("0", "-1", "-9223372036854775808"):
            reply = (await api.get(f"{lists}/?page={page}")).json
            assert (reply["page"], reply["count"]) == (1, count)
        far = (await api.get(f"{lists}/?page=9223372036854775808&size=5")).json
        assert (far["data"], far["count"]) == ([], count)


async def test_an_empty_list_has_a_size_that_can_be_divided_by(api, fake_workers):
    for lists in ("build", "environment", "build/?status=FAILED&name=none"):
        reply = (await api.get(lists if "?" in lists else f"{lists}/")).json
        assert reply["count"] == 0
        assert reply["size"] > 0


async def test_filters_with_the_slash_that_the_cli_appends(api, fake_workers):
    """Defect 18 of conda-store: ``?status=COMPLETED/`` is refused."""
    build_id = await api.submit("finish")
    await api.completed(build_id)
    for lists in ("build", "environment"):
        for query, count in (
            ("status=COMPLETED/", 1),
            ("status=FAILED/", 0),
            ("artifact=LOCKFILE/", 1),
            ("artifact=DOCKER_BLOB/", 0),
            ("packages=made-up/", 1),
            ("packages=made-up&packages=other/", 0),
            ("page=2&size=5/", 1),
        ):
            reply = await api.get(f"{lists}?{query}")
            assert (reply.status, reply.json["count"]) == (200, count), query
        for query in ("status=completed", "artifact=NOTHING", "environment_id=x"):
            if lists == "build" or "id" not in query:
                assert (await api.get(f"{lists}?{query}")).status == 422, query


# -- v2 -------------------------------------------------------------------------------------------

V2 = "envstore/api/v2/"
END = {"last_id": None, "last_value": None}


async def walk(api, query: str) -> list[str]:
    """Follow the cursors to the empty list; return the environments in the order they came."""
    names: list[str] = []
    cursor = ""
    while True:
        reply = await api.get(f"environment/?{query}&cursor={cursor}", root=V2)
        assert reply.status == 200, reply.text
        body = reply.json
        assert list(body) == ["status", "data", "message", "cursor", "count"]
        if not body["data"]:
            assert json.loads(base64.b64decode(body["cursor"])) == END
            return names
        names += [f"{env['namespace']['name']}/{env['name']}" for env in body["data"]]
        cursor = body["cursor"].replace("+", "%2B").replace("=", "%3D")


@pytest.fixture
def five(api, fake_workers, jp_asyncio_loop):
    async def make():
        for namespace, name in (("n", "a"), ("n", "b"), ("m", "a"), ("m", "c"), ("o", "b")):
            await api.completed(await api.submit("finish", name=name, namespace=namespace))

    jp_asyncio_loop.run_until_complete(make())


async def test_cursors_lead_through_the_whole_list(api, five):
    expected = ["m/a", "m/c", "n/a", "n/b", "o/b"]
    assert await walk(api, "limit=2") == expected
    assert await walk(api, "limit=2&order=desc") == expected[::-1]
    by_name = ["m/a", "n/a", "n/b", "o/b", "m/c"]
    assert [name[-1] for name in await walk(api, "limit=1&sort_by=name")] == list("aabbc")
    assert await walk(api, "limit=2&sort_by=name,namespace") == by_name
    assert await walk(api, "limit=2&sort_by=name&sort_by=namespace") == by_name
    assert await walk(api, "namespace=m") == ["m/a", "m/c"]


async def test_an_item_of_v2(api, five):
    body = (await api.get("environment?limit=1", root=V2)).json
    assert body["count"] == 5
    (item,) = body["data"]
    assert list(item) == ["id", "namespace", "name", "current_build_id", "description"]
    last = json.loads(base64.b64decode(body["cursor"]))
    assert last == {"last_id": item["id"], "last_value": {"namespace": "m", "name": "a"}}


async def test_what_v2_refuses(api, five):
    reply = await api.get("environment/?sort_by=foo", root=V2)
    assert reply.status == 400
    message = "Cannot sort results by ['foo']. Valid sort_by values are ['namespace', 'name']"
    assert reply.error["message"] == message
    assert (await api.get("environment/?order=up", root=V2)).status == 422
    assert (await api.get("environment/?limit=0", root=V2)).status == 422

    def cursor(value) -> str:
        return base64.b64encode(json.dumps(value).encode()).decode().replace("=", "%3D")

    for bad in (
        "nonsense",
        cursor([]),
        cursor({"last_id": 1}),
        cursor({"last_id": "1", "last_value": {"namespace": "m", "name": "a"}}),
        cursor({"last_id": 1, "last_value": {"namespace": "m"}}),
        cursor({"last_id": 2**70, "last_value": {"namespace": "m", "name": "a"}}),
        cursor({"last_id": 1, "last_value": {"namespace": "\ud800", "name": "a"}}),
        cursor({"last_id": True, "last_value": {"namespace": 1, "name": "a"}}),
    ):
        reply = await api.get(f"environment/?cursor={bad}", root=V2)
        assert reply.status == 400, bad
        assert "cursor" in reply.error["message"]
    assert (await api.get("nothing/", root=V2)).status == 404
    assert (await api.post("environment/", {}, root=V2)).status == 405
