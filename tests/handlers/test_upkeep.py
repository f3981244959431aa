"""Verification and repair over HTTP: who may ask, what can be asked, and what is told."""

from __future__ import annotations

import pytest

from tests.builder.fake_worker import UPKEEP

from .api_client import until


@pytest.fixture
def path(build) -> str:
    return f"build/{build}/verify/"


async def ended(api, path):
    async def look():
        told = (await api.get(path)).data
        return told if told["state"] not in ("waiting", "running") else None

    return await until(look)


async def running(api, path):
    async def look():
        return (await api.get(path)).data["state"] == "running"

    await until(look)


async def test_a_verification_is_begun_and_looked_at(api, path, fake_workers):
    reply = await api.get(path)
    assert reply.status == 404
    assert "never been verified" in reply.error["message"]
    begun = (await api.post(path)).data
    assert (begun["task"], begun["state"]) == ("verify", "waiting")
    await running(api, path)
    # Who asks meanwhile gets the same one; a repair has to wait.
    assert (await api.post(path)).data["asked_on"] == begun["asked_on"]
    assert (await api.post(path.replace("verify", "repair"))).status == 409
    (fake_workers / UPKEEP).touch()
    told = await ended(api, path)
    assert told["state"] == "done"
    assert told["inspection"]["intact"] is True
    assert told["inspection"]["files"] == 3
    assert told["inspection"]["counts"] == {"changed": 0, "missing": 0, "added": 0}
    assert told["ended_on"] >= told["asked_on"]
    assert told["failure"] is None


async def test_a_repair_is_begun_and_looked_at(api, path, fake_workers):
    (fake_workers / UPKEEP).touch()
    begun = (await api.post(path.replace("verify", "repair"), {"keep_added": True})).data
    assert begun["task"] == "repair"
    assert (await ended(api, path))["state"] == "done"
    assert (await api.post(path.replace("verify", "repair"), {"remove": True})).status == 422


async def test_it_can_be_ended(api, path):
    assert (await api.delete(path)).status == 404
    await api.post(path)
    await running(api, path)
    assert (await api.delete(path)).status == 200
    assert (await ended(api, path))["state"] == "canceled"


async def test_at_most_so_many_run_at_once(api, build, path, fake_workers):
    second = await api.submit("finish", name="other")
    await api.completed(second)
    await api.post(path)
    await running(api, path)
    waiting = f"build/{second}/verify/"
    await api.post(waiting)
    assert (await api.get(waiting)).data["state"] == "waiting"
    (fake_workers / UPKEEP).touch()
    assert (await ended(api, waiting))["state"] == "done"


async def test_a_build_that_goes_is_looked_after_no_more(api, build, path, store_directory):
    younger = await api.submit("finish")
    await api.completed(younger)
    await api.post(path)
    await running(api, path)
    assert (await api.delete(f"build/{build}/")).status == 200
    work = store_directory / ".envstore" / "work"

    async def left():
        return not list(work.glob("upkeep.*"))

    await until(left)
    assert (await api.get(path)).status == 404


async def test_only_finished_builds_can_be_verified(api):
    build = await api.submit("refuse")
    await api.ended(build)
    reply = await api.post(f"build/{build}/verify/")
    assert reply.status == 409
    assert "FAILED" in reply.error["message"]
    assert (await api.post("build/999/verify/")).status == 404
