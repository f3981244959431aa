"""Archives are made once, read while they are made, and removed when they are too many."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from jupyter_envstore.builder import making
from jupyter_envstore.builder.archives import Archives
from jupyter_envstore.builder.open_archive import OpenArchive
from jupyter_envstore.domain.archives import TAR_GZ, ZIP, ArchiveFacts, ArchiveFormat, ArchiveOrder
from jupyter_envstore.domain.errors import StoreUnusable
from jupyter_envstore.domain.layout import Layout

from .archiving import Archiver
from .fake_archiver import BYTES, FIRST, TAG
from .waiting import wait_for

WHOLE = len(BYTES)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(str(tmp_path / "s"))


@pytest.fixture
def new_archives(layout: Layout, archiver: Archiver) -> Iterator[type[Archives]]:
    """Make the archives of the store as one server sees them, and another, and another."""
    opened: list[Archives] = []

    def make(*, limit: int = 1 << 30, at_once: int = 2) -> Archives:
        opened.append(Archives(layout, limit=limit, at_once=at_once))
        return opened[-1]

    yield make
    for archives in opened:
        archives.stop()


@pytest.fixture
def archives(new_archives) -> Archives:
    return new_archives()


@pytest.fixture
def order(layout: Layout):
    def make(build_id: int = 1, form: ArchiveFormat = TAR_GZ) -> ArchiveOrder:
        path = layout.archive(build_id, form.suffix)
        return ArchiveOrder("/prefix", path, form.suffix, "ns/env", "env", "linux-64")

    return make


def read_all(archive: OpenArchive) -> bytes:
    """Follow an archive to its end, as a download does."""
    data = b""
    while archive.facts is None or len(data) < archive.facts.size:
        archive.more(len(data)).result(30)
        data += archive.read(len(data), 300)
    return data


def opened(future: Future[OpenArchive]) -> OpenArchive:
    return future.result(60)


# -- made once, read meanwhile --------------------------------------------------------------------


def test_it_can_be_read_while_it_is_made(archives, order, archiver):
    archive = opened(archives.open(order()))
    assert (archive.tag, archive.facts) == (TAG, None)
    archive.more(FIRST - 1).result(30)
    assert archive.read(0, WHOLE) == BYTES[:FIRST]
    assert archives.is_made(1, TAR_GZ)
    assert archives.facts(1) == {}
    waiting = archive.more(FIRST)
    assert not waiting.done()
    archiver.go_on()
    waiting.result(30)
    assert read_all(archive) == BYTES
    assert archive.facts == ArchiveFacts(TAG, WHOLE, archive.facts.sha256)
    assert archives.facts(1) == {TAR_GZ: archive.facts}
    archive.close()


def test_many_who_ask_get_one_archive(archives, order, archiver):
    first = opened(archives.open(order()))
    others = [archives.open(order()) for _ in range(3)]
    assert all(opened(other) is first for other in others)
    assert len(archiver.processes()) == 1
    archiver.go_on()
    assert read_all(first) == BYTES
    wait_for(lambda: not archiver.processes(), "the process has ended")
    later = opened(archives.open(order()))
    assert read_all(later) == BYTES
    assert archiver.begun == 1
    for _ in range(4):
        first.close()
    later.close()


def test_who_goes_away_does_not_take_it_from_the_others(new_archives, order, archiver):
    archives = new_archives(at_once=1)
    busy = archives.open(order(1))
    gone, stays = archives.open(order(2)), archives.open(order(2))
    assert gone.cancel()
    opened(busy).close()
    archiver.go_on()
    archive = opened(stays)
    assert read_all(archive) == BYTES
    archive.close()


def test_as_many_as_may_are_made_at_once(new_archives, order, archiver):
    archives = new_archives(at_once=1)
    first, second = archives.open(order(1)), archives.open(order(2))
    opened(first).close()
    assert len(archiver.processes()) == 1
    assert not second.done()
    archiver.go_on()
    opened(second).close()


def test_servers_of_one_store_make_it_once(new_archives, order, archiver):
    ours, theirs = new_archives(), new_archives()
    one, other = opened(ours.open(order())), opened(theirs.open(order()))
    assert one is not other
    assert archiver.begun == 1
    archiver.go_on()
    assert read_all(one) == read_all(other) == BYTES
    assert archiver.begun == 1
    one.close()
    other.close()


def test_when_another_servers_process_dies_ours_goes_on(new_archives, order, archiver):
    theirs, ours = new_archives(), new_archives()
    first = opened(theirs.open(order()))
    (theirs_maker,) = archiver.processes()
    second = opened(ours.open(order()))
    wait_for(lambda: len(archiver.processes()) == 2, "both have a process")
    theirs_maker.kill()
    with pytest.raises(StoreUnusable, match="could not be made: its process ended with status -9"):
        first.more(FIRST).result(30)
    with pytest.raises(StoreUnusable, match="the process that made it has died"):
        second.more(FIRST).result(30)
    third = opened(ours.open(order()))
    archiver.go_on()
    assert third.tag == TAG
    assert read_all(third) == BYTES
    for archive in (first, second, third):
        archive.close()


def test_a_reason_why_there_is_none_is_told_to_all(archives, order, archiver):
    archive = opened(archives.open(order()))
    archiver.die()
    with pytest.raises(StoreUnusable, match="could not be made: it was told to die"):
        archive.more(FIRST).result(30)
    archive.close()
    wait_for(lambda: not archives.is_made(1, TAR_GZ), "it is not made any more")
    archiver.hold()
    archiver.go_on()
    archive = opened(archives.open(order()))
    assert read_all(archive) == BYTES
    archive.close()


def test_a_process_that_cannot_begin_is_told_to_all(archives, order, monkeypatch):
    monkeypatch.setattr(making, "MODULE", "no_such_module")
    with pytest.raises(StoreUnusable, match=r"The archive of prefix could not be made: .*no_such"):
        archives.open(order()).result(60)


def test_a_server_that_stops_ends_what_it_makes(archives, order, archiver):
    archive = opened(archives.open(order()))
    archives.stop()
    with pytest.raises(StoreUnusable, match="stopping"):
        archive.more(FIRST).result(0)
    with pytest.raises(StoreUnusable, match="stopping"):
        archives.open(order())
    assert archiver.processes() == []
    archive.close()


def test_what_a_killed_server_has_left_is_swept(archives, order, layout, archiver):
    opened(archives.open(order())).close()
    for left in ("7.zip.0123.part", "7.zip.json.new", "7.zip.json"):
        (Path(layout.archives) / left).write_text("half")
    (Path(layout.archives) / "7.zip.scratch").mkdir()
    archives.tidy()
    # What is being made stays.
    assert kept(layout) == {f"1.tar.gz.{TAG}.part"}


def test_what_a_killed_process_has_left_is_swept(archives, order, layout, archiver):
    archive = opened(archives.open(order()))
    archiver.processes()[0].kill()
    with pytest.raises(StoreUnusable, match="ended with status -9"):
        archive.more(FIRST).result(30)
    archive.close()
    assert kept(layout) == set()


# -- the limit ------------------------------------------------------------------------------------


@pytest.fixture
def three(new_archives, order, archiver, layout):
    """Archives of the builds 1 to 3, the first of which was asked for last."""
    archiver.go_on()
    archives = new_archives()
    for build_id in (1, 2, 3):
        archive = opened(archives.open(order(build_id)))
        read_all(archive)
        archive.close()
        os.utime(f"{layout.archive(build_id, TAR_GZ.suffix)}.json", (build_id, build_id))
    opened(archives.open(order(1))).close()
    archives.stop()


def kept(layout: Layout) -> set[str]:
    return {path.name for path in Path(layout.archives).iterdir() if path.suffix != ".lock"}


def names(*build_ids: int) -> set[str]:
    archives = {f"{build_id}.tar.gz" for build_id in build_ids}
    return archives | {f"{name}.json" for name in archives}


@pytest.mark.parametrize(
    ("limit", "left"),
    [(3 * WHOLE, (1, 2, 3)), (3 * WHOLE - 1, (1, 3)), (WHOLE, (1,)), (WHOLE - 1, ()), (0, ())],
)
def test_what_was_not_used_for_the_longest_time_goes(three, new_archives, layout, limit, left):
    new_archives(limit=limit).trim()
    assert kept(layout) == names(*left)


def test_none_goes_while_it_is_read(three, new_archives, order, layout):
    reading, other = new_archives(limit=0), new_archives(limit=0)
    archive = opened(reading.open(order(2)))
    other.trim()
    reading.trim()
    assert kept(layout) == names(2)
    assert archive.read(0, WHOLE) == BYTES
    archive.close()
    wait_for(lambda: not kept(layout), "it goes when it has been read")


def test_none_goes_while_it_is_made(new_archives, order, layout, archiver):
    archives = new_archives(limit=0)
    archive = opened(archives.open(order()))
    new_archives(limit=0).tidy()
    archiver.go_on()
    assert read_all(archive) == BYTES
    archive.close()
    wait_for(lambda: not kept(layout), "it goes when it has been read")


def test_a_new_one_makes_an_old_one_go(three, new_archives, order, layout):
    archives = new_archives(limit=3 * WHOLE)
    archive = opened(archives.open(order(4)))
    assert read_all(archive) == BYTES
    archive.close()
    wait_for(lambda: kept(layout) == names(1, 3, 4), "the oldest is gone")


# -- with the build -------------------------------------------------------------------------------


def test_all_of_a_build_go_with_it(archives, order, layout, archiver):
    archiver.go_on()
    for form in (TAR_GZ, ZIP):
        archive = opened(archives.open(order(1, form)))
        read_all(archive)
        archive.close()
    other = opened(archives.open(order(2)))
    read_all(other)
    other.close()
    wait_for(lambda: not archives.is_made(2, TAR_GZ), "all are made")
    archives.discard(1)
    assert {path.name for path in Path(layout.archives).iterdir()} == {*names(2), "2.tar.gz.lock"}


def test_one_that_is_made_ends_with_its_build(archives, order, archiver):
    archive = opened(archives.open(order()))
    archives.discard(1)
    with pytest.raises(StoreUnusable, match="The build was deleted"):
        archive.more(FIRST).result(30)
    archive.close()
    wait_for(lambda: not archiver.processes(), "its process has ended")
    assert archives.facts(1) == {}


@pytest.mark.parametrize("damage", ["", '{"tag": "t"}', '{"tag":"t","size":1,"sha256":"x"}'])
def test_one_whose_facts_do_not_fit_is_made_again(three, archives, order, layout, archiver, damage):
    Path(f"{layout.archive(1, TAR_GZ.suffix)}.json").write_text(damage)
    assert archives.facts(1) == {}
    archive = opened(archives.open(order()))
    assert read_all(archive) == BYTES
    archive.close()
    assert archiver.begun == 4
