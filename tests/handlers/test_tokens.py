"""Tokens of the store's: made, used, listed, revoked; never more than who made them."""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
from datetime import datetime, timedelta, timezone

import pytest

from jupyter_envstore.store.tokens import Token

from .people import EDITOR, GUEST, ROLES, ROOT, VIEWER, People, as_person, with_headers, with_token
from .test_access import log_in


async def mint(api, **wanted):
    return (await api.post("token/", wanted)).data


class TestOnAServerOfOne:
    async def test_a_token_may_what_its_maker_may(self, api):
        made = await mint(api)
        assert made["token"].startswith(f"envs_{made['id']}_")
        program = with_token(api, made["token"])
        assert (await program.post("namespace/a/")).status == 200
        assert [row["name"] for row in (await program.get("namespace/")).data] == [
            "a",
            "default",
        ]
        data = (await program.get("permission/")).data
        assert data["entity_roles"] == {"*/*": ["admin"]}
        assert data["expiration"][:19] == made["expires_on"][:19]

    async def test_as_conda_stores_cli_asks(self, api):
        """It sends the present permissions back, and calls the expiration ``exp``."""
        mine = (await api.get("permission/")).data
        sent = {
            "primary_namespace": mine["primary_namespace"],
            "role_bindings": mine["entity_roles"],
            "exp": mine["expiration"],
        }
        made = await mint(api, **sent)
        assert f"{made['expires_on'][:19]}Z" == mine["expiration"]

    @pytest.mark.parametrize("key", ["exp", "expiration"])
    async def test_an_expiration_counts_in_all_forms(self, api, key):
        """§10: a naive expiration was a 500, and ``exp`` was not even read."""
        soon = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(hours=2)
        naive = soon.replace(tzinfo=None).isoformat()
        elsewhere = soon.astimezone(timezone(timedelta(hours=5))).isoformat()
        for given in (naive, elsewhere, soon.timestamp()):
            assert (await mint(api, **{key: given}))["expires_on"] == naive
        span = datetime.fromisoformat((await mint(api, **{key: 7200}))["expires_on"])
        assert abs(span - soon.replace(tzinfo=None)) < timedelta(minutes=1)

    @pytest.mark.parametrize(
        ("sent", "message"),
        [
            (
                {"expiration": "2400-01-01T00:00:00"},
                "Requested expiration of token is greater than current permissions",
            ),
            ({"expiration": "2020-01-01T00:00:00Z"}, "The token would have expired already."),
            ({"expiration": -5}, "The token would have expired already."),
            ({"expiration": 1e300}, "The expiration 1e+300 is out of range."),
            ({"role_bindings": {"a": ["viewer"]}}, "'a' is no entity."),
            ({"role_bindings": {"a/*": ["boss"]}}, "'boss' is no role."),
            ({"primary_namespace": "../x"}, "String should match pattern"),
        ],
    )
    async def test_refusals(self, api, sent, message):
        """§10: an unknown role and a naive time were a 500."""
        reply = await api.post("token/", sent)
        assert reply.status == 400
        assert message in reply.error["message"]
        assert (await api.get("token/")).data == []

    async def test_the_role_editor_is_known(self, api):
        """§10: it was a 500."""
        made = await mint(api, role_bindings={"team/*": ["editor"]}, note="CI of the team")
        program = with_token(api, made["token"])
        data = (await program.get("permission/")).data
        assert data["entity_roles"] == {"team/*": ["developer"]}
        assert (await program.post("namespace/team/")).status == 403
        (listed,) = (await program.get("token/")).data
        assert listed["note"] == "CI of the team"
        assert listed["last_used_on"] is not None
        assert "digest" not in listed

    async def test_nobody_gets_a_token_without_being_let_in(self, api):
        """§10: anonymous people could make one that was let in, with more rights."""
        assert (await api.post("token/", {}, headers={})).status == 403
        assert (await api.get("token/")).data == []

    async def test_only_as_bearer(self, api):
        token = (await mint(api))["token"]
        basic = base64.b64encode(f"x:{token}".encode()).decode()
        for headers in (
            {"Authorization": f"token {token}"},
            {"Authorization": f"Basic {basic}"},
            {"Authorization": token},
            {"Cookie": f"conda-store-auth={token}"},
        ):
            assert (await api.get("permission/", headers=headers)).status == 403, headers
        assert (await api.get(f"permission/?token={token}", headers={})).status == 403
        assert (await api.get("permission/", headers={"Authorization": f"bearer  {token}"})).data

    async def test_what_is_not_quite_a_token_lets_nobody_in(self, api):
        made = await mint(api)
        token, number = made["token"], made["id"]
        other = (await mint(api))["token"]
        swapped = f"envs_{number}_{other.split('_', 2)[2]}"
        for wrong in (
            token[:-1],
            f"{token}x",
            token.upper(),
            swapped,
            token.replace(f"_{number}_", "_99_"),
            f"envs_{'9' * 400}_{token[-43:]}",
            "envs_",
            "envs_0_" + "é" * 43,
        ):
            headers = {"Authorization": f"Bearer {wrong}".encode().decode("latin-1")}
            reply = await api.get("permission/", headers=headers)
            assert reply.status == 403, wrong
            assert reply.error["message"] == "request not authorized"

    async def test_a_wrong_token_is_nobody_even_with_a_cookie(self, api):
        cookies = await log_in(api)
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        assert (await api.get("permission/", headers={"Cookie": cookie})).data
        headers = {"Cookie": cookie, "Authorization": f"Bearer envs_1_{'x' * 43}"}
        assert (await api.get("permission/", headers=headers)).status == 403
        # Nor does a token's request need XSRF, or lend what it has to the cookie's.
        small = (await mint(api, role_bindings={"a/*": ["admin"]}))["token"]
        headers = {"Cookie": cookie, "Authorization": f"Bearer {small}"}
        assert (await api.post("namespace/a/", headers=headers)).status == 200
        assert (await api.post("namespace/b/", headers=headers)).status == 403

    async def test_a_revoked_token_and_those_made_with_it_end_at_once(self, api):
        made = await mint(api)
        program = with_token(api, made["token"])
        child = await mint(program, role_bindings={"a/*": ["viewer"]})
        other = await mint(api)
        assert (await api.delete(f"token/{made['id']}/")).json == {"status": "ok", "message": None}
        for token in (made, child):
            assert (await with_token(api, token["token"]).get("permission/")).status == 403
        assert (await with_token(api, other["token"]).get("permission/")).status == 200
        assert [row["id"] for row in (await api.get("token/")).data] == [other["id"]]
        assert (await api.delete(f"token/{made['id']}/")).status == 404

    async def test_an_expired_token_ends(self, api, extension):
        made = await mint(api, expiration=3600)
        tokens = extension._store.services.tokens
        assert tokens.holder(made["token"])
        now = tokens._clock()
        tokens._clock = lambda: now + timedelta(hours=1)
        assert tokens.holder(made["token"]) is None
        assert (await with_token(api, made["token"]).get("permission/")).status == 403
        assert (await api.get("token/")).data == []

    async def test_a_token_makes_none_that_outlives_it(self, api):
        made = await mint(api, expiration=3600)
        program = with_token(api, made["token"])
        assert (await mint(program))["expires_on"] == made["expires_on"]
        assert (await program.post("token/", {"expiration": 7200})).status == 400

    async def test_the_secret_is_nowhere(self, api, store_directory, caplog):
        made = await mint(api)
        secret = made["token"].split("_", 2)[2]
        await with_token(api, made["token"]).get("nothing-there/")
        with sqlite3.connect(store_directory / ".envstore" / "envstore.db") as connection:
            dump = "\n".join(connection.iterdump())
        connection.close()
        assert hashlib.sha256(secret.encode()).hexdigest() in dump
        assert secret not in dump
        assert secret not in caplog.text
        assert secret not in (await api.get("token/")).text


class TestOnASharedServer:
    @pytest.fixture
    def envstore_config(self, envstore_config):
        return {**envstore_config, **ROLES}

    @pytest.fixture
    def jp_server_config(self, jp_server_config):
        jp_server_config["ServerApp"]["identity_provider_class"] = People
        return jp_server_config

    @pytest.mark.parametrize(
        "bindings",
        [{"*/*": ["viewer"]}, {"team/*": ["admin"]}, {"t*/*": ["viewer"]}, {"a/b": ["viewer"]}],
    )
    async def test_never_more_than_the_caller(self, api, bindings):
        editor = as_person(api, EDITOR)
        reply = await editor.post("token/", {"role_bindings": bindings})
        assert reply.status == 400
        expected = "Requested role_bindings are not a subset of current permissions"
        assert reply.error["message"] == expected
        assert await mint(editor, role_bindings={"team/x*": ["viewer", "developer"]})

    async def test_a_namespace_of_ones_own_gives_no_rights(self, api):
        """conda-store gives a token the role mappings of whatever namespace it asks for."""
        root, guest = as_person(api, ROOT), as_person(api, GUEST)
        await root.post("namespace/boss/")
        await root.put("namespace/boss/", {"role_mappings": {"*/*": ["admin"]}})
        program = with_token(api, (await mint(guest, primary_namespace="boss"))["token"])
        data = (await program.get("permission/")).data
        assert data["primary_namespace"] == "boss"
        assert data["entity_roles"] == {"public-*/*": ["viewer"]}
        assert (await program.get("namespace/boss/")).status == 403

    async def test_people_see_and_revoke_their_own(self, api):
        root, editor, viewer = (as_person(api, name) for name in (ROOT, EDITOR, VIEWER))
        first, second = await mint(editor), await mint(viewer)
        assert [row["id"] for row in (await editor.get("token/")).data] == [first["id"]]
        assert [row["owner"] for row in (await root.get("token/")).data] == [EDITOR, VIEWER]
        assert (await viewer.delete(f"token/{first['id']}/")).status == 404
        # A token that was found somewhere ends itself, not the others of its owner.
        third = await mint(editor)
        program = with_token(api, third["token"])
        assert [row["id"] for row in (await program.get("token/")).data] == [third["id"]]
        assert (await program.delete(f"token/{first['id']}/")).status == 404
        assert (await program.delete(f"token/{third['id']}/")).status == 200
        assert (await root.delete(f"token/{second['id']}/")).status == 200

    async def test_it_shrinks_with_its_owner(self, api, extension):
        viewer = as_person(api, VIEWER)
        await as_person(api, ROOT).post("namespace/team/")
        program = with_token(api, (await mint(viewer))["token"])
        assert (await program.get("namespace/team/")).status == 200
        roles = extension._store.services.settings.user_role_bindings
        roles.pop(VIEWER)
        assert (await program.get("namespace/team/")).status == 403
        assert (await program.get("namespace/")).data == []
        assert (await program.get("permission/")).data["entity_permissions"] == {"team/*": []}

    async def test_groups_come_along(self, api):
        program = with_token(api, (await mint(as_person(api, GUEST)))["token"])
        await as_person(api, ROOT).post("namespace/public-1/")
        assert (await program.get("namespace/public-1/")).status == 200

    async def test_a_build_is_the_owners(self, api, fake_workers):
        await as_person(api, ROOT).post("namespace/team/")
        program = with_token(api, (await mint(as_person(api, EDITOR)))["token"])
        build = await program.submit("finish", namespace="team")
        assert (await program.completed(build))["author"] == EDITOR


def test_what_is_kept_is_not_the_token():
    assert "token" not in Token.__dataclass_fields__
    assert "secret" not in json.dumps(list(Token.__dataclass_fields__))


async def test_jupyters_own_token_still_works_as_bearer(api):
    assert (await with_headers(api, {"Authorization": f"Bearer {api.token}"}).get("")).data
