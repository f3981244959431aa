"""Turns on the event loop."""

from __future__ import annotations

import asyncio

from jupyter_envstore.handlers.turns import Turns


async def test_one_goes_on_in_each_round_of_the_loop():
    turns = Turns()
    rounds = 0
    gone_on = []

    async def count():
        nonlocal rounds
        while True:
            rounds += 1
            await asyncio.sleep(0)

    async def work():
        await turns.mine()
        gone_on.append(rounds)

    counting = asyncio.ensure_future(count())
    await asyncio.gather(*(work() for _ in range(50)))
    counting.cancel()
    assert len(set(gone_on)) == 50


async def test_who_awaits_something_slow_keeps_nobody_out():
    turns = Turns()
    never = asyncio.Event()

    async def work():
        await turns.mine()
        await never.wait()

    slow = asyncio.ensure_future(work())
    await asyncio.sleep(0)
    await asyncio.wait_for(turns.mine(), 5)
    slow.cancel()


async def test_who_gives_up_while_he_waits_keeps_nobody_out():
    turns = Turns()
    await turns.mine()
    waiting = asyncio.ensure_future(turns.mine())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait_for(turns.mine(), 5)
