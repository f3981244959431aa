"""What a person sees while a build runs: bytes that move, and events in order."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

import jupyter_envstore
from jupyter_envstore.extension import EVENT_SCHEMA_ID
from tests.engine.http_channel import HttpChannel

SCHEMA = yaml.safe_load(
    (Path(jupyter_envstore.__file__).parent / "event_schemas" / "store_v1.yaml").read_text()
)


@pytest.fixture
def bus(api, jp_ws_fetch, jp_asyncio_loop):
    """The store's events, as a browser hears them on Jupyter's event bus."""
    connection = jp_asyncio_loop.run_until_complete(jp_ws_fetch("api", "events", "subscribe"))
    yield connection
    connection.close()


async def next_event(bus) -> dict:
    while True:
        event = json.loads(await asyncio.wait_for(bus.read_message(), 30))
        if event.pop("schema_id") == EVENT_SCHEMA_ID:
            return event


async def events_until_kernels(bus) -> list[dict]:
    events = [await next_event(bus)]
    while events[-1]["kind"] != "kernels":
        events.append(await next_event(bus))
    return events


async def test_subscribers_hear_of_everything_in_order(api, bus, channel):
    build_id = await api.submit("activate-ok", channels=channel)
    events = await events_until_kernels(bus)
    validator = Draft7Validator(SCHEMA)
    for event in events:
        validator.validate(event)
    kept = [event for event in events if event["kind"] != "progress"]
    assert [(event["kind"], event["status"]) for event in kept] == [
        ("environment", None),
        ("build", "QUEUED"),
        ("build", "BUILDING"),
        ("build", "COMPLETED"),
        ("environment", None),
        ("kernels", None),
    ]
    numbers = [event["seq"] for event in kept]
    assert numbers == list(range(numbers[0], numbers[0] + len(kept)))
    assert {event["build_id"] for event in kept if event["kind"] == "build"} == {build_id}
    # Nothing is told of a build after its end, and nothing before its beginning.
    order = [event["kind"] for event in events]
    assert "progress" not in order[: order.index("build") + 1]
    # The journal says the same, for those who were not listening.
    journal = (await api.get(f"events/?since={numbers[0] - 1}")).data["events"]
    assert [entry["seq"] for entry in journal] == numbers


async def test_bytes_move_at_least_four_times_a_second_on_a_slow_channel(api, bus, channels):
    with HttpChannel(channels / "generated", bytes_per_second=80_000).serve() as slow:
        build_id = await api.submit("generated-187", "generated-176", channels=(slow.url,))
        heard = await events_until_kernels(bus)
        await api.completed(build_id)
    events = (await api.get(f"build/{build_id}/events/")).data["events"]
    downloads = [
        event for event in events if event["type"] == "progress" and event["phase"] == "DOWNLOADING"
    ]
    assert downloads[-1]["bytes_done"] == downloads[-1]["bytes_total"] > 500_000
    assert downloads[-1]["packages_done"] == downloads[-1]["packages_total"] == 2
    done = [event["bytes_done"] for event in downloads]
    assert done == sorted(done)
    moved = [b for a, b in pairwise(downloads) if b["bytes_done"] > a["bytes_done"]]
    gaps = [b["at"] - a["at"] for a, b in pairwise([downloads[0], *moved])]
    assert sum(gaps) > 2  # It really was slow.
    assert max(gaps) < 0.25 + 0.1  # The margin is for a busy machine.
    # And so it is heard: every 0.25 s, give or take a look.
    told = [event["progress"] for event in heard if event["kind"] == "progress"]
    distinct = {p["bytes_done"] for p in told if p["phase"] == "DOWNLOADING"}
    assert len(distinct) > 0.6 * sum(gaps) / 0.25
