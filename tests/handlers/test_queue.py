"""The queue of all builds, and the names of environments, as the panel asks for them."""

from __future__ import annotations

import asyncio

from jupyter_envstore.extension import EVENT_SCHEMA_ID

from .api_client import until


async def test_the_queue_has_what_runs_and_then_what_waits_with_its_place(api, open_gate):
    running = [await api.submit("gated", name=f"runs-{n}") for n in range(2)]
    waiting = [await api.submit("finish", name=f"waits-{n}") for n in range(3)]

    async def both_run() -> list[dict]:
        queue = (await api.get("queue/")).data
        states = [item["build"]["status"] for item in queue]
        return queue if states == ["BUILDING"] * 2 + ["QUEUED"] * 3 else []

    queue = await until(both_run)
    assert [item["build"]["id"] for item in queue] == running + waiting
    assert [item["position"] for item in queue] == [None, None, 1, 2, 3]
    assert [item["environment"] for item in queue[:3]] == ["runs-0", "runs-1", "waits-0"]
    assert {item["namespace"] for item in queue} == {"ns"}
    await api.put(f"build/{waiting[0]}/cancel/")
    queue = (await api.get("queue/")).data
    assert [item["build"]["id"] for item in queue] == running + waiting[1:]
    assert [item["position"] for item in queue][2:] == [1, 2]
    for build_id in running:
        open_gate(build_id)
    for build_id in waiting[1:]:
        await api.completed(build_id)
    assert (await api.get("queue/")).data == []


async def test_names_are_found_by_packages_as_environments_are(api, build):
    await api.completed(await api.submit("finish", name="other"))
    assert (await api.get("environment-names/")).data == [
        {"namespace": "ns", "name": "env"},
        {"namespace": "ns", "name": "other"},
    ]
    packages = (await api.get(f"build/{build}/packages/")).data
    for name, count in ((packages[0]["name"], 2), ("no-such-package", 0)):
        reply = await api.get(f"environment-names/?packages={name}")
        assert (len(reply.data), reply.json["count"]) == (count, count)
    assert (await api.get("environment-names/?search=oth")).data == [
        {"namespace": "ns", "name": "other"}
    ]


async def test_an_echo_comes_back_over_the_bus_and_is_not_kept(api, build, jp_serverapp):
    heard: asyncio.Queue[dict] = asyncio.Queue()

    async def listen(logger, schema_id, data) -> None:
        await heard.put(data)

    logger = jp_serverapp.event_logger
    logger.add_listener(schema_id=EVENT_SCHEMA_ID, listener=listen)
    try:
        reply = (await api.get("events/?since=2&echo=who-hears-me")).data
        event = await asyncio.wait_for(heard.get(), 30)
    finally:
        logger.remove_listener(schema_id=EVENT_SCHEMA_ID, listener=listen)
    assert (event["kind"], event["echo"], event["seq"]) == ("echo", "who-hears-me", None)
    kept = (await api.get("events/")).data["events"]
    assert {item["kind"] for item in kept} == {"build", "environment", "kernels"}
    assert reply["latest"] == reply["next"] == kept[-1]["seq"]
    beyond = (await api.get("events/?since=1000000")).data
    assert (beyond["events"], beyond["latest"]) == ([], kept[-1]["seq"])
    assert (await api.get("events/?echo=%3Cscript%3E")).status == 422
