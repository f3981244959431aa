"""Archives are made once, by a process that ends with the server."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from jupyter_envstore.builder.archives import Archives
from jupyter_envstore.domain.errors import StoreUnusable
from jupyter_envstore.engine.archive import LOCK
from jupyter_envstore.engine.locks import lock_file, unlock_file

from .waiting import wait_for


@pytest.fixture
def archives():
    archives = Archives()
    yield archives
    archives.stop()


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    prefix = tmp_path / "build"
    (prefix / "conda-meta").mkdir(parents=True)
    (prefix / "conda-meta" / "history").write_text("")
    return prefix


def makers() -> list[psutil.Process]:
    """The processes of this one that make archives."""
    return [
        child
        for child in psutil.Process(os.getpid()).children()
        if child.is_running() and "jupyter_envstore.engine.archive" in child.cmdline()
    ]


@pytest.fixture
def held(tmp_path: Path):
    """Hold the lock of the archive, as another server does that makes it."""
    (tmp_path / "1").mkdir()
    lock = lock_file(tmp_path / "1" / LOCK, exclusive=True, wait=True)
    release = [lambda: unlock_file(lock)]

    def let_go() -> None:
        if release:
            release.pop()()

    yield let_go
    let_go()


def test_many_who_ask_at_once_get_one_archive(archives, prefix, tmp_path, held):
    archive = tmp_path / "1" / "archive.tar.gz"
    waiting = [archives.make(prefix, archive) for _ in range(3)]
    wait_for(lambda: len(makers()) == 1, "a process makes it")
    assert waiting[0].cancel()  # Who goes away does not take it from the others.
    held()
    for future in waiting[1:]:
        assert future.result(60) is None
    assert archive.is_file()
    assert makers() == []


def test_why_there_is_none_is_told(archives, tmp_path):
    gone = tmp_path / "gone"
    gone.write_text("")
    future = archives.make(tmp_path / "build", gone / "archive.tar.gz")
    with pytest.raises(StoreUnusable, match="The archive of build could not be made"):
        future.result(60)
    (tmp_path / "meta" / "conda-meta").mkdir(parents=True)
    (tmp_path / "meta" / "conda-meta" / "bad-1-0.json").write_text("{")
    future = archives.make(tmp_path / "meta", tmp_path / "2" / "archive.tar.gz")
    with pytest.raises(StoreUnusable, match="The archive of meta could not be made: Expecting"):
        future.result(60)


def test_a_server_that_stops_ends_what_it_makes(archives, prefix, tmp_path, held):
    waiting = archives.make(prefix, tmp_path / "1" / "archive.tar.gz")
    wait_for(makers, "a process makes it")
    archives.stop()
    with pytest.raises(StoreUnusable, match="stopping"):
        waiting.result(0)
    with pytest.raises(StoreUnusable, match="stopping"):
        archives.make(prefix, tmp_path / "1" / "archive.tar.gz")
    assert makers() == []
