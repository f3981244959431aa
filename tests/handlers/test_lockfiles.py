"""Lockfiles over HTTP: sent to be built, had of builds in several forms, built again exactly."""

from __future__ import annotations

import json

import pytest

CHANNEL = "https://example.org/channel"
EXPLICIT = f"""\
# platform: linux-64
@EXPLICIT
{CHANNEL}/linux-64/finish-1.0-0.conda#{"0" * 32}
"""


async def send(api, text, name="env", **more):
    body = {"specification": text, "namespace": "ns", "is_lockfile": True}
    return await api.post("specification/", {**body, "environment_name": name, **more})


async def test_a_lockfile_is_queued_as_it_is(api, fake_workers):
    reply = await send(api, EXPLICIT, environment_description="locked")
    build = await api.build(reply.data["build_id"])
    assert build["text"] == EXPLICIT
    assert build["locked"] is True
    spec = build["specification"]["spec"]
    assert (spec["name"], spec["description"]) == ("env", "locked")
    (package,) = spec["lockfile"]["package"]
    assert (package["name"], package["hash"]) == ("finish", {"md5": "0" * 32})
    (listed,) = (await api.get("build/")).data
    assert listed["text"] == ""
    assert listed["locked"] is True


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (EXPLICIT, "", "name"),
        (EXPLICIT, "a/b", "name"),
        ("name: x", "env", "not a lockfile that is known"),
        ('{"version": 2, "package": []}', "env", "version 1 can be read"),
        (EXPLICIT.replace("linux-64", "osx-64"), "env", "is for osx-64; builds of this store"),
    ],
)
async def test_what_cannot_be_built_is_refused(api, fake_workers, text, name, expected):
    reply = await send(api, text, name)
    assert reply.status == 400
    assert expected in json.dumps(reply.error)


async def test_a_lockfile_is_checked_as_it_would_be_built(api):
    async def check(text, name="env"):
        body = {"specification": text, "is_lockfile": True, "environment_name": name}
        return (await api.post("specification/check/", body)).data

    right = await check(EXPLICIT)
    assert (right["name"], right["problems"], right["warnings"]) == ("env", [], [])
    (warning,) = (await check(EXPLICIT.replace(f"#{'0' * 32}", "")))["warnings"]
    assert "1 packages have no hash" in warning["message"]
    for text, name, expected in (
        (EXPLICIT, "a/b", "match pattern"),
        (f"{EXPLICIT}no url\n", "env", "'no url'"),
        (EXPLICIT.replace("linux-64", "osx-64"), "env", "is for osx-64"),
    ):
        (problem,) = (await check(text, name))["problems"]
        assert expected in problem["message"]
    await api.put("setting/", {"conda_required_packages": ["a"]})
    (problem,) = (await check(EXPLICIT))["problems"]
    assert "{'a'} required and missing" in problem["message"]
    assert (await api.get("build/")).data == []


async def test_policies_name_the_package_that_breaks_them(api, fake_workers):
    await api.put(
        "setting/",
        {"conda_allowed_channels": ["https://example.org/other"], "conda_required_packages": ["a"]},
    )
    reply = await send(api, EXPLICIT)
    assert reply.status == 400
    messages = [problem["message"] for problem in reply.error["problems"]]
    assert "finish 1.0 comes from there" in messages[0]
    assert "Conda packages {'a'} required and missing" in messages[1]


async def test_the_lock_of_a_build_in_other_forms(api, build):
    explicit = await api.get(f"build/{build}/explicit.txt")
    assert explicit.headers["Content-Type"].startswith("text/plain")
    assert f"{CHANNEL}/noarch/made-up-1.0-0.conda#sha256:{'f' * 64}" in explicit.text.splitlines()
    pixi = await api.get(f"build/{build}/pixi.lock/")
    assert pixi.text.startswith("version: 6\n")
    yml = await api.get(f"build/{build}/environment.yml")
    assert yml.text == (await api.get(f"build/{build}/yaml/")).text


async def test_a_build_is_built_again_exactly(api, build):
    again = (await api.put(f"build/{build}/", {"exact": True})).data["build_id"]
    await api.ended(again)
    made = await api.build(again)
    assert (made["locked"], made["parent_build_id"]) == (True, build)
    assert "lockfile" not in made["specification"]["spec"]
    solved = (await api.put(f"build/{again}/")).data["build_id"]
    assert (await api.build(solved))["locked"] is False


async def test_a_build_without_a_lockfile_cannot(api, fake_workers):
    failed = await api.submit("refuse")
    await api.ended(failed)
    reply = await api.put(f"build/{failed}/", {"exact": True})
    assert (reply.status, reply.error["message"]) == (
        409,
        f"Build {failed} has no lockfile: it is FAILED.",
    )
