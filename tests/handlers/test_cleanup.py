"""Disk space over HTTP: clean-up, usage, pins."""

from __future__ import annotations

import pytest

FIELDS = {"dry_run", "builds", "kept", "cache", "trash_bytes", "bytes"}


async def completed(api, count: int, **more) -> list[int]:
    """Build so many times, one after the other."""
    ids = []
    for _ in range(count):
        ids.append(await api.submit("finish", **more))
        await api.completed(ids[-1])
    return ids


class TestCleanup:
    async def test_a_preview_is_the_default_and_changes_nothing(self, api, fake_workers):
        first, _ = await completed(api, 2)
        reply = (await api.post("cleanup/", {"keep_builds": 1})).data
        assert reply.keys() == FIELDS
        assert reply["dry_run"] is True
        (gone,) = reply["builds"]
        assert gone["bytes"] > 0
        assert (gone["id"], gone["namespace"], gone["environment"]) == (first, "ns", "env")
        assert (gone["status"], gone["reason"]) == (
            "COMPLETED",
            "not the newest of its environment",
        )
        assert (await api.build(first))["status"] == "COMPLETED"

    async def test_the_clean_up_does_what_the_preview_said(self, api, fake_workers):
        first, second, third = await completed(api, 3)
        await api.put(f"build/{second}/pin/")
        preview = (await api.post("cleanup/", {"keep_builds": 1})).data
        done = (await api.post("cleanup/", {"keep_builds": 1, "dry_run": False})).data
        assert done.pop("dry_run") is False
        preview.pop("dry_run")
        # The trash may have been emptied in between by recovery.
        for reply in (preview, done):
            reply["bytes"] -= reply.pop("trash_bytes")
        assert done == preview
        assert [gone["id"] for gone in done["builds"]] == [first]
        assert [(kept["id"], kept["reason"]) for kept in done["kept"]] == [(second, "pinned")]
        assert (await api.get(f"build/{first}/")).status == 404
        assert (await api.environment())["current_build_id"] == third

    async def test_builds_can_be_taken_out_of_a_clean_up(self, api, fake_workers):
        first, second, third = await completed(api, 3)
        body = {"keep_builds": 1, "spare": [first]}
        preview = (await api.post("cleanup/", body)).data
        assert [gone["id"] for gone in preview["builds"]] == [second]
        assert [(kept["id"], kept["reason"]) for kept in preview["kept"]] == [
            (first, "you keep it")
        ]
        done = (await api.post("cleanup/", {**body, "dry_run": False})).data
        assert [gone["id"] for gone in done["builds"]] == [second]
        assert {build["id"] for build in (await api.get("build/")).data} == {first, third}

    async def test_one_environment_can_be_cleaned_up(self, api, fake_workers):
        one = await completed(api, 2, name="one")
        await completed(api, 2, name="other")
        body = {"keep_builds": 1, "namespace": "ns", "environment": "one"}
        reply = (await api.post("cleanup/", body)).data
        assert [gone["id"] for gone in reply["builds"]] == one[:1]
        body["environment"] = "nothing"
        assert (await api.post("cleanup/", body)).status == 404

    @pytest.mark.parametrize(
        "body",
        [
            {"keep_builds": -1},
            {"keep_days": -0.5},
            {"keep_builds": "many"},
            {"environment": "env"},
            {"dry-run": False},
        ],
    )
    async def test_what_makes_no_sense_is_refused_and_nothing_goes(self, api, build, body):
        reply = await api.post("cleanup/", body)
        assert reply.status == 422
        assert reply.error["message"]
        assert (await api.build(build))["status"] == "COMPLETED"


class TestPins:
    async def test_a_pinned_build_is_shown_and_cannot_be_deleted(self, api, fake_workers):
        first, _ = await completed(api, 2)
        assert (await api.build(first))["pinned"] is False
        for _ in range(2):  # Twice is no mistake.
            assert (await api.put(f"build/{first}/pin/")).json["status"] == "ok"
        assert (await api.build(first))["pinned"] is True
        refused = await api.delete(f"build/{first}/")
        assert refused.status == 409
        assert refused.error["message"] == f"Build {first} is pinned."
        assert refused.error["hint"]
        assert (await api.delete("environment/ns/env/")).status == 409
        assert (await api.delete(f"build/{first}/pin/")).json["status"] == "ok"
        assert (await api.delete(f"build/{first}/")).status == 200

    @pytest.mark.parametrize("method", ["PUT", "DELETE"])
    async def test_there_is_nothing_to_pin(self, api, method):
        assert (await api.request(method, "build/999/pin/")).status == 404


class TestUsage:
    async def test_namespaces_have_conda_store_s_numbers_and_ours(self, api, fake_workers):
        builds = await completed(api, 2)
        usage = (await api.get("usage/")).data
        assert list(usage) == ["ns"]
        namespace = usage["ns"]
        assert (namespace["num_environments"], namespace["num_builds"]) == (1, 2)
        assert namespace["storage"] > 0
        assert namespace["quota"] == 0
        (environment,) = namespace["environments"]
        assert environment["name"] == "env"
        assert environment["size"] == namespace["storage"]
        assert [build["id"] for build in environment["builds"]] == builds
        assert all(0 < build["own"] <= build["size"] for build in environment["builds"])

    async def test_the_store_has_parts(self, api, build):
        usage = (await api.get("usage/store/")).data
        parts = {
            "builds",
            "packages",
            "byte_code",
            "wheels",
            "archives",
            "records",
            "work",
            "trash",
        }
        assert usage.keys() == parts | {"size", "free", "total"}
        assert usage["size"] <= sum(usage[part]["size"] for part in parts)
        assert 0 < usage["free"] < usage["total"]


class TestQuota:
    @pytest.fixture
    def envstore_config(self, envstore_config):
        return {**envstore_config, "namespace_quota": 1}

    async def test_a_namespace_over_its_quota_takes_no_build(self, api, build):
        reply = await api.post(
            "specification/",
            {"specification": "name: env\ndependencies: [finish]", "namespace": "ns"},
        )
        assert reply.status == 400
        assert "`EnvStore.namespace_quota` reached" in reply.error["message"]
        assert "c.EnvStore.namespace_quota" in reply.error["hint"]
        assert (await api.put(f"build/{build}/")).status == 400
