"""What nobody must be able to do: every route of the running server, every parameter of a path."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
from urllib.parse import quote

import pytest
from tornado.routing import PathMatches

from jupyter_envstore.handlers.base import EnvStoreHandler
from jupyter_envstore.handlers.endpoints import ROUTER
from jupyter_envstore.handlers.login import LoginHandler, LogoutHandler
from jupyter_envstore.handlers.prometheus import MetricsHandler

from .test_access import log_in

SAFE = ("GET", "HEAD", "OPTIONS")
LIMIT = 4 << 20

NAMES = [
    "..%2f..%2fetc",
    "%2e%2e",
    "..",
    "%00",
    "a%00b",
    "%2fetc%2fpasswd",
    "C:%5CWindows",
    "%0d%0aX-Injected:%201",
    quote("ünïcode-名前"),
    quote("‮cod.exe"),
    "%ff%fe",
    "a" * 4000,
    "*",
    "%25s%25n",
    "'%20OR%201=1--",
    "$(id)",
]
"""Values of parameters, quoted as in a URL."""

NUMBERS = ["0", "-1", "1e3", "9" * 19, "9" * 4000, quote("٣"), "0x1", "1.0", "%00", "..%2f1"]


def routes(jp_serverapp):
    """Return the rules of the running server that lead to a handler of the store's."""

    def walk(router):
        for rule in router.rules:
            if hasattr(rule.target, "rules"):
                yield from walk(rule.target)
            elif getattr(rule.target, "__module__", "").startswith("jupyter_envstore"):
                yield rule

    return list(walk(jp_serverapp.web_app.default_router))


def path_with(operation, values, other="x"):
    """Return the path with `values` for one parameter and something harmless for the others."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        return values.get(name) or ("1" if name.endswith("_id") else other)

    return re.sub(r"\{(\w+)\}", value, operation.path)


def root_of(operation):
    return "/".join(part for part in ("envstore", operation.root) if part) + "/"


class TestEveryRoute:
    async def test_has_a_handler_that_is_known(self, api, jp_serverapp):
        """A handler of another class would have checks of its own, or none."""
        rules = routes(jp_serverapp)
        handlers = {EnvStoreHandler, MetricsHandler, LoginHandler, LogoutHandler}
        assert {rule.target for rule in rules} == handlers
        assert all(isinstance(rule.matcher, PathMatches) for rule in rules)
        prefix = f"{jp_serverapp.base_url}envstore"
        for operation in ROUTER.operations:
            path = f"{prefix}{root_of(operation)[8:]}{path_with(operation, {})}"
            assert any(rule.matcher.regex.match(path) for rule in rules), path

    async def test_answers_nobody_whatever_the_path(self, api, jp_serverapp):
        """Also where nothing is: what there is cannot be found out."""
        for rule in routes(jp_serverapp):
            if rule.target in (LoginHandler, LogoutHandler):
                continue  # For those who are nobody yet: see test_login.
            if rule.target is MetricsHandler:
                reply = await api.get("envstore/metrics", root="", headers={})
                assert reply.status == 403
                continue
            base = rule.matcher.regex.pattern.removesuffix("(?:/(.*))?$")
            root = base.removeprefix(jp_serverapp.base_url)
            for path in ("", "/", "/nothing/here", "/openapi.json", "/namespace/"):
                for method in ("GET", "POST", "PUT", "DELETE"):
                    reply = await api.request(method, path, root=root, headers={})
                    assert reply.status == 403, f"{method} {root}{path}"
                    assert reply.error["message"] == "request not authorized"
                    assert reply.headers["Content-Type"].startswith("application/json")
                    assert "Location" not in reply.headers

    async def test_no_other_method_does_anything(self, api):
        for method in ("PATCH", "HEAD", "TRACE"):
            assert (await api.request(method, "namespace/")).status == 405


class TestCookies:
    async def test_every_change_needs_the_xsrf_header(self, api):
        cookies = await log_in(api)
        cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        wrong = {**cookie, "X-XSRFToken": "2|00000000|00000000000000000000000000000000|1"}
        for operation in ROUTER.operations:
            if operation.method in SAFE:
                continue
            path = f"{path_with(operation, {})}/"
            for headers in (cookie, wrong):
                reply = await api.request(
                    operation.method, path, body={}, headers=headers, root=root_of(operation)
                )
                assert reply.status == 403, f"{operation.method} {path}"
        assert [row["name"] for row in (await api.get("namespace/")).data] == ["default"]
        assert (await api.get("events/")).data["events"] == []

    async def test_reading_changes_nothing(self, api):
        """A link or a picture on another site is a GET, with the cookie and without XSRF."""
        before = (await api.get("events/")).data["next"]
        for operation in ROUTER.operations:
            if operation.method == "GET":
                assert operation.action != "write", operation.name
        assert (await api.get("events/")).data["next"] == before

    async def test_no_other_site_may_read(self, api):
        reply = await api.get("namespace/", headers={"Origin": "https://evil.example"})
        assert reply.status in (403, 404)
        assert "Access-Control-Allow-Origin" not in reply.headers


def with_parameters():
    return [
        pytest.param(op, name, id=f"{op.method} {op.path}: {name}")
        for op in ROUTER.operations
        for name in op.parameters
    ]


@pytest.mark.parametrize(("operation", "parameter"), with_parameters())
async def test_names_in_paths_are_names_and_nothing_else(
    api, operation, parameter, store_directory, tmp_path
):
    """Nothing that looks like a path, a pattern or a header becomes one; never a 500."""
    assert (await api.get("")).data
    before = {path.name for path in tmp_path.iterdir()} | {"share"}
    body = {"description": "x"}
    for value in NUMBERS if parameter.endswith("_id") else NAMES:
        path = path_with(operation, {parameter: value})
        reply = await api.request(operation.method, f"{path}/", body=body, root=root_of(operation))
        assert 400 <= reply.status < 500, f"{operation.method} {path[:200]}: {reply.text[:300]}"
        assert "X-Injected" not in reply.headers
        if reply.text:
            assert reply.error["message"]
    assert {path.name for path in tmp_path.iterdir()} <= before
    namespaces = [path.name for path in store_directory.iterdir() if path.name != ".envstore"]
    assert namespaces == []
    assert [row["name"] for row in (await api.get("namespace/")).data] == ["default"]


async def test_a_slash_that_is_quoted_does_not_part_two_names(api, open_gate):
    """Whoever asks for a namespace called ``team/roles`` must not lose the roles of ``team``."""
    for name in ("team", "other"):
        await api.post(f"namespace/{name}/")
    await api.post("namespace/team/role", {"other_namespace": "other", "role": "viewer"})
    build_id = await api.submit("gated", namespace="team")
    for method, path in (
        ("DELETE", "namespace/team%2Froles"),
        ("GET", "environment/team%2Fenv"),
        ("DELETE", "environment/team%2fenv/"),
        ("PUT", f"build/{build_id}%2Fcancel"),
        ("POST", "namespace/team%2Fsub/"),
    ):
        reply = await api.request(method, path, body={})
        assert (reply.status, reply.error["message"]) == (404, "Not Found"), path
    assert len((await api.get("namespace/team/roles/")).data) == 1
    assert not (await api.build(build_id))["cancel_requested"]
    open_gate(build_id)
    await api.completed(build_id)


class TestSizes:
    @pytest.fixture
    def port(self, http_server_port):
        return http_server_port[1]

    def send(self, api, port, headers, chunks, path="envstore/api/v1/namespace/n/"):
        """Send a request whose body comes in chunks; return the status, None without one."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.putrequest("PUT", api.base_url + path)
            for name, value in {"Authorization": f"token {api.token}", **headers}.items():
                connection.putheader(name, value)
            connection.endheaders()
            for chunk in chunks:
                connection.send(chunk)
        except (BrokenPipeError, ConnectionResetError):
            pass
        try:
            return connection.getresponse().status
        except (http.client.HTTPException, OSError):
            return None
        finally:
            connection.close()

    async def in_thread(self, *args):
        return await asyncio.get_running_loop().run_in_executor(None, self.send, *args)

    async def test_a_long_body_is_refused_before_it_comes(self, api, port):
        status = await self.in_thread(api, port, {"Content-Length": str(10 << 20)}, [])
        assert status == 413

    async def test_a_body_of_unknown_length_is_not_kept(self, api, port):
        """It is dropped as it comes, and refused at its end."""
        piece = b"x" * (1 << 16)
        chunk = b"%x\r\n%s\r\n" % (len(piece), piece)
        chunks = [chunk] * ((10 << 20) // len(piece)) + [b"0\r\n\r\n"]
        status = await self.in_thread(api, port, {"Transfer-Encoding": "chunked"}, chunks)
        assert status == 413

    async def test_who_is_refused_hears_of_it_on_a_connection_that_stays(self, api, port):
        """With a reply before its end, a request would be answered by a reset."""

        def ask():
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            try:
                url = f"{api.base_url}envstore/api/v1/specification/"
                for headers in ({}, {"Authorization": "token wrong"}, {"Cookie": "a=b"}):
                    connection.putrequest("POST", url)
                    for name, value in {**headers, "Content-Length": "200000"}.items():
                        connection.putheader(name, value)
                    connection.endheaders()
                    socket = connection.sock
                    for _ in range(2):
                        connection.send(b"x" * 100_000)
                    reply = connection.getresponse()
                    yield reply.status, reply.read() and connection.sock is socket
            finally:
                connection.close()

        loop = asyncio.get_running_loop()
        assert await loop.run_in_executor(None, lambda: list(ask())) == [(403, True)] * 3

    async def test_up_to_the_limit_all_is_well(self, api):
        await api.post("namespace/n/")
        body = json.dumps({"metadata": {"a": "x" * (LIMIT - 100)}})
        reply = await api.put("namespace/n/", body)
        assert reply.status == 400
        assert "bytes" in reply.error["message"]
        assert (await api.put("namespace/n/", " " * LIMIT + "{}")).status == 413

    async def test_a_path_of_10_mb(self, api, port):
        """Refused by the HTTP server, which may hang up at once."""
        path = "envstore/api/v1/namespace/" + "a" * (10 << 20)
        status = await self.in_thread(api, port, {}, [], path)
        assert status in (None, 400, 404, 414, 431)
        assert (await api.get("")).status == 200

    async def test_deep_and_wide_json_is_no_danger(self, api):
        await api.post("namespace/n/")
        deep = '{"metadata": ' + '{"a": ' * 100_000 + "1" + "}" * 100_000 + "}"
        assert (await api.put("namespace/n/", deep)).status == 422
        assert (await api.put("namespace/n/", '{"metadata": {"a": 1e999}}')).status in (200, 422)
        assert (await api.put("namespace/n/", "[" * 1_000_000)).status == 422

    @pytest.mark.parametrize(
        "text",
        [
            "a: &a [x, x]\n"
            + "".join(
                f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n"
                for i in range(20)
            ),
            "name: x\ndependencies: " + "[" * 50_000,
            "name: !!python/object/apply:os.system [id]\n",
            "name: x\ndependencies: [" + "a, " * 600_000 + "]",
        ],
        ids=["billion laughs", "deep", "python", "large"],
    )
    async def test_specifications_are_read_within_bounds(self, api, text):
        for path in ("specification/", "specification/check/"):
            reply = await api.post(path, {"specification": text, "namespace": "n"})
            assert reply.status in (200, 400), reply.text[:300]
            assert reply.status == 400 or reply.data["problems"]
        assert [row["name"] for row in (await api.get("namespace/")).data] == ["default"]
