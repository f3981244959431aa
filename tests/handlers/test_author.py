"""Who asked for a build: the user of Jupyter's identity, where there is one."""

from __future__ import annotations

import pytest
from jupyter_server.auth import IdentityProvider, User

from .api_client import until


class Named(IdentityProvider):
    """Knows its users by a header, as one behind a hub knows them by their tokens."""

    def get_user(self, handler):
        name = handler.request.headers.get("X-User")
        return User(name) if name else None

    def is_token_authenticated(self, handler):
        return True


async def author_of(api, build_id: int, **options) -> str | None:
    return (await api.get(f"build/{build_id}/", **options)).data["author"]


async def submit(api, headers: dict[str, str]) -> int:
    body = {"specification": "name: env\ndependencies: [finish]\n", "namespace": "ns"}
    return (await api.post("specification/", body, headers=headers)).data["build_id"]


class TestIdentityProvider:
    @pytest.fixture
    def jp_server_config(self, jp_server_config):
        jp_server_config["ServerApp"]["identity_provider_class"] = Named
        return jp_server_config

    async def test_the_author_is_the_user_that_jupyter_knows(self, api, fake_workers):
        for name in ("ada", "bob"):
            headers = {"X-User": name}
            build_id = await submit(api, headers)
            assert await author_of(api, build_id, headers=headers) == name
            again = await api.put(f"build/{build_id}/", headers=headers)
            assert await author_of(api, again.data["build_id"], headers=headers) == name
        for build_id in range(1, 5):
            await until_ended(api, build_id, headers)


async def until_ended(api, build_id: int, headers: dict[str, str]) -> None:
    async def ended() -> bool:
        build = (await api.get(f"build/{build_id}/", headers=headers)).data
        return build["status"] == "COMPLETED"

    await until(ended)


async def test_a_browser_stays_one_user_by_its_cookie(api, fake_workers):
    cookie = (await api.get("")).headers["Set-Cookie"].split(";")[0]
    headers = {"Authorization": f"token {api.token}", "Cookie": cookie}
    me = (await api.get("me", headers=headers, root="api/")).json["identity"]["username"]
    build_ids = [await submit(api, headers) for _ in range(2)]
    assert [await author_of(api, build_id) for build_id in build_ids] == [me, me]
    for build_id in build_ids:
        await api.ended(build_id)


async def test_a_program_with_the_token_alone_has_no_name(api, fake_workers):
    """Jupyter makes one up for each request; the queue would see another user in each build."""
    build_id = await api.submit("finish")
    assert await author_of(api, build_id) is None
    await api.completed(build_id)
