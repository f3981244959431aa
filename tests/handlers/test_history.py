"""Builds beside each other, notes, and environments under other names, by the API."""

from __future__ import annotations

import json

import pytest

from .api_client import until


async def deeds(api, name="env"):
    data = (await api.get(f"environment/ns/{name}/history/")).data
    return [(entry["deed"], entry["build_id"], entry["detail"]) for entry in data]


async def put(api, build_id, **body):
    return await api.put(f"build/{build_id}/annotations/", body)


class TestComparison:
    async def test_builds_of_two_specifications(self, api, build):
        other = await api.submit("finish", channels=("https://example.org/d",), variables={"A": 1})
        await api.completed(other)
        found = (await api.get(f"build/{build}/diff/{other}/")).data
        assert (found["before"]["build_id"], found["after"]["build_id"]) == (build, other)
        assert found["before"]["size"] == 1000
        channels = found["specification"]["channels"]
        assert (channels["removed"], channels["added"]) == (
            ["https://example.org/c"],
            ["https://example.org/d"],
        )
        assert found["specification"]["variables"]["added"] == ["A=1"]
        assert found["specification"]["text"].startswith(f"--- ns/env, build {build}\n")
        assert found["packages"] == {"added": [], "removed": [], "changed": [], "unchanged": 1}

    async def test_a_build_without_packages_has_none_to_compare(self, api, build):
        failed = await api.submit("refuse")
        await api.ended(failed)
        found = (await api.get(f"build/{build}/diff/{failed}/")).data
        assert found["packages"] is None
        assert found["specification"]["dependencies"]["added"] == ["refuse"]

    @pytest.mark.parametrize("path", ["build/{}/diff/99/", "build/99/diff/{}/"])
    async def test_both_have_to_be_there(self, api, build, path):
        assert (await api.get(path.format(build))).status == 404


class TestAnnotations:
    async def test_what_is_left_out_stays(self, api, build):
        assert (await put(api, build, note="for the paper", tags=["paper", "paper", " 2026 "])).data
        assert (await put(api, build, tags=["done"])).data == {
            "note": "for the paper",
            "tags": ["done"],
        }
        shown = await api.build(build)
        assert (shown["note"], shown["tags"]) == ("for the paper", ["done"])
        assert [deed for deed, *_ in await deeds(api)][-2:] == ["annotated", "annotated"]
        before = await deeds(api)
        await put(api, build, tags=["done"])
        assert await deeds(api) == before

    async def test_builds_are_found_by_all_of_the_tags(self, api, build):
        other = await api.submit("finish")
        await api.completed(other)
        await put(api, build, tags=["paper", "a b"])
        await put(api, other, tags=["paper"])

        async def found(query):
            return [row["id"] for row in (await api.get(f"build/?{query}")).data]

        assert await found("tag=paper") == [build, other]
        assert await found("tag=paper&tag=a%20b") == [build]
        assert await found("tag=pap") == []

    @pytest.mark.parametrize(
        "body",
        [
            {"tags": [""]},
            {"tags": ["x" * 65]},
            {"tags": ["a\nb"]},
            {"tags": ["t"] * 33},
            {"note": "x" * 10_001},
            {"notes": "a typing error"},
        ],
    )
    async def test_what_cannot_be_one_is_refused(self, api, build, body):
        assert (await put(api, build, **body)).status == 422

    async def test_an_unknown_build(self, api):
        assert (await put(api, 99, note="x")).status == 404


async def test_the_artifacts_of_a_build_are_listed(api, build):
    listed = (await api.get(f"build/{build}/artifacts")).data
    assert {artifact["artifact_type"] for artifact in listed} >= {"LOGS", "LOCKFILE", "DIRECTORY"}
    condas = [{key: item[key] for key in ("id", "artifact_type", "key")} for item in listed]
    assert all(item in condas for item in (await api.build(build))["build_artifacts"])
    assert (await api.get("build/99/artifacts")).status == 404


async def test_each_listed_file_is_served_where_the_list_says(api, build):
    async def listed():
        rows = (await api.get(f"build/{build}/artifacts")).data
        return {row["format"]: row for row in rows if row["artifact_type"] in ("LOCKFILE", "YAML")}

    before = await listed()
    assert {name: row["state"] for name, row in before.items()} == {
        "conda-lock.yml": "there",
        "explicit.txt": "on request",
        "pixi.lock": "on request",
        "environment.yml": "on request",
    }
    sizes = {
        name: len((await api.get(row["address"])).text.encode()) for name, row in before.items()
    }
    after = await listed()
    assert {name: (row["state"], row["size"]) for name, row in after.items()} == {
        name: ("there", size) for name, size in sizes.items()
    }


class TestClone:
    async def clone(self, api, **body):
        return await api.post("environment/ns/env/clone/", body)

    async def test_a_new_environment_of_the_same_specification(self, api, build):
        await api.put("environment/ns/env/", {"description": "maps"})
        made = (await self.clone(api, name="copy", namespace="other")).data["build_id"]
        await api.completed(made)
        clone, origin = await api.build(made), await api.build(build)
        assert (clone["namespace"], clone["name"]) == ("other", "copy")
        assert clone["parent_build_id"] == build
        changed = {**json.loads(origin["text"]), "name": "copy"}
        assert json.loads(clone["text"]) == changed
        assert (await api.environment("copy", "other"))["description"] == "maps"
        history = (await api.get("environment/other/copy/history/")).data
        assert [entry["deed"] for entry in history][:2] == ["asked", "cloned"]
        assert history[1]["detail"] == f"ns/env, build {build}"

    async def test_of_a_build_that_is_not_current(self, api, build):
        other = await api.submit("finish", channels=("https://example.org/d",))
        await api.completed(other)
        made = (await self.clone(api, name="old", build_id=build)).data["build_id"]
        found = (await api.get(f"build/{build}/diff/{made}/")).data["specification"]
        assert found["channels"] == {"added": [], "removed": [], "reordered": False}
        await api.completed(made)

    async def test_into_an_environment_that_is_there_is_a_conflict(self, api, build):
        refused = await self.clone(api, name="env")
        assert (refused.status, "ns/env already" in refused.error["message"]) == (409, True)
        assert (await api.get("build/")).json["count"] == 1

    async def test_of_what_is_not_there_or_to_what_cannot_be(self, api, build):
        assert (await self.clone(api, name="x", build_id=99)).status == 404
        assert (await api.post("environment/ns/no/clone/", {"name": "x"})).status == 404
        assert (await self.clone(api, name="..")).status == 400
        assert (await self.clone(api)).status == 422
        assert (await self.clone(api, name="x", build_id=2**70)).status == 422
        assert (await self.clone(api, name="x", build_id=-1)).status == 404


class TestRename:
    async def rename(self, api, name, old="env"):
        return await api.post(f"environment/ns/{old}/rename/", {"name": name})

    async def test_link_kernels_and_history_follow(self, api, build, store_directory):
        before = await api.environment()
        assert (await self.rename(api, "maps")).status == 200
        after = await api.environment("maps")
        assert (await api.get("environment/ns/env/")).status == 404
        assert (after["id"], after["current_build_id"]) == (before["id"], build)
        links = store_directory / "ns" / "envs"
        assert [link.name for link in links.iterdir()] == ["maps"]
        assert str((links / "maps").readlink()) == (await api.build(build))["prefix"]
        (kernel,) = after["kernels"]
        assert kernel["environment"] == "maps"
        assert [card["name"] for card in (await api.get("kernels/")).data] == [kernel["name"]]
        assert await deeds(api, "maps") == [
            ("asked", build, None),
            ("published", build, None),
            ("renamed", None, "env"),
        ]

    async def test_what_runs_meanwhile_ends_under_the_new_name(self, api, open_gate, build):
        running = await api.submit("gated")

        async def begun():
            return (await api.build(running))["phase"] is not None

        await until(begun)
        await self.rename(api, "maps")
        open_gate(running)
        await api.completed(running)
        assert (await api.environment("maps"))["current_build_id"] == running
        assert (await api.build(running))["name"] == "maps"

    async def test_a_rebuild_and_an_adoption_know_the_new_name(self, api, build, store_directory):
        await self.rename(api, "maps")
        again = (await api.put(f"build/{build}/")).data["build_id"]
        await api.completed(again)
        rebuilt = await api.build(again)
        assert rebuilt["specification"]["name"] == json.loads(rebuilt["text"])["name"] == "maps"
        prefix = store_directory / (await api.build(build))["prefix"]
        assert json.loads((prefix / "conda-meta" / "envstore").read_text())["name"] == "maps"

    async def test_a_name_that_is_taken_is_a_conflict_and_changes_nothing(
        self, api, build, store_directory
    ):
        await api.completed(await api.submit("finish", name="other"))
        assert (await self.rename(api, "other")).status == 409
        (store_directory / "ns" / "envs" / "mine").mkdir()
        refused = await self.rename(api, "mine")
        assert (refused.status, "did not make" in refused.error["message"]) == (409, True)
        assert (await api.environment())["current_build_id"] == build

    async def test_to_its_own_name_nothing_happens(self, api, build):
        before = await deeds(api)
        assert (await self.rename(api, "env")).status == 200
        assert await deeds(api) == before

    @pytest.mark.parametrize("name", ["..", "a/b", "", ".hidden"])
    async def test_what_cannot_be_a_name_is_refused(self, api, build, name):
        assert (await self.rename(api, name)).status == 400

    async def test_what_is_not_there(self, api, build):
        assert (await self.rename(api, "x", old="no")).status == 404


async def test_the_history_tells_what_was_done_in_order_and_by_pages(api, build):
    other = await api.submit("finish")
    await api.completed(other)
    await api.put("environment/ns/env/", {"build_id": build})
    await api.put("environment/ns/env/", {"build_id": build})
    await api.put(f"build/{other}/pin/")
    await api.put(f"build/{other}/pin/")
    await api.delete(f"build/{other}/pin/")
    await api.put("environment/ns/env/", {"description": "maps"})
    await api.delete(f"build/{other}/")
    expected = [
        ("asked", build, None),
        ("published", build, None),
        ("asked", other, None),
        ("published", other, None),
        ("switched", build, None),
        ("pinned", other, None),
        ("unpinned", other, None),
        ("described", None, "maps"),
        ("deleted", other, None),
    ]
    assert await deeds(api) == expected
    page = await api.get("environment/ns/env/history/?size=2&page=2&order=desc")
    assert [entry["deed"] for entry in page.data] == ["unpinned", "pinned"]
    assert page.json["count"] == len(expected)
    assert (await api.get("environment/ns/no/history/")).status == 404


async def test_a_cancel_is_told_once_and_only_if_it_did_something(api, build):
    running = await api.submit("gated", name="long")
    await api.put(f"build/{running}/cancel/")
    assert (await api.ended(running))["status"] == "CANCELED"
    await api.put(f"build/{running}/cancel/")
    told = await deeds(api, "long")
    assert told == [("asked", running, None), ("canceled", running, None)]
