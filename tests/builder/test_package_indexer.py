"""The process that writes the package index, and the thread that starts and ends it."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from jupyter_envstore.builder.index_worker import BUSY, LOCK_FILE
from jupyter_envstore.builder.package_indexer import INDEX_WORKER_MODULE, PackageIndexer
from jupyter_envstore.domain.events import StoreEvent
from jupyter_envstore.domain.index_order import ChannelState, IndexOrder
from jupyter_envstore.engine.locks import lock_file, unlock_file
from jupyter_envstore.store.listing import Listing
from jupyter_envstore.store.package_index import PackageIndex
from jupyter_envstore.store.package_index_state import read_states
from jupyter_envstore.store.package_search import PackageQuery
from tests.engine.http_channel import HttpChannel
from tests.engine.listed_channel import ListedChannel

from .waiting import wait_for


@pytest.fixture
def channel(tmp_path: Path) -> ListedChannel:
    return ListedChannel(tmp_path / "channel").list("x").write()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    path = tmp_path / "index"
    path.mkdir()
    return path


def an_order(directory: Path, *channels: str, **values) -> IndexOrder:
    cache = str(directory.parent / "repodata")
    return IndexOrder(str(directory), cache, channels, ("linux-64", "noarch"), **values)


def start(order: IndexOrder) -> subprocess.Popen[bytes]:
    path = Path(order.directory) / "order.json"
    path.write_text(json.dumps(dataclasses.asdict(order)))
    command = [sys.executable, "-m", INDEX_WORKER_MODULE, str(path)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)


def update(order: IndexOrder) -> int:
    with start(order) as process:
        return process.wait(60)


def found(directory: Path) -> list[str]:
    page = PackageIndex(directory).search(PackageQuery(), Listing(size=100))
    return [f"{item.package.name} {item.package.version}" for item in page.items]


def state(directory: Path) -> ChannelState:
    (only,) = read_states(directory)
    return only


@contextmanager
def running(indexer: PackageIndexer) -> Iterator[PackageIndexer]:
    try:
        yield indexer
    finally:
        assert indexer.stop()


# -- the process -----------------------------------------------------------------------------------


def test_an_index_is_only_written_when_a_channel_has_changed(channel, directory):
    order = an_order(directory, channel.url)
    assert update(order) == 0
    first, before = (directory / "packages.db").stat(), state(directory)
    assert update(order) == 0
    now = (directory / "packages.db").stat()
    assert (now.st_ino, now.st_mtime_ns) == (first.st_ino, first.st_mtime_ns)
    assert state(directory).updated_at == before.updated_at
    assert state(directory).checked_at > before.checked_at
    channel.list("y").write()
    assert update(order) == 0
    assert found(directory) == ["x 1.0", "y 1.0"]
    assert state(directory).updated_at > before.updated_at


def test_one_channel_that_fails_takes_nothing_from_the_others(channel, directory, tmp_path):
    other = ListedChannel(tmp_path / "other").list("z").write()
    missing = (tmp_path / "missing").as_uri()
    assert update(an_order(directory, missing, channel.url, other.url)) == 0
    assert found(directory) == ["x 1.0", "z 1.0"]
    states = {state.url: state for state in read_states(directory)}
    assert missing in states[missing].error
    assert states[channel.url].error is None
    # What is wanted no more is not searched any more.
    assert update(an_order(directory, other.url)) == 0
    assert found(directory) == ["z 1.0"]


def test_what_is_no_index_any_more_does_not_replace_what_was_one(channel, directory):
    order = an_order(directory, channel.url)
    assert update(order) == 0
    (channel.directory / "linux-64" / "repodata.json").write_text('{"packages": {"x": ')
    (channel.directory / "noarch" / "repodata.json").unlink()
    assert update(order) == 0
    assert found(directory) == ["x 1.0"]
    assert channel.url in state(directory).error
    channel.list("y").write()
    assert update(order) == 0
    assert (found(directory), state(directory).error) == (["x 1.0", "y 1.0"], None)


def test_an_index_can_be_made_offline_of_what_builds_have_downloaded(channel, directory):
    with HttpChannel(channel.directory).serve() as served:
        order = an_order(directory, served.url)
        assert update(order) == 0
    for file in directory.iterdir():
        file.unlink()
    assert update(order) == 0
    assert found(directory) == ["x 1.0"]
    assert served.url in state(directory).error


def test_two_processes_do_not_write_one_index(channel, directory):
    lock = lock_file(directory / LOCK_FILE, exclusive=True, wait=False)
    try:
        assert update(an_order(directory, channel.url)) == BUSY
    finally:
        unlock_file(lock)
    assert not (directory / "packages.db").exists()
    assert update(an_order(directory, channel.url)) == 0


def test_a_process_that_is_killed_leaves_the_old_index(channel, directory):
    with HttpChannel(channel.directory).serve() as served:
        order = an_order(directory, served.url)
        assert update(order) == 0
        (directory / "packages.db.new").write_bytes(b"what a killed process leaves")
        channel.list("y").write()
        served.fail("*repodata*", "held", after=0)
        with start(order) as process:
            wait_for(lambda: served.failed, "the process asks")
            process.kill()
        assert found(directory) == ["x 1.0"]
        served.faults.clear()
        served.release()
        assert update(order) == 0
    assert found(directory) == ["x 1.0", "y 1.0"]
    assert not (directory / "packages.db.new").exists()


def test_a_process_whose_server_is_gone_ends_by_itself(channel, directory):
    with HttpChannel(channel.directory).serve() as served:
        served.fail("*repodata*", "held", after=0)
        with start(an_order(directory, served.url)) as process:
            wait_for(lambda: served.failed, "the process asks")
            process.stdin.close()
            process.wait(10)
        served.release()


def test_no_secret_is_in_what_is_kept(channel, directory, tmp_path):
    condarc = tmp_path / "condarc"
    with HttpChannel(channel.directory).serve() as served:
        host = served.url.removeprefix("http://")
        condarc.write_text(f"channels: ['http://{host}/t/sentinel-token/']\n")
        channel.info["base_url"] = "https://me:sentinel-password@files.example/"
        channel.write()
        order = an_order(directory, served.url, conda_files=(str(condarc),))
        assert update(order) == 0
    for file in directory.iterdir():
        assert b"sentinel" not in file.read_bytes(), file


# -- the thread ------------------------------------------------------------------------------------


def test_asking_often_starts_one_process_and_old_indexes_are_renewed(channel, directory):
    now = [1000.0]
    told = []
    index = PackageIndex(directory)
    indexer = PackageIndexer(
        index, lambda: an_order(directory, channel.url), 3600, told.append, lambda: now[0]
    )
    with running(indexer):
        for _ in range(50):
            indexer.ask()
        wait_for(lambda: told, "the index is made")
        assert found(directory) == ["x 1.0"]
        made = index.path.stat()
        # The process has a clock of its own: as the thread sees it, the index is of the future.
        now[0] = state(directory).checked_at + 10
        channel.list("y").write()
        indexer.ask()
        now[0] += 3600
        indexer.ask()
        wait_for(lambda: index.path.stat().st_ino != made.st_ino, "the index is renewed")
        wait_for(lambda: found(directory) == ["x 1.0", "y 1.0"], "what is new is found")


def test_stopping_ends_a_process_that_waits_for_a_channel(channel, directory):
    with HttpChannel(channel.directory).serve() as served:
        served.fail("*repodata*", "held", after=0)
        indexer = PackageIndexer(
            PackageIndex(directory), lambda: an_order(directory, served.url), 1, lambda _: None
        )
        with running(indexer):
            indexer.ask()
            wait_for(lambda: served.failed, "the process asks")
        served.release()
    lock = lock_file(directory / LOCK_FILE, exclusive=True, wait=False)
    unlock_file(lock)
    indexer.ask()  # Nothing begins any more.
    assert not (directory / "packages.db").exists()


def test_builds_renew_an_index_but_never_make_the_first(channel, directory):
    asked = []

    def order() -> IndexOrder:
        asked.append(True)
        return an_order(directory, channel.url)

    finished = StoreEvent(kind="build", at="", status="COMPLETED")
    indexer = PackageIndexer(PackageIndex(directory), order, 1e-6, lambda _: None)
    with running(indexer):
        indexer.after_build(finished)
        assert not asked
        assert update(an_order(directory, channel.url)) == 0
        channel.list("y").write()
        indexer.after_build(dataclasses.replace(finished, status="FAILED"))
        assert not asked
        indexer.after_build(finished)
        wait_for(lambda: found(directory) == ["x 1.0", "y 1.0"], "the index is renewed")


def test_an_interval_of_zero_asks_no_channel(channel, directory):
    indexer = PackageIndexer(PackageIndex(directory), pytest.fail, 0, lambda _: None)
    with running(indexer):
        indexer.ask()
        assert not indexer.enabled
        assert list(directory.iterdir()) == []
