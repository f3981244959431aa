"""Who is let in: every operation, generated from the registry."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie

import pytest
from jupyter_server.auth import Authorizer

from jupyter_envstore.handlers.endpoints import ROUTER

OPERATIONS = [pytest.param(op, id=f"{op.method} {op.path or '/'}") for op in ROUTER.operations]


def path_of(operation, *, namespace: str = "ns") -> str:
    """Return the path with something for each parameter; there is no build 999."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        return "999" if name.endswith("_id") else namespace if name == "namespace" else "env"

    return re.sub(r"\{(\w+)\}", value, operation.path)


def root_of(operation) -> str:
    """Return what the path is relative to, as `Api.request` wants it."""
    return f"envstore/{operation.root}/" if operation.root else "envstore/"


class Recording(Authorizer):
    """Denies everything, and remembers what was asked."""

    asked: list[tuple[str, str]] = []  # noqa: RUF012 -- one list for the whole server

    def is_authorized(self, handler, user, action, resource):
        self.asked.append((action, resource))
        return False


def test_there_are_operations():
    assert len(ROUTER.operations) >= 20


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "token wrong"}], ids=["none", "wrong"])
async def test_nobody_is_let_in_without_the_token(api, operation, headers):
    path, root = f"{path_of(operation)}/", root_of(operation)
    reply = await api.request(operation.method, path, headers=headers, root=root)
    # Never a redirect to a login page, which a program would take for an answer.
    assert reply.status == 403
    assert reply.error["message"] == "request not authorized"


class TestAuthorizer:
    @pytest.fixture
    def jp_server_config(self, jp_server_config):
        Recording.asked.clear()
        jp_server_config["ServerApp"]["authorizer_class"] = Recording
        return jp_server_config

    async def test_every_operation_asks_for_its_own_action(self, api):
        for operation in ROUTER.operations:
            path, root = f"{path_of(operation)}/", root_of(operation)
            reply = await api.request(operation.method, path, body={}, root=root)
            assert reply.status == 403, operation.name
            assert reply.error["message"] == "request not authorized"
        asked = [pair for pair in Recording.asked if pair[1] == "envstore"]
        assert asked == [(operation.action, "envstore") for operation in ROUTER.operations]


def test_what_changes_something_is_never_asked_for_as_read():
    harmless = {"check_specification", "convert_specification"}
    for operation in ROUTER.operations:
        if operation.method != "GET" and operation.name not in harmless:
            assert operation.action != "read", operation.name


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_both_slash_forms_are_the_same(api, operation):
    """Compared on things that cannot be there, so that nothing changes in between."""
    path = path_of(operation, namespace="no%20name")
    replies = [
        await api.request(operation.method, spelling, body={}, root=root_of(operation))
        for spelling in (path, f"{path}/")
    ]
    assert replies[0].status == replies[1].status
    if replies[0].status >= 400:
        assert replies[0].error == replies[1].error
        # Something answered, not the router.
        assert replies[0].error["message"] not in ("Not Found", "Method Not Allowed")


async def log_in(api) -> dict[str, str]:
    """Log in as a browser does; return the cookies."""
    cookies = SimpleCookie()
    for path in ("login", f"login?token={api.token}"):
        reply = await api.request("GET", path, root="", headers={})
        for cookie in reply.headers.get_list("Set-Cookie"):
            cookies.load(cookie)
    assert "_xsrf" in cookies
    return {name: morsel.value for name, morsel in cookies.items()}


async def test_a_browser_needs_the_xsrf_header_to_change_anything(api):
    cookies = await log_in(api)
    cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    reply = await api.post("namespace/a/", headers=cookie)
    assert reply.status == 403
    assert reply.error
    assert [row["name"] for row in (await api.get("namespace/", headers=cookie)).data] == [
        "default"
    ]
    reply = await api.post("namespace/a/", headers={**cookie, "X-XSRFToken": cookies["_xsrf"]})
    assert reply.json == {"status": "ok", "message": None}
