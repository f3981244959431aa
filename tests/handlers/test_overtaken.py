"""Over HTTP: an edit of a specification while somebody else asks for another one."""

from __future__ import annotations

import json

import pytest


async def send(api, *dependencies, **more):
    text = json.dumps(
        {
            "name": "env",
            "channels": ["https://example.org/c"],
            "dependencies": ["finish", *dependencies],
        }
    )
    return await api.post("specification/", {"specification": text, "namespace": "ns", **more})


async def count(api) -> int:
    return (await api.get("build/")).json["count"]


async def test_it_is_refused_and_nothing_is_stored(api, build):
    theirs = (await send(api, "theirs", based_on=build)).data["build_id"]
    before = await api.environment()
    refused = await send(api, "mine", based_on=build)
    assert refused.status == 409
    assert refused.error["message"] == (
        f"Build {theirs} of ns/env was asked for meanwhile, with another specification than the "
        "one that you began with."
    )
    assert refused.error["hint"] == "Look at what it changed, and submit again."
    assert await count(api) == 2
    await api.ended(theirs)
    assert (await api.environment())["id"] == before["id"]
    assert (await send(api, "mine", based_on=theirs)).status == 200


async def test_a_rebuild_and_the_same_wish_are_no_conflict(api, build):
    await api.put(f"build/{build}/")
    assert (await send(api, "mine", based_on=build)).status == 200
    assert (await send(api, "mine", based_on=build)).status == 200
    assert await count(api) == 4


@pytest.mark.parametrize("based_on", [None, 10_000, -1, 2**53])
async def test_without_a_build_of_the_environment_nothing_is_compared(api, build, based_on):
    assert (await send(api, "theirs")).status == 200
    assert (await send(api, "mine", based_on=based_on)).status == 200


async def test_conda_stores_clients_see_no_difference(api, build):
    assert (await send(api, "theirs")).status == 200
    assert (await send(api, "mine")).status == 200


async def test_for_a_lockfile_it_does_not_count(api, build):
    await send(api, "theirs")
    lockfile = f"@EXPLICIT\nhttps://example.org/c/linux-64/finish-1.0-0.conda#{'0' * 32}\n"
    body = {"specification": lockfile, "namespace": "ns", "environment_name": "env"}
    sent = await api.post("specification/", {**body, "is_lockfile": True, "based_on": build})
    assert sent.status == 200


@pytest.mark.parametrize("based_on", ["first", 1.5, 2**63])
async def test_what_is_no_build_id_is_refused(api, build, based_on):
    assert (await send(api, "mine", based_on=based_on)).status == 422
    assert await count(api) == 1
