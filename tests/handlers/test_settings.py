"""Settings over HTTP: conda-store's form, their levels, and what they change."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from .api_client import until
from .people import EDITOR, GUEST, ROLES, ROOT, VIEWER, People, as_person

PATHS = ["setting/", "setting/team/", "setting/team/env/"]


async def set_(api, path="setting/", **values):
    reply = await api.put(path, values)
    assert reply.status == 200, reply.text
    return reply.json


class TestForm:
    @pytest.mark.parametrize("path", [*PATHS, *(path.rstrip("/") for path in PATHS)])
    async def test_every_level_has_conda_store_s_settings(self, api, path):
        settings = (await api.get(path)).data
        assert len(settings.keys() - {"namespace_quota"}) == 22
        assert settings["conda_default_channels"] == ["conda-forge"]
        assert settings["conda_max_solve_time"] == 300

    @pytest.mark.parametrize("path", PATHS)
    async def test_the_reply_to_a_change_is_conda_store_s(self, api, path):
        reply = await set_(api, path, conda_included_packages=["ipykernel"])
        assert reply == {
            "status": "ok",
            "data": None,
            "message": "global setting keys ['conda_included_packages'] updated",
        }
        assert (await api.get(path)).data["conda_included_packages"] == ["ipykernel"]

    async def test_a_key_that_does_not_exist_is_refused(self, api):
        reply = await api.put("setting/", {"bogus": 1, "storage_threshold": 7})
        assert reply.status == 400
        assert reply.error["message"] == "Invalid setting keys {'bogus'}"
        assert "storage_threshold" in reply.error["hint"]
        assert (await api.get("setting/")).data["storage_threshold"] == 0

    @pytest.mark.parametrize("path", PATHS[1:])
    async def test_a_global_key_is_refused_below_the_top(self, api, path):
        reply = await api.put(path, {"storage_threshold": 7})
        assert reply.status == 400
        assert reply.error["message"] == (
            "Setting storage_threshold is a global setting and cannot be set within a namespace "
            "or environment"
        )

    async def test_values_that_make_no_sense_are_all_told(self, api):
        reply = await api.put(
            "setting/", {"storage_threshold": "much", "conda_allowed_channels": "conda-forge"}
        )
        assert reply.status == 400
        assert "validation error" in reply.error["message"]
        assert [problem["place"] for problem in reply.error["problems"]] == [
            "storage_threshold",
            "conda_allowed_channels",
        ]

    @pytest.mark.parametrize("body", ["[]", "1", "{", '"x"'])
    async def test_what_is_no_object_is_refused(self, api, body):
        assert (await api.put("setting/", body)).status == 422

    async def test_a_setting_without_effect_is_kept_and_told(self, api):
        reply = await set_(api, default_uid=1000, storage_threshold=1)
        (warning,) = reply["data"]["warnings"]
        assert warning["place"] == "default_uid"
        assert "no effect" in warning["message"]
        assert warning["hint"]
        assert (await api.get("setting/")).data["default_uid"] == 1000

    @pytest.mark.parametrize("path", ["setting/a b/", "setting/team/.hidden/"])
    async def test_names_that_cannot_be_are_refused(self, api, path):
        path = path.replace(" ", "%20")
        assert (await api.get(path)).status == 400
        assert (await api.put(path, {"conda_default_packages": []})).status == 400


class TestLevels:
    async def test_the_nearest_level_counts_and_resets_to_the_one_above(self, api):
        key = "conda_default_channels"
        for path, channels in zip(PATHS, (["one"], ["two"], ["three"]), strict=True):
            await set_(api, path, **{key: channels})
        assert [(await api.get(path)).data[key] for path in PATHS] == [["one"], ["two"], ["three"]]
        await set_(api, PATHS[2], **{key: None})
        assert (await api.get(PATHS[2])).data[key] == ["two"]
        assert (await api.delete(f"{PATHS[1]}?key={key}&key=build_artifacts")).status == 200
        assert (await api.get(PATHS[2])).data[key] == ["one"]
        assert (await api.delete(PATHS[0])).status == 200
        assert (await api.get(PATHS[0])).data[key] == ["conda-forge"]
        assert (await api.delete("setting/?key=bogus")).status == 400

    async def test_changes_are_listed_with_who_made_them(self, api):
        await set_(api, "setting/team/", conda_default_channels=["a"])
        await set_(api, "setting/team/env/", conda_default_channels=["b"])
        await set_(api, "setting/other/", conda_default_channels=["c"])
        await api.delete("setting/team/")
        listed = (await api.get("setting-changes/team/?order=desc&size=2")).json
        assert listed["count"] == 3
        newest, second = listed["data"]
        assert (newest["key"], newest["value"]) == ("conda_default_channels", None)
        assert (second["namespace"], second["environment"]) == ("team", "env")
        assert second["value"] == ["b"]
        assert (await api.get("setting-changes/")).json["count"] == 4
        assert (await api.get("setting-changes/team/env/")).json["count"] == 1


class TestEffect:
    async def test_the_storage_threshold_stops_builds_at_once(self, api, fake_workers):
        await set_(api, storage_threshold=1 << 62)
        sent = {"specification": "name: env", "namespace": "ns"}
        reply = await api.post("specification/", sent)
        assert reply.status == 400
        assert "`CondaStore.storage_threshold` reached" in reply.error["message"]
        await set_(api, storage_threshold=None)
        assert (await api.post("specification/", sent)).status == 200

    async def test_the_storage_threshold_stops_builds_that_are_made_again(self, api, build):
        await set_(api, storage_threshold=1 << 62)
        reply = await api.put(f"build/{build}/")
        assert reply.status == 400
        assert "Action environment:update prevented" in reply.error["message"]
        await set_(api, storage_threshold=None)
        assert (await api.put(f"build/{build}/")).status == 200

    async def test_the_default_namespace_is_where_builds_go(self, api, fake_workers):
        await set_(api, default_namespace="elsewhere")
        specification = json.dumps({"name": "env", "dependencies": ["finish"]})
        build = (await api.post("specification/", {"specification": specification})).data
        await api.completed(build["build_id"])
        assert (await api.environment("env", "elsewhere"))["current_build_id"] == build["build_id"]
        assert (await api.get("")).data["default_namespace"] == "elsewhere"
        assert (await api.get("permission/")).data["primary_namespace"] == "elsewhere"

    async def test_the_process_of_a_build_is_told(self, api, fake_workers, store_directory):
        await set_(api, conda_max_solve_time=17)
        await set_(api, "setting/ns/", conda_channel_alias="https://mirror.example")
        build_id = await api.submit("sleep", channels=("c",))
        order = store_directory / ".envstore" / "work" / f"{build_id}.1" / "order.json"

        async def begun():
            return (await api.get(f"build/{build_id}/events/")).data["events"]

        await until(begun)
        told = json.loads(order.read_text())
        assert told["solve_timeout"] == 17
        assert told["channels"] == ["https://mirror.example/c"]
        await api.put(f"build/{build_id}/cancel/")
        await api.ended(build_id)

    async def test_a_quota_is_of_one_namespace(self, api, build):
        await set_(api, "setting/ns/", namespace_quota=1)
        reply = await api.put(f"build/{build}/")
        assert reply.status == 400
        assert "`EnvStore.namespace_quota` reached" in reply.error["message"]
        other = await api.submit("finish", namespace="other")
        await api.completed(other)
        usage = (await api.get("usage/")).data
        assert (usage["ns"]["quota"], usage["other"]["quota"]) == (1, 0)
        preview = (await api.post("cleanup/", {})).data
        assert preview["builds"] == []
        assert [kept["id"] for kept in preview["kept"]] == [build]
        assert (await api.put("setting/ns/env/", {"namespace_quota": 1})).status == 400


class TestPeople:
    @pytest.fixture
    def envstore_config(self, envstore_config):
        users = {**ROLES["user_role_bindings"], GUEST: {"team/*": ["admin"]}}
        return {**envstore_config, "user_role_bindings": users}

    @pytest.fixture
    def jp_server_config(self, jp_server_config):
        jp_server_config["ServerApp"]["identity_provider_class"] = People
        return jp_server_config

    async def test_settings_are_for_those_who_may(self, api):
        root, editor, viewer = (as_person(api, name) for name in (ROOT, EDITOR, VIEWER))
        assert (await viewer.get("setting/team/")).status == 403
        assert (await editor.get("setting/team/env/")).status == 200
        assert (await editor.get("setting/")).status == 403
        assert (await editor.get("setting-changes/other/")).status == 403
        for change in (editor.put("setting/team/", {}), editor.delete("setting/team/env/")):
            assert (await change).status == 403
        await set_(root, "setting/team/", conda_default_channels=["x"])
        (change,) = (await editor.get("setting-changes/team/")).data
        assert change["author"] == ROOT

    async def test_the_admin_of_a_namespace_cannot_change_its_quota(self, api):
        root, owner = as_person(api, ROOT), as_person(api, GUEST)
        await set_(root, "setting/team/", namespace_quota=7)
        await set_(owner, "setting/team/", conda_default_channels=["x"])
        for value in (8, 0, None):
            reply = await owner.put("setting/team/", {"namespace_quota": value})
            assert reply.status == 403
        assert (await owner.delete("setting/team/?key=namespace_quota")).status == 403
        assert (await owner.delete("setting/team/")).status == 200
        settings = (await owner.get("setting/team/")).data
        assert settings["namespace_quota"] == 7
        assert settings["conda_default_channels"] == ["conda-forge"]


class TestCredentials:
    async def test_no_credential_gets_into_the_database(self, api, store_directory):
        reply = await api.put(
            "setting/", {"conda_allowed_channels": ["https://u:s3cret@example.org/c"]}
        )
        assert reply.status == 400
        assert "s3cret" not in reply.text
        with closing(sqlite3.connect(store_directory / ".envstore" / "envstore.db")) as db:
            assert "s3cret" not in "".join(db.iterdump())
