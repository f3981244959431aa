"""A server may be stopped at any moment, also while the store is being opened or started."""

from __future__ import annotations

import asyncio
import threading

from jupyter_envstore.builder.dispatcher import Dispatcher


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
