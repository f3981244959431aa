"""Builds that came from another store are shelved: they come back there, with the real engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_envstore.domain.build import BuildStatus
from jupyter_envstore.domain.errors import Conflict, InvalidInput
from jupyter_envstore.domain.upkeep import Upkeep
from jupyter_envstore.service.upkeep import _Run
from tests.engine.tiny_channel import TinyChannel

from .test_shelving import contents, lock_of, restored
from .test_upkeep import Store, store, tiny

__all__ = ["store", "tiny"]


@pytest.fixture
def other(tmp_path: Path, tiny: TinyChannel) -> Iterator[Store]:
    """Another store, whose disk is elsewhere."""
    opened = Store(tmp_path / "other" / "store", tiny)
    yield opened
    opened.close()


@pytest.fixture
def came(store: Store, other: Store, tmp_path: Path) -> tuple[int, int]:
    """A build, and what came of it in the other store."""
    build_id = store.build("tool")
    other.build("tool", name="another")  # So that ids differ.
    file = tmp_path / "all.envstore"
    store.services.export.export(file, ())
    assert other.services.imports.read(file).remarks == ()
    return build_id, other.services.environments.get("ns", "env").newest.build.id


def test_a_build_comes_back_in_another_store(
    store: Store, other: Store, came: tuple[int, int]
) -> None:
    there, here = came
    assert there != here
    build = other.services.builds.get(here).build
    assert (build.status, build.prefix.startswith(str(other.root))) == (
        BuildStatus.COMPLETED,
        True,
    )
    assert build.shelved_on is not None
    assert lock_of(other, here) == lock_of(store, there)

    assert restored(other, here) == "done"
    assert other.services.builds.get(here).build.shelved_on is None
    assert lock_of(other, here) == lock_of(store, there)
    assert contents(other.prefix(here)).keys() == contents(store.prefix(there)).keys()
    other.services.upkeep.verify(here)
    found = other.services.upkeep.wait(here).inspection
    assert found is not None
    assert found.intact
    types = {artifact.type for artifact in other.services.builds.get(here).artifacts or ()}
    assert {"DIRECTORY", "LOCKFILE", "LOGS", "YAML", "CONDA_PACK"} <= types
    other.services.environments.switch("ns", "env", here)
    # Importing once more does not take it off the disk.
    file = other.root.parent / "again.envstore"
    store.services.export.export(file, ())
    other.services.imports.read(file)
    assert other.services.builds.get(here).build.shelved_on is None
    assert (other.prefix(here) / "share/tool").read_text() == "tool"


def test_what_came_back_can_be_repaired_shelved_and_deleted(
    other: Store, came: tuple[int, int]
) -> None:
    _, here = came
    assert restored(other, here) == "done"
    prefix = other.prefix(here)
    (prefix / "conda-meta" / "envstore").unlink()
    upkeep = other.services.upkeep
    upkeep.repair(here)
    assert upkeep.wait(here).inspection is not None
    upkeep.verify(here)
    found = upkeep.wait(here).inspection
    assert found is not None
    assert found.intact, found
    other.services.shelving.shelve(here)
    assert not prefix.exists()
    assert restored(other, here) == "done"
    # What waited for its turn while another server has brought it back leaves it alone.
    build = other.services.builds.get(here).build
    with pytest.raises(Conflict, match="is not shelved"):
        upkeep._ended(_Run(Upkeep(here, "restore", "waiting", build.asked_on), False, prefix))
    assert prefix.is_dir()
    other.services.builds.delete(here)
    assert not prefix.exists()


def test_what_is_forbidden_here_does_not_come_back(other: Store, came: tuple[int, int]) -> None:
    _, here = came
    other.close()
    other.traits["conda_allowed_channels"] = ("conda-forge",)
    with pytest.raises(InvalidInput, match="channel"):
        other.services.upkeep.restore(here)
    assert not other.prefix(here).exists()


def test_the_lock_that_would_be_installed_is_looked_at(
    store: Store, other: Store, tmp_path: Path, tiny: TinyChannel
) -> None:
    """An export may say one lock in the specification, and have another one beside it."""
    first = store.build("tool")
    lock = Path(store.services.artifacts.lockfile(first).path).read_text()
    text = store.services.lockfiles.submit(lock, "ns", name="locked", author=None, client=None)
    store.wait(int(text.build_id))
    file = tmp_path / "all.envstore"
    store.services.export.export(file, ["ns/locked"])
    other.traits["conda_allowed_channels"] = (tiny.url,)
    other.services.imports.read(file)
    here = other.services.environments.get("ns", "locked").newest.build.id
    kept = Path(other.services.artifacts.lockfile(here).path)
    kept.write_text(kept.read_text().replace(tiny.url, "https://elsewhere.example/channel"))
    with pytest.raises(InvalidInput, match="elsewhere"):
        other.services.upkeep.restore(here)


def test_a_build_for_another_machine_stays_shelved(other: Store, came: tuple[int, int]) -> None:
    _, here = came
    lock = Path(other.services.artifacts.lockfile(here).path)
    lock.write_text(lock.read_text().replace("linux-64", "osx-arm64"))
    with pytest.raises(Conflict, match="is for osx-arm64"):
        other.services.upkeep.restore(here)
