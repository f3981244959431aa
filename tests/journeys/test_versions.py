"""Versions of one environment: the newest is current, an older one a click away, none is lost."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing

from tests.engine.http_channel import HttpChannel
from tests.handlers.api_client import until


def target_of(environment: dict) -> str:
    """Return where the environment's link leads."""
    return os.path.realpath(environment["prefix"])


def exists(path: str) -> bool:
    return os.path.lexists(path)


async def test_the_kernel_follows_the_current_build_and_back(api, channel, python, kernels):
    first = await api.submit(python, "ipykernel", "certifi=2024", channels=channel)
    old = await api.completed(first, timeout=120)
    (kernel,) = (await api.get("kernels/")).data
    running = await kernels.start(kernel["name"])

    second = await api.submit(python, "ipykernel", "certifi>2024", channels=channel)
    new = await api.completed(second, timeout=120)
    environment = await api.environment()
    assert environment["current_build_id"] == second
    assert target_of(environment) == new["prefix"]
    # The name has stayed, so notebooks find their kernel, and it runs the new build.
    version = "__import__('certifi').__version__.split('.')[0]"
    after = await kernels.start(kernel["name"])
    assert await kernels.run(after, "sys.prefix") == new["prefix"]
    assert await kernels.run(after, version) != "2024"
    # What ran before runs on, untouched.
    assert await kernels.run(running, version) == "2024"

    assert (await api.put("environment/ns/env/", {"build_id": first})).status == 200
    assert target_of(environment) == old["prefix"]
    assert (await api.environment())["current_build_id"] == first
    assert await kernels.run(await kernels.start(kernel["name"]), "sys.prefix") == old["prefix"]


async def test_what_a_running_kernel_runs_is_told_also_after_a_restart(
    api, channel, python, kernels, jp_serverapp
):
    first = await api.submit(python, "ipykernel", channels=channel)
    await api.completed(first, timeout=120)
    (kernel,) = (await api.get("kernels/")).data
    assert (await api.get("kernels/running/")).data == []
    running = await kernels.start(kernel["name"])
    await kernels.start("python3")  # It is none of the store's.
    second = await api.submit(python, "ipykernel", channels=channel)
    await api.completed(second, timeout=120)
    later = await kernels.start(kernel["name"])

    async def told() -> dict[str, int]:
        found = (await api.get("kernels/running/")).data
        assert {entry["name"] for entry in found} == {kernel["name"]}
        return {entry["kernel_id"]: entry["build_id"] for entry in found}

    assert await told() == {running: first, later: second}
    await jp_serverapp.kernel_manager.restart_kernel(running, now=True)
    assert await told() == {running: first, later: second}


async def test_the_build_of_a_kernel_is_noted_as_used(
    api, channel, python, kernels, jp_serverapp, extension, store_directory
):
    build_id = await api.submit(python, "ipykernel", channels=channel)
    await api.completed(build_id, timeout=120)
    (kernel,) = (await api.get("kernels/")).data

    async def used_on() -> str | None:
        return (await api.build(build_id))["last_used_on"]

    async def used_after(before: str | None) -> str:
        async def is_later() -> bool:
            now = await used_on()
            return now is not None and (before is None or now > before)

        await until(is_later)
        return await used_on() or ""

    await kernels.start("python3")  # It is none of the store's.
    assert await used_on() is None
    running = await kernels.start(kernel["name"])
    started = await used_after(None)
    await jp_serverapp.kernel_manager.restart_kernel(running, now=True)
    restarted = await used_after(started)
    await kernels.shut_down(running)
    ended = await used_after(restarted)
    # It is shown where one decides what may go.
    (usage,) = (await api.get("usage/")).data["ns"]["environments"]
    assert [build["last_used_on"] for build in usage["builds"]] == [ended]
    second = await api.submit("activate-ok", channels=channel)
    await api.completed(second)
    cleanup = {"keep_builds": 1}
    (gone,) = (await api.post("cleanup/", cleanup)).data["builds"]
    assert (gone["id"], gone["last_used_on"]) == (build_id, ended)
    # It was used within the last day.
    cleanup = {"keep_builds": 1, "keep_days": 1}
    assert (await api.post("cleanup/", cleanup)).data["builds"] == []

    # The server ends its kernels when the store is closed already.
    await api.put("environment/ns/env/", {"build_id": build_id})
    await kernels.start(kernel["name"])
    again = await used_after(ended)
    await extension.stop_extension()
    with closing(sqlite3.connect(store_directory / ".envstore" / "envstore.db")) as db:
        query = "SELECT last_used_on FROM build WHERE id = ?"
        ((stopped,),) = db.execute(query, [build_id]).fetchall()
    assert stopped > again


async def test_an_older_build_that_finishes_last_is_not_published(api, channels, channel):
    with HttpChannel(channels / "generated", bytes_per_second=50_000).serve() as slow:
        older = await api.submit("generated-039", channels=(slow.url,))
        younger = await api.submit("activate-ok", channels=channel)
        young = await api.completed(younger)
        assert (await api.build(older))["status"] == "BUILDING"
        slow.bytes_per_second = None
        old = await api.completed(older)
    assert old["ended_on"] > young["ended_on"]
    environment = await api.environment()
    assert environment["current_build_id"] == younger
    assert target_of(environment) == young["prefix"]
    # It is kept all the same, and can be chosen.
    assert (await api.put("environment/ns/env/", {"build_id": older})).status == 200
    assert target_of(environment) == old["prefix"]


async def test_what_is_in_use_is_protected_and_everything_else_can_be_deleted(
    api, channel, python, kernels
):
    first = await api.submit(python, "ipykernel", channels=channel)
    prefix = (await api.completed(first, timeout=120))["prefix"]
    (kernel,) = (await api.get("kernels/")).data
    running = await kernels.start(kernel["name"], notebook="analysis.ipynb")
    refused = await api.delete(f"build/{first}/")
    assert refused.status == 409
    assert refused.error["message"] == f"Build {first} is the current build of ns/env."

    second = await api.submit("activate-ok", channels=channel)
    await api.completed(second)
    refused = await api.delete(f"build/{first}/")
    assert refused.status == 409
    assert refused.error["message"] == "The build is in use by analysis.ipynb."
    refused = await api.delete("environment/ns/env/")
    assert refused.status == 409
    assert "analysis.ipynb" in refused.error["message"]

    await kernels.shut_down(running)
    assert (await api.delete(f"build/{first}/")).json == {"status": "ok", "message": None}
    assert (await api.get(f"build/{first}/")).status == 404
    assert not exists(prefix)
    assert (await api.get("environment/ns/env/")).data["current_build_id"] == second


async def test_builds_that_wait_or_were_canceled_can_be_deleted(api, channels):
    with HttpChannel(channels / "generated", bytes_per_second=20_000).serve() as slow:
        ids = [
            await api.submit("generated-198", name=f"e{n}", channels=(slow.url,)) for n in range(3)
        ]
        *running, queued = ids

        async def both_run() -> bool:
            return all([(await api.build(i))["status"] == "BUILDING" for i in running])

        await until(both_run)
        refused = await api.delete(f"build/{running[0]}/")
        assert refused.status == 400
        assert refused.error["message"] == "cannot delete build since not finished building"
        assert (await api.build(queued))["status"] == "QUEUED"
        assert (await api.delete(f"build/{queued}/")).status == 200
        assert (await api.get(f"build/{queued}/")).status == 404
        for build_id in running:
            await api.put(f"build/{build_id}/cancel/")
            assert (await api.ended(build_id))["status"] == "CANCELED"
            assert (await api.delete(f"build/{build_id}/")).status == 200
    assert (await api.get("build/")).json["count"] == 0
    # Without a build there is nothing to show of an environment, and its name is free again.
    assert (await api.get("environment/")).json["count"] == 0
    assert (await api.get("environment/ns/e0/")).status == 404
    assert (await api.delete("namespace/ns/")).status == 200


async def test_a_deleted_environment_leaves_nothing_but_its_name(
    api, channel, python, kernels, store_directory
):
    build = await api.completed(await api.submit(python, "ipykernel", channels=channel), 120)
    (kernel,) = (await api.get("kernels/")).data
    environment = await api.environment()
    assert (await api.delete("environment/ns/env/")).json == {"status": "ok", "message": None}
    assert (await api.get("environment/ns/env/")).status == 404
    assert (await api.get("kernels/")).data == []
    assert kernel["name"] not in await kernels.specs()
    assert not exists(environment["prefix"])

    async def files_are_gone() -> bool:
        logs = list((store_directory / ".envstore" / "logs").iterdir())
        return not exists(build["prefix"]) and not logs

    await until(files_are_gone)
    assert (await api.delete("namespace/ns/")).status == 200
    assert [row["name"] for row in (await api.get("namespace/")).data] == ["default"]
    again = await api.submit("activate-ok", channels=channel)
    assert (await api.completed(again))["published"]
