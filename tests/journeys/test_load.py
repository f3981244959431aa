"""Many builds and many followers, and what they leave behind: nothing."""

from __future__ import annotations

import asyncio
import gc
import logging
import random
import threading
import tracemalloc
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPRequest

from tests.builder.bench import fake_workers
from tests.builder.invariants import workers_of
from tests.handlers.api_client import API, until

__all__ = ["fake_workers"]

RUNNING = 4
BUILDS = 40
FOLLOWERS = 50
BYTES_PER_BUILD = 10_000
"""What may remain in memory of one build: less than its request, its log and its replies."""
LINE = b"a line of the log, in which there is nothing that anybody has to know\n"


@pytest.fixture
def envstore_config(envstore_config):
    return {**envstore_config, "max_concurrent_builds": RUNNING}


@pytest.fixture
def store(api, extension, jp_asyncio_loop):
    """The store of the server, each thread of its pool having begun and opened the database."""
    jp_asyncio_loop.run_until_complete(api.get(""))
    store = extension._store
    together = threading.Barrier(store.threads._max_workers)

    def connect() -> None:
        together.wait(30)
        store.services.journal.latest()

    for future in [store.threads.submit(connect) for _ in range(together.parties)]:
        future.result(30)
    return store


@pytest.fixture
def log_of(store_directory):
    return lambda build_id: store_directory / ".envstore" / "logs" / f"{build_id}.log"


@pytest.fixture
def follow(api, http_server_port, jp_asyncio_loop):
    """Follow a log over a connection of its own; the task returns what was heard."""
    client = AsyncHTTPClient(force_instance=True, defaults={"request_timeout": 120})
    client.max_clients = 2 * FOLLOWERS

    async def read(build_id: int, offset: int, heard: bytearray) -> bytes:
        url = f"http://127.0.0.1:{http_server_port[1]}{api.base_url}{API}build/{build_id}/logs/"
        reply = await client.fetch(
            HTTPRequest(
                f"{url}?follow=1&offset={offset}",
                headers={"Authorization": f"token {api.token}"},
                streaming_callback=heard.extend,
            )
        )
        assert reply.code == 200
        return bytes(heard)

    def follow(build_id: int, offset: int = 0) -> asyncio.Task[bytes]:
        return asyncio.ensure_future(read(build_id, offset, bytearray()))

    yield follow
    client.close()


async def begun(api, build_id: int) -> None:
    async def look() -> bool:
        return (await api.build(build_id))["status"] == "BUILDING"

    await until(look)


@pytest.mark.parametrize("seed", [4, 9])
async def test_fifty_followers_hear_every_byte_in_order(
    api, store, log_of, follow, fake_workers, seed
):
    """They come at different moments, from different offsets, to a log that grows in jerks."""
    chance = random.Random(seed)
    build_id = await api.submit("gated")
    await begun(api, build_id)
    followers: dict[asyncio.Task[bytes], int] = {}
    with log_of(build_id).open("ab") as log:
        for _ in range(FOLLOWERS):
            offset = chance.randrange(log.tell() + 1)
            followers[follow(build_id, offset)] = offset
            for line in [LINE] * chance.choice((0, 1, 3, 1000)):
                log.write(chance.randbytes(3).hex().encode() + line)
            log.flush()
            await asyncio.sleep(0)
    (fake_workers / str(build_id)).touch()
    await asyncio.wait_for(asyncio.gather(*followers), 60)
    content = log_of(build_id).read_bytes()
    assert len(content) > 500_000
    for follower, offset in followers.items():
        assert follower.result() == content[offset:]
    assert len(store.followers) == 0
    await api.completed(build_id)


async def test_followers_who_hang_up_are_gone_though_the_log_is_silent(
    api, store, follow, fake_workers, http_server_port
):
    build_id = await api.submit("gated")
    await begun(api, build_id)
    patient = follow(build_id)
    path = f"{api.base_url}{API}build/{build_id}/logs/?follow=1&token={api.token}"
    writers = []
    for _ in range(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", http_server_port[1])
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert b"200 OK" in await reader.readline()
        writers.append(writer)

    async def there_are(count: int) -> bool:
        return len(store.followers) == count

    await until(lambda: there_are(21))
    for writer in writers:
        writer.transport.abort()
    await until(lambda: there_are(1))
    assert not patient.done()
    assert (await api.build(build_id))["status"] == "BUILDING"
    (fake_workers / str(build_id)).touch()
    await asyncio.wait_for(patient, 30)
    await api.completed(build_id)
    assert len(store.followers) == 0


# -- leaks ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Held:
    """What this process holds at a moment."""

    threads: Counter[str]
    descriptors: Counter[str]
    tasks: int

    @classmethod
    def now(cls) -> Held:
        gc.collect()
        return cls(
            # Those of asyncio's own pool come by and by, whoever uses it.
            Counter(
                thread.name
                for thread in threading.enumerate()
                if not thread.name.startswith("asyncio_")
            ),
            Counter(_descriptors()),
            len(asyncio.all_tasks()),
        )

    def more_than(self, before: Held) -> tuple[Counter[str], Counter[str], int]:
        return (
            self.threads - before.threads,
            self.descriptors - before.descriptors,
            max(self.tasks - before.tasks, 0),
        )


def _descriptors() -> list[str]:
    """Return what each open file descriptor leads to; those alike are alike in words."""
    directory = Path("/proc/self/fd")
    if not directory.is_dir():
        return ["unknown"] * psutil.Process().num_fds()
    found = []
    for entry in directory.iterdir():
        with suppress(FileNotFoundError):  # That of this look itself.
            found.append(str(entry.readlink()).split(":[")[0])
    return found


@pytest.fixture
def unlogged():
    """Make no records of logging: pytest keeps them to the end of the test."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


async def many_builds(api, follow, log_of) -> None:
    """Build `BUILDS` times, `RUNNING` at once, with followers, some of whom hang up."""
    build_ids = [await api.submit("finish", name=f"env{n % 8}") for n in range(BUILDS)]
    staying = [follow(build_id) for build_id in build_ids[::2]]
    leaving = [follow(build_id) for build_id in build_ids[1::2]]
    for follower in leaving:
        follower.cancel()
    for build_id in build_ids:
        assert (await api.ended(build_id))["status"] == "COMPLETED"
    for build_id, heard in zip(build_ids[::2], await asyncio.gather(*staying), strict=True):
        assert heard == log_of(build_id).read_bytes()


async def test_many_builds_leave_nothing_behind(
    api, store, follow, log_of, store_directory, unlogged, fake_workers
):
    """The second time needs no more of anything than the first."""
    mine = psutil.Process()

    async def quiet() -> bool:
        return not (store.activity() or workers_of(store_directory) or len(store.followers))

    await many_builds(api, follow, log_of)
    await until(quiet)
    before = Held.now()
    tracemalloc.start()
    try:
        await many_builds(api, follow, log_of)

        async def as_before() -> bool:
            return await quiet() and not any(Held.now().more_than(before))

        try:
            await until(as_before)
        except AssertionError:
            pytest.fail(f"more than before: {Held.now().more_than(before)}")
        gc.collect()  # After other tests have filled the heap, Python puts that off for long.
        grown, _ = tracemalloc.get_traced_memory()
        largest = tracemalloc.take_snapshot().statistics("lineno")[:10]
    finally:
        tracemalloc.stop()
    assert grown < BUILDS * BYTES_PER_BUILD, largest
    assert not [child for child in mine.children() if child.status() == psutil.STATUS_ZOMBIE]
    assert not list((store_directory / ".envstore" / "work").iterdir())
