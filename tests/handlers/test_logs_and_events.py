"""Logs that are followed while they grow, the events of a build, and the journal."""

from __future__ import annotations

import asyncio

from .api_client import API, until


async def running(api, build_id: int) -> None:
    async def has_begun() -> bool:
        events = (await api.get(f"build/{build_id}/events/")).data["events"]
        return any(event["type"] == "started" for event in events)

    await until(has_begun)


async def test_a_log_comes_in_parts_by_byte_offset(api, build, store_directory):
    log = store_directory / ".envstore" / "logs" / f"{build}.log"
    content = "zwölf Zeichen\n".encode() * 100_000
    log.write_bytes(content)
    reply = await api.get(f"build/{build}/logs/")
    assert reply.text.encode() == content
    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert reply.headers["X-Envstore-Log-Size"] == str(len(content))
    assert (await api.get(f"build/{build}/logs/?offset=15")).text.encode() == content[15:]
    assert (await api.get(f"build/{build}/logs/?offset={len(content)}")).text == ""
    assert (await api.get(f"build/{build}/logs/?offset={len(content) + 5}")).text == ""


async def test_a_log_that_is_followed_is_live_and_ends_with_the_build(
    api, open_gate, store_directory
):
    build_id = await api.submit("gated")
    await running(api, build_id)
    log = store_directory / ".envstore" / "logs" / f"{build_id}.log"
    parts: list[bytes] = []
    follow = asyncio.ensure_future(
        api.get(f"build/{build_id}/logs/?follow=1&offset=0", on_data=parts.append)
    )
    for line in ("first\n", "second\n"):
        with log.open("a") as file:
            file.write(line)
        await until(lambda expected=line: _contains(parts, expected))
        assert not follow.done()
    open_gate(build_id)
    reply = await asyncio.wait_for(follow, 10)
    assert reply.status == 200
    assert b"".join(parts) == log.read_bytes() == b"first\nsecond\n"
    assert (await api.build(build_id))["status"] == "COMPLETED"


async def _contains(parts: list[bytes], text: str) -> bool:
    return text.encode() in b"".join(parts)


async def test_whoever_hangs_up_does_no_harm(api, open_gate, http_server_client):
    build_id = await api.submit("gated")
    await running(api, build_id)
    for _ in range(3):
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", http_server_client.get_http_port()
        )
        path = f"{api.base_url}{API}build/{build_id}/logs/?follow=1&token={api.token}"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert b"200 OK" in await reader.readline()
        writer.transport.abort()
    open_gate(build_id)
    await api.completed(build_id)


async def test_following_does_not_use_up_the_threads_of_the_api(api, open_gate):
    build_id = await api.submit("gated")
    await running(api, build_id)
    # Ten are more than there are threads, and all that the test's client opens at once.
    followers = [
        asyncio.ensure_future(api.get(f"build/{build_id}/logs/?follow=1")) for _ in range(9)
    ]
    await asyncio.wait(followers, timeout=0.3)
    assert (await asyncio.wait_for(api.build(build_id), 2))["status"] == "BUILDING"
    open_gate(build_id)
    await api.completed(build_id)
    for follower in followers:
        assert (await asyncio.wait_for(follower, 5)).status == 200


async def test_the_log_of_a_build_that_has_not_begun_is_empty(api, open_gate):
    blocking = [await api.submit("gated", name=f"e{n}") for n in range(2)]
    waiting = await api.submit("finish")
    reply = await api.get(f"build/{waiting}/logs/")
    assert (reply.status, reply.text) == (200, "")
    for build_id in blocking:
        open_gate(build_id)
    await api.completed(waiting)


async def test_the_events_of_a_build_are_numbered_and_asked_for_since_a_number(api, build):
    data = (await api.get(f"build/{build}/events/")).data
    assert [event["seq"] for event in data["events"]] == [0, 1]
    assert [event["type"] for event in data["events"]] == ["started", "finished"]
    assert all(event["at"] > 1e9 for event in data["events"])
    assert data["next"] == 2
    since = (await api.get(f"build/{build}/events/?since=1")).data
    assert since == {"events": data["events"][1:], "next": 2}
    assert (await api.get(f"build/{build}/events/?since=2")).data == {"events": [], "next": 2}


async def test_a_refusal_is_an_event_and_the_failure_of_its_build(api, fake_workers):
    build_id = await api.submit("refuse")
    build = await api.ended(build_id)
    assert build["status"] == "FAILED"
    assert build["status_info"] == "It cannot be.\nA needs B.\nAsk for less."
    assert build["failure"] == {
        "kind": "unsatisfiable",
        "message": "It cannot be.",
        "hint": "Ask for less.",
        "explanation": "A needs B.",
        "problems": [],
        "suggestions": [],
    }
    events = (await api.get(f"build/{build_id}/events/")).data["events"]
    assert events[-1]["type"] == "refused"
    assert events[-1]["message"] == "It cannot be."


async def test_the_journal_tells_everything_in_order_without_gaps(api, build):
    data = (await api.get("events/")).data
    events = data["events"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert data["next"] == len(events)
    told = [(event["kind"], event["status"]) for event in events]
    assert told == [
        ("environment", None),
        ("build", "QUEUED"),
        ("build", "BUILDING"),
        ("build", "COMPLETED"),
        ("environment", None),
        ("kernels", None),
    ]
    assert {(event["namespace"], event["environment"]) for event in events} == {("ns", "env")}
    since = (await api.get("events/?since=3")).data
    assert since["events"] == events[3:]
    assert (await api.get("events/?since=99")).data == {
        "events": [],
        "next": 99,
        "latest": len(events),
    }
