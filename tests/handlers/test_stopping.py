"""A server may be stopped at any moment, also while the store is being opened or started."""

from __future__ import annotations

import asyncio
import threading

import pytest
from tornado.simple_httpclient import HTTPStreamClosedError

from jupyter_envstore.builder.dispatcher import Dispatcher

from .api_client import until


async def test_the_store_is_not_closed_while_it_is_being_started(api, extension, monkeypatch):
    """SQLite crashes the process if a connection is closed under a thread that uses it."""
    entered, leave, order = threading.Event(), threading.Event(), []
    start = Dispatcher.start

    def slow(self):
        entered.set()
        leave.wait(10)
        order.append("started")
        start(self)

    monkeypatch.setattr(Dispatcher, "start", slow)
    await api.get("")
    await asyncio.to_thread(entered.wait, 10)
    stopping = asyncio.ensure_future(extension.stop_extension())
    stopping.add_done_callback(lambda _: order.append("stopped"))
    await asyncio.wait([stopping], timeout=0.2)
    leave.set()
    await asyncio.wait_for(stopping, 10)
    assert order == ["started", "stopped"]


async def test_requests_after_the_stop_are_told_so(api, extension):
    await api.get("")
    await extension.stop_extension()
    reply = await api.get("namespace/")
    assert reply.status == 503
    assert reply.error["message"] == "The server is stopping."


async def test_followers_of_logs_are_cut_off_and_leave_nothing(
    api, extension, fake_workers, store_directory
):
    build_id = await api.submit("gated")

    async def begun() -> bool:
        return (await api.build(build_id))["status"] == "BUILDING"

    await until(begun)
    heard: list[bytes] = []
    follower = asyncio.ensure_future(
        api.get(f"build/{build_id}/logs/?follow=1", on_data=heard.append)
    )
    with (store_directory / ".envstore" / "logs" / f"{build_id}.log").open("a") as log:
        log.write("so far\n")

    async def followed() -> bool:
        return bool(heard)

    await until(followed)
    store = extension._store
    await asyncio.wait_for(extension.stop_extension(), 10)
    # A reply that ended as it should would say that the build had.
    with pytest.raises(HTTPStreamClosedError):
        await asyncio.wait_for(follower, 10)
    # What the stop writes itself may come through before.
    last = b"The server was stopped; the build is queued again.\n"
    assert b"".join(heard) in {b"so far\n", b"so far\n" + last}
    assert len(store.followers) == 0
