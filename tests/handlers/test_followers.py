"""Those who wait for more of a log."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from jupyter_envstore.handlers.followers import LogFollowers
from jupyter_envstore.service.progress import LogPart

from .api_client import until


class Logs:
    """Growing logs in memory, and at which places each look has read them."""

    def __init__(self) -> None:
        self.logs: dict[int, bytes] = {}
        self.ended: set[int] = set()
        self.looks: list[list[tuple[int, int]]] = []
        self.broken: Exception | None = None

    def read(self, places):
        self.looks.append(sorted(places))
        if self.broken:
            raise self.broken
        return {place: self._part(*place) for place in places}

    def _part(self, build_id: int, offset: int) -> LogPart:
        log = self.logs.get(build_id, b"")
        return LogPart(log[offset:], len(log), build_id in self.ended)


@pytest.fixture
def logs() -> Logs:
    return Logs()


@pytest.fixture
def followers(logs):
    with ThreadPoolExecutor(2) as threads:
        yield LogFollowers(logs.read, threads)


async def looks(logs: Logs, count: int) -> None:
    async def looked() -> bool:
        return len(logs.looks) >= count

    await until(looked)


async def test_one_look_serves_all(followers, logs):
    waiting = [followers.more((1, 0)) for _ in range(50)] + [followers.more((2, 5))]
    assert len(followers) == 51
    await looks(logs, 2)
    assert all(look == [(1, 0), (2, 5)] for look in logs.looks)
    logs.logs[1] = b"hello"
    parts = await asyncio.wait_for(asyncio.gather(*waiting[:50]), 10)
    assert {part.data for part in parts} == {b"hello"}
    assert not waiting[50].done()
    logs.ended.add(2)
    assert (await asyncio.wait_for(waiting[50], 10)).ended


async def test_nothing_runs_while_nobody_waits(followers, logs):
    before = asyncio.all_tasks()
    waiting = followers.more((1, 0))
    await looks(logs, 1)
    waiting.cancel()

    async def over() -> bool:
        return len(followers) == 0 and asyncio.all_tasks() == before

    await until(over)
    count = len(logs.looks)
    logs.ended.add(1)
    assert (await asyncio.wait_for(followers.more((1, 0)), 10)).ended
    assert len(logs.looks) == count + 1


async def test_who_leaves_takes_nobody_along(followers, logs):
    leaving, staying = followers.more((1, 0)), followers.more((1, 0))
    leaving.cancel()
    await looks(logs, 1)
    logs.logs[1] = b"x"
    assert (await asyncio.wait_for(staying, 10)).data == b"x"


async def test_what_cannot_be_read_is_told_to_all_and_tried_again_for_others(followers, logs):
    logs.broken = OSError("The disk is gone.")
    waiting = [followers.more((build_id, 0)) for build_id in (1, 2)]
    for future in waiting:
        with pytest.raises(OSError, match="The disk is gone"):
            await asyncio.wait_for(future, 10)
    logs.broken = None
    logs.ended.add(1)
    assert (await asyncio.wait_for(followers.more((1, 0)), 10)).ended
