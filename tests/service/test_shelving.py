"""Builds that give back their disk and come back exactly, with the real engine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_envstore.domain.archives import TAR_GZ
from jupyter_envstore.domain.build import BuildStatus
from jupyter_envstore.domain.errors import Conflict, NotFound, Refused
from jupyter_envstore.service.cleanup_plan import Wish
from tests.engine.tiny_channel import TinyChannel

from .test_upkeep import Store, store, tiny

__all__ = ["store", "tiny"]


def contents(prefix: Path) -> dict[str, bytes]:
    """All files but conda's records, whose order of entries is by chance, and the store's own."""
    return {
        path.relative_to(prefix).as_posix(): path.read_bytes()
        for path in prefix.rglob("*")
        if path.is_file() and path.parent.name != "conda-meta"
    }


def lock_of(store: Store, build_id: int) -> bytes:
    return Path(store.services.artifacts.lockfile(build_id).path).read_bytes()


def restored(store: Store, build_id: int) -> str:
    store.services.upkeep.restore(build_id, actor="ann")
    return store.services.upkeep.wait(build_id).state


@pytest.fixture
def old(store: Store) -> int:
    """A build that is not current any more."""
    build_id = store.build("tool")
    store.build("tool")
    return build_id


def test_a_build_comes_back_exactly(store: Store, old: int, tiny: TinyChannel) -> None:
    services, prefix = store.services, store.prefix(old)
    before, lock = contents(prefix), lock_of(store, old)
    log = services.logs
    services.artifacts.archive(old, TAR_GZ)[1].result(60).close()
    services.shelving.shelve(old, actor="ann")
    services.shelving.shelve(old)  # It stays so.

    assert not prefix.exists()
    view = services.builds.get(old)
    assert view.build.shelved_on is not None
    assert view.build.status is BuildStatus.COMPLETED
    assert {artifact.type for artifact in view.artifacts or ()} == {"LOGS", "LOCKFILE", "YAML"}
    assert {one.artifact.type for one in services.artifacts.list(old)} == {
        "LOGS",
        "LOCKFILE",
        "YAML",
    }
    assert log is not None
    assert lock_of(store, old) == lock
    # Newer packages do not matter, and neither does an empty cache.
    tiny.add("tool", "2.0")
    shutil.rmtree(store.root / ".envstore/cache/packages")
    assert restored(store, old) == "done"
    assert store.prefix(old) == prefix
    assert contents(prefix) == before
    assert lock_of(store, old) == lock
    assert services.builds.get(old).build.shelved_on is None
    services.upkeep.verify(old)
    found = services.upkeep.wait(old).inspection
    assert found is not None
    assert found.intact
    services.environments.switch("ns", "env", old)
    deeds = [entry.deed for entry in history(store)]
    assert deeds[-3:] == ["shelved", "restored", "switched"]


def history(store: Store):
    from jupyter_envstore.store.listing import Listing

    return store.services.naming.history("ns", "env", Listing()).items


def test_what_is_needed_is_not_shelved(store: Store, old: int) -> None:
    services = store.services
    current = old + 1
    with pytest.raises(Conflict, match="is the current build"):
        services.shelving.shelve(current)
    services.builds.pin(old, pinned=True)
    with pytest.raises(Conflict, match="pinned"):
        services.shelving.shelve(old)
    services.builds.pin(old, pinned=False)
    program = store.prefix(old) / "bin" / "sleep"
    shutil.copy(shutil.which("sleep") or "/bin/sleep", program)
    with subprocess.Popen([program, "60"]) as running:
        with pytest.raises(Conflict, match="in use"):
            services.shelving.shelve(old)
        running.kill()
    services.shelving.shelve(old)
    with pytest.raises(NotFound):
        services.shelving.shelve(99)


def test_what_takes_files_is_refused_meanwhile(store: Store, old: int) -> None:
    services = store.services
    with pytest.raises(Conflict, match="is not shelved"):
        services.upkeep.restore(old)
    services.shelving.shelve(old)
    with pytest.raises(Refused, match="is shelved"):
        services.environments.switch("ns", "env", old)
    with pytest.raises(NotFound, match="is shelved"):
        services.artifacts.archive(old, TAR_GZ)
    with pytest.raises(Conflict, match="is shelved"):
        services.upkeep.verify(old)
    with pytest.raises(Refused, match="is shelved"):
        services.builds.pin_kernel(old, pinned=True)
    # It occupies nothing, so no rule of retention takes it; recovery and the doctor miss nothing.
    assert services.cleanup.preview(Wish(keep_builds=1)).builds == ()
    services.adoption.adopt()
    store._store._recovery.run()
    assert services.builds.get(old).build.shelved_on is not None
    services.builds.delete(old)
    with pytest.raises(NotFound):
        services.builds.get(old)


def test_nothing_that_is_shelved_becomes_current_by_adoption(store: Store, old: int) -> None:
    services = store.services
    services.shelving.shelve(old)
    shutil.rmtree(store.prefix(old + 1))
    services.adoption.adopt()
    environment = services.environments.get("ns", "env")
    assert environment.newest.build.id == old
    assert environment.environment.published_build_id is None


def test_a_restoration_that_fails_leaves_it_shelved(
    store: Store, old: int, tiny: TinyChannel
) -> None:
    services = store.services
    services.shelving.shelve(old)
    shutil.rmtree(store.root / ".envstore/cache/packages")
    channel = tiny.directory.rename(tiny.directory.with_name("away"))
    assert restored(store, old) == "failed"
    failure = services.upkeep.last(old).failure
    assert failure is not None
    assert not store.prefix(old).exists()
    assert services.builds.get(old).build.shelved_on is not None
    channel.rename(tiny.directory)
    assert restored(store, old) == "done"


def test_what_a_crash_leaves_of_a_shelved_build_is_removed(store: Store, old: int) -> None:
    services, prefix = store.services, store.prefix(old)
    kept = prefix.with_name("kept")
    shutil.copytree(prefix, kept, symlinks=True)
    services.shelving.shelve(old)
    kept.rename(prefix)  # The row was written, and the prefix not removed yet.
    store._store._recovery.run()
    assert not prefix.exists()
    assert restored(store, old) == "done"
    store._store._recovery.run()
    assert prefix.is_dir()


def test_the_command_line_shelves_and_restores(store: Store, old: int) -> None:
    prefix = store.prefix(old)
    store.close()

    def run(*arguments: str) -> tuple[int, str]:
        options = [f"--EnvStore.store_directory={store.root}", "--EnvStore.storage_threshold=0"]
        done = subprocess.run(
            [sys.executable, "-m", "jupyter_envstore.console", *arguments, *options],
            capture_output=True,
            text=True,
            env={**os.environ, "JUPYTER_CONFIG_DIR": str(store.root.parent / "config")},
        )
        return done.returncode, done.stdout + done.stderr

    assert run("shelve", str(old)) == (0, f"Build {old} is shelved.\n")
    assert not prefix.exists()
    status, said = run("shelve", str(old + 1))
    assert (status, "is the current build" in said) == (1, True)
    assert run("verify")[0] == 0  # Of those that have files.
    assert run("restore", str(old)) == (0, f"Build {old}: restored\n")
    assert prefix.is_dir()
