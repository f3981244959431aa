"""Several servers on one store: nobody's build is touched, a dead one's is finished."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timezone
from pathlib import Path

import psutil

from jupyter_envstore.extension import EVENT_SCHEMA_ID
from tests.builder.invariants import check_invariants, workers_of
from tests.builder.waiting import wait_for
from tests.engine.http_channel import HttpChannel
from tests.handlers.api_client import until

from .server_process import running


class Watch:
    """Looks at the process table all the time, for two processes that work on one build."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.most = 0

    def _run(self) -> None:
        while not self._stopping.wait(0.02):
            self.most = max(self.most, len(workers_of(self._store)))

    @contextmanager
    def watching(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            self._thread.join()


def rows(store: Path, query: str) -> list[sqlite3.Row]:
    with closing(sqlite3.connect(store / ".envstore" / "envstore.db")) as db:
        db.row_factory = sqlite3.Row
        return db.execute(query).fetchall()


def test_a_server_killed_in_the_middle_of_a_build_is_succeeded_by_the_other(
    channels, new_store, root, tmp_path
):
    store = new_store()
    traits = {
        "store_directory": store,
        "repodata_cache_directory": root / "repodata",
        "storage_threshold": 0,
        "recovery_interval": 0.5,
    }
    watch = Watch(store)
    slow = HttpChannel(channels / "generated", bytes_per_second=50_000)
    with (
        slow.serve(),
        running(tmp_path / "a", **traits) as a,
        running(tmp_path / "b", **traits) as b,
        watch.watching(),
    ):
        build_id = a.submit("generated-197", channels=(slow.url,))
        wait_for(lambda: a.build(build_id)["phase"] == "DOWNLOADING", "the download begins")
        # The other server sees how far it is.
        assert b.build(build_id)["progress"]["phase"] == "DOWNLOADING"
        (worker,) = workers_of(store)
        a.kill()
        # It ends with its server, whatever it was doing.
        psutil.wait_procs([worker], timeout=5)
        assert worker not in workers_of(store)
        slow.bytes_per_second = None
        wait_for(lambda: b.build(build_id)["status"] == "COMPLETED", "the other finishes it", 60)
        build = b.build(build_id)
        assert build["published"]
        assert build["attempts"] == 2
        log = (store / ".envstore" / "logs" / f"{build_id}.log").read_text()
        assert "The server that ran this build is gone; it is queued again." in log
    assert watch.most == 1
    first, second = rows(store, "SELECT * FROM attempt ORDER BY number")
    assert first["owner"] != second["owner"]
    assert (first["outcome"], second["outcome"]) == ("QUEUED", "COMPLETED")
    assert first["ended_on"] <= second["started_on"]
    told = [row["status"] for row in rows(store, "SELECT * FROM journal WHERE kind = 'build'")]
    assert told == ["QUEUED", "BUILDING", "QUEUED", "BUILDING", "COMPLETED"]
    check_invariants(store)


def test_two_servers_share_a_queue_and_build_each_thing_once(channels, new_store, root, tmp_path):
    store = new_store()
    traits = {
        "store_directory": store,
        "repodata_cache_directory": root / "repodata",
        "storage_threshold": 0,
        "max_concurrent_builds": 1,
    }
    generated = (channels / "generated").as_uri()
    with running(tmp_path / "a", **traits) as a, running(tmp_path / "b", **traits) as b:
        ids = [a.submit("activate-ok", channels=(generated,), name=f"e{n}") for n in range(6)]
        for build_id in ids:
            wait_for(lambda build_id=build_id: b.build(build_id)["status"] == "COMPLETED")
    attempts = rows(store, "SELECT build_id FROM attempt ORDER BY build_id")
    assert [row["build_id"] for row in attempts] == ids
    check_invariants(store)


def test_a_server_that_is_asked_to_end_gives_its_build_back_within_five_seconds(
    channels, new_store, root, tmp_path
):
    store = new_store()
    slow = HttpChannel(channels / "generated", bytes_per_second=20_000)
    traits = {
        "store_directory": store,
        "repodata_cache_directory": root / "repodata",
        "storage_threshold": 0,
    }
    with slow.serve():
        with running(tmp_path / "a", **traits) as a:
            build_id = a.submit("generated-189", channels=(slow.url,))
            wait_for(lambda: a.build(build_id)["phase"] == "DOWNLOADING", "the download begins")
            began = time.monotonic()
        assert time.monotonic() - began < 5
        assert not workers_of(store)
        (row,) = rows(store, "SELECT * FROM build")
        assert (row["status"], row["attempts"], row["releases"]) == ("QUEUED", 1, 1)
        slow.bytes_per_second = None
        with running(tmp_path / "b", **traits) as b:
            wait_for(lambda: b.build(build_id)["status"] == "COMPLETED")
    check_invariants(store)


async def test_a_kernel_is_there_on_another_server_within_a_second_of_the_builds_end(
    api, jp_serverapp, channel, python, store_directory, envstore_config, tmp_path
):
    """The server of this process hears of what another one builds."""
    heard: dict[int, datetime] = {}

    async def listen(*, logger, schema_id, data):
        if data["kind"] == "kernels":
            heard[data["build_id"]] = datetime.now(timezone.utc).replace(tzinfo=None)

    jp_serverapp.event_logger.add_listener(schema_id=EVENT_SCHEMA_ID, listener=listen)
    await api.get("")  # Opens the store.
    with running(tmp_path / "a", **envstore_config) as a:
        build_id = a.submit(python, "ipykernel", channels=channel)
        build = await api.completed(build_id, timeout=120)

        async def told() -> bool:
            return build_id in heard

        await until(told)
        delay = (heard[build_id] - datetime.fromisoformat(build["ended_on"])).total_seconds()
        assert delay < 1
        reply = await api.request("GET", "api/kernelspecs", root="")
        assert "envstore-ns-env-python3" in reply.json["kernelspecs"]
