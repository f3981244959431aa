"""Our entries are rattler's entries: it reads what we write."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
import rattler
from rattler import Gateway, RepoDataRecord

from jupyter_envstore.engine.locks import LockBusy, lock_file, unlock_file
from jupyter_envstore.engine.package_cache import PackageCache, entry_name

from .tiny_channel import TinyChannel


def record_of(tiny: TinyChannel, name: str, cache: Path) -> RepoDataRecord:
    async def solve() -> list[RepoDataRecord]:
        gateway = Gateway(cache_dir=cache)
        return await rattler.solve([tiny.url], [name], gateway, platforms=["linux-64", "noarch"])

    (record,) = asyncio.run(solve())
    return record


def extracted(record: RepoDataRecord, directory: Path) -> Path:
    target = directory / entry_name(record)
    shutil.unpack_archive(record.url.removeprefix("file://"), target, "bztar", filter="data")
    return target


def test_rattler_knows_a_promoted_package_by_its_hash(tiny: TinyChannel, tmp_path: Path) -> None:
    tiny.add("data", files={"share/data": "1"})
    record = record_of(tiny, "data", tmp_path / "repodata-1")
    tiny.add("data", files={"share/data": "2"})
    other = record_of(tiny, "data", tmp_path / "repodata-2")
    cache = PackageCache(tmp_path / "cache")
    cache.lock(record, exclusive=True, wait=False)
    cache.promote(extracted(record, tmp_path / "private"), record)
    cache.release()

    index = asyncio.run(rattler.PackageCache(tmp_path / "cache").index())
    assert index.contains_record(record)
    assert cache.contains(record)
    assert not index.contains_record(other)
    assert not cache.contains(other)


def test_we_know_a_package_that_rattler_fetched(tiny: TinyChannel, tmp_path: Path) -> None:
    tiny.add("data")
    record = record_of(tiny, "data", tmp_path / "repodata")
    shared = rattler.PackageCache(tmp_path / "cache")
    asyncio.run(
        rattler.install([record], tmp_path / "prefix", package_cache=shared, show_progress=False)
    )
    assert PackageCache(tmp_path / "cache").contains(record)


def test_entries_are_held_together_or_alone(tiny: TinyChannel, tmp_path: Path) -> None:
    tiny.add("data")
    record = record_of(tiny, "data", tmp_path / "repodata")
    first, second = PackageCache(tmp_path / "cache"), PackageCache(tmp_path / "cache")
    first.lock(record, exclusive=False, wait=False)
    second.lock(record, exclusive=False, wait=False)
    with pytest.raises(LockBusy):
        second.lock(record, exclusive=True, wait=False)
    first.release()
    second.lock(record, exclusive=True, wait=False)
    with pytest.raises(LockBusy):
        first.lock(record, exclusive=False, wait=False)
    second.release()


def test_a_lock_is_free_once_its_file_is_closed(tmp_path: Path) -> None:
    import os

    descriptor = lock_file(tmp_path / "lock", exclusive=True, wait=False)
    with pytest.raises(LockBusy):
        lock_file(tmp_path / "lock", exclusive=True, wait=False)
    os.close(descriptor)
    os.close(lock_file(tmp_path / "lock", exclusive=True, wait=False))


def test_unlocking_frees_a_lock_whose_descriptor_a_child_has_inherited(tmp_path: Path) -> None:
    import os

    descriptor = lock_file(tmp_path / "lock", exclusive=True, wait=False)
    inherited = os.dup(descriptor)  # What a fork leaves in a child until it executes its program.
    unlock_file(descriptor)
    unlock_file(lock_file(tmp_path / "lock", exclusive=True, wait=False))
    os.close(inherited)
