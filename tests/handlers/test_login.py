"""conda-store's way to log in with a name and a password, and out again."""

from __future__ import annotations

from http.cookies import SimpleCookie
from urllib.parse import quote

import pytest
from jupyter_server.auth import passwd

ROOT = "envstore/"
PASSWORD = "correct horse"
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\\\evil.example",
    "javascript:alert(1)",
    "/outside",
]


def cookie_of(reply) -> dict[str, str]:
    """Return a header with the cookies that a reply has set."""
    cookies = SimpleCookie()
    for header in reply.headers.get_list("Set-Cookie"):
        cookies.load(header)
    return {"Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())}


async def log_in(api, password, *, headers=None, query=""):
    body = {"username": "ann", "password": password}
    return await api.post(f"login/{query}", body, root=ROOT, headers=headers or {})


async def test_the_token_of_the_server_gives_a_cookie_that_reads(api):
    reply = await log_in(api, api.token)
    assert reply.json == {
        "status": "ok",
        "data": {"redirect_url": api.base_url},
        "message": None,
    }
    cookie = cookie_of(reply)
    assert (await api.get("permission/", headers=cookie)).data["authenticated"] is True
    # It is Jupyter's cookie: it changes nothing without the XSRF header.
    assert (await api.post("namespace/a/", headers=cookie)).status == 403
    assert [row["name"] for row in (await api.get("namespace/")).data] == ["default"]


@pytest.mark.parametrize(
    "body",
    [
        *({"username": "ann", "password": wrong} for wrong in ("wrong", "", None, 1, ["x"])),
        {},
        [],
        "no json",
        b"\xff",
    ],
    ids=repr,
)
async def test_whatever_is_not_the_password_lets_nobody_in(api, body):
    reply = await api.post("login", body, root=ROOT, headers={})
    assert reply.status == 403
    assert reply.error["message"] == "Invalid authentication credentials"
    assert reply.headers.get_list("Set-Cookie") == []


async def test_a_new_password_cannot_be_set_that_way(api, jp_serverapp):
    """Jupyter's own form can, if it is told the token: this is no form."""
    before = jp_serverapp.identity_provider.hashed_password
    query = "?new_password=mine"
    assert (await log_in(api, api.token, query=query)).status == 200
    assert jp_serverapp.identity_provider.hashed_password == before


async def test_another_site_cannot_log_anybody_in_or_out(api):
    headers = {"Origin": "https://evil.example"}
    assert (await log_in(api, api.token, headers=headers)).status == 403
    reply = await api.post("logout/", root=ROOT, headers=headers)
    assert reply.status == 403
    assert reply.headers.get_list("Set-Cookie") == []


async def test_people_are_sent_to_jupyters_page(api):
    there = quote(f"{api.base_url}lab", safe="")
    for path in (f"login?next={there}", f"login/?next={there}"):
        reply = await api.get(path, root=ROOT, headers={})
        assert reply.status == 302
        page, _, query = reply.headers["Location"].partition("?")
        assert page == f"{api.base_url}login"
        assert query == f"next={there}"


async def test_logging_out_takes_the_cookie_away(api):
    cookie = cookie_of(await log_in(api, api.token))
    for path in ("logout", "logout/"):
        reply = await api.post(path, root=ROOT, headers=cookie)
        assert (reply.status, reply.headers["Location"]) == (303, api.base_url)
        assert any('=""' in header for header in reply.headers.get_list("Set-Cookie"))


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
async def test_nobody_is_led_to_another_site(api, elsewhere):
    query = f"?next={quote(elsewhere)}"
    reply = await log_in(api, api.token, query=query)
    assert reply.data == {"redirect_url": api.base_url}
    reply = await api.post(f"logout/{query}", root=ROOT, headers={})
    assert reply.headers["Location"] == api.base_url


class TestPassword:
    @pytest.fixture
    def jp_server_config(self, jp_server_config):
        jp_server_config["PasswordIdentityProvider"] = {"hashed_password": passwd(PASSWORD)}
        return jp_server_config

    async def test_the_password_of_the_server_works_too(self, api):
        assert (await log_in(api, "correct")).status == 403
        cookie = cookie_of(await log_in(api, PASSWORD))
        assert (await api.get("environment/", headers=cookie)).data == []
