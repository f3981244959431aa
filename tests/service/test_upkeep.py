"""Builds of a store with the real engine: verified, mended, and what follows from that."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_envstore.composition import EnvironmentStore
from jupyter_envstore.domain.archives import TAR_GZ
from jupyter_envstore.domain.build import BuildStatus
from jupyter_envstore.domain.settings import Settings
from tests.builder.waiting import wait_for
from tests.engine.test_verify import overwrite, paths
from tests.engine.tiny_channel import TinyChannel


class Store:
    """A running store, without a server."""

    def __init__(self, root: Path, channel: TinyChannel) -> None:
        self.root = root
        self._channel = channel
        self.traits: dict[str, object] = {}
        """Those that differ, from the next opening on."""
        self._opened: EnvironmentStore | None = None

    @property
    def services(self):
        return self._store.services

    @property
    def _store(self) -> EnvironmentStore:
        if self._opened is None:
            settings = Settings(
                store_directory=str(self.root),
                repodata_cache_directory=str(self.root.parent / "repodata"),
                **{"storage_threshold": 0, **self.traits},
            )
            self._opened = EnvironmentStore(settings, listener=lambda _: None, notebooks=dict)
            self._opened.start()
        return self._opened

    def close(self) -> None:
        if self._opened is not None:
            self._opened.stop()
            self._opened = None

    def build(self, *dependencies: str, name: str = "env") -> int:
        """Build to the end; return the id."""
        text = {"name": name, "channels": [self._channel.url], "dependencies": dependencies}
        submitted = self.services.environments.submit(
            json.dumps(text), "ns", author=None, client=None
        )
        build_id = int(submitted.build_id)
        self.wait(build_id)
        return build_id

    def wait(self, build_id: int) -> None:
        """Wait until a build is COMPLETED, and recorded."""
        get = self.services.builds.get
        wait_for(lambda: get(build_id).build.status.ended, "the build ends", 120)
        wait_for(lambda: build_id not in self._store.dispatcher.running, "it is recorded", 60)
        assert get(build_id).build.status is BuildStatus.COMPLETED, get(build_id).build.status_info

    def prefix(self, build_id: int) -> Path:
        return Path(self.services.builds.get(build_id).build.prefix)


@pytest.fixture
def tiny(tmp_path: Path) -> TinyChannel:
    channel = TinyChannel(tmp_path / "channel")
    channel.add("tool", files={"bin/tool": "#!/bin/sh\n", "share/tool": "tool"})
    return channel


@pytest.fixture
def store(tmp_path: Path, tiny: TinyChannel) -> Iterator[Store]:
    opened = Store(tmp_path / "store", tiny)
    yield opened
    opened.close()


def test_a_build_is_verified_and_mended(store: Store) -> None:
    first, second = store.build("tool"), store.build("tool", name="other")
    upkeep = store.services.upkeep
    upkeep.verify(first)
    told = upkeep.wait(first)
    assert told.inspection is not None
    assert told.inspection.intact, told
    archive = store.services.artifacts.archive(first, TAR_GZ)[1].result(60)
    archive.close()

    # One inode in the cache and in both builds.
    overwrite(store.prefix(first) / "share/tool", "evil")
    (store.prefix(first) / "bin/tool").unlink()
    upkeep.verify(first)
    told = upkeep.wait(first)
    assert paths(told.inspection.deviations) == ["bin/tool", "share/tool"]
    upkeep.repair(first)
    told = upkeep.wait(first)
    assert told.state == "done", told.failure
    assert told.inspection.intact
    assert paths(told.inspection.mended) == ["bin/tool", "share/tool"]
    assert (store.prefix(first) / "share/tool").read_text() == "tool"
    # The archive had the old files, or is made of files that are not there any more.
    wait_for(lambda: not store.services.artifacts._archives.facts(first), "the archive is gone")
    # Who shares the damaged file is told.
    warnings = store.services.builds.get(second).warnings
    assert any(f"build {first} found it out" in warning.message for warning in warnings)
    assert not any("found it out" in w.message for w in store.services.builds.get(first).warnings)
    log = (store.root / ".envstore/logs" / f"{first}.log").read_text()
    assert "Mended: bin/tool, which is missing" in log
    assert not list((store.root / ".envstore/work").iterdir())

    # It is known after a restart, too.
    store.close()
    assert store.services.upkeep.last(first) == told
    store.services.upkeep.verify(second)
    found = store.services.upkeep.wait(second).inspection
    assert paths(found.deviations) == ["share/tool"]


def test_the_command_line_names_what_differs_and_mends_it(store: Store) -> None:
    build = store.build("tool")
    (store.prefix(build) / "share/tool").unlink()
    (store.prefix(build) / "added").write_text("")
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

    status, said = run("verify")
    assert status == 1
    assert f"Build {build}: 1 added, 1 missing" in said
    assert "missing: share/tool, of tool" in said
    status, said = run("verify", "--json", str(build))
    (told,) = json.loads(said)
    assert (status, told["build_id"], told["state"]) == (1, build, "done")
    assert [one["path"] for one in told["inspection"]["deviations"]] == ["added", "share/tool"]
    status, said = run("repair", str(build), "--keep-added")
    assert status == 1
    assert "mended: missing: share/tool" in said
    assert (store.prefix(build) / "added").exists()
    status, said = run("repair", str(build))
    assert status == 0, said
    assert f"Build {build}: intact, 1 mended" in said
    assert run("verify")[0] == 0
    status, said = run("repair")
    assert (status, "Name builds by their ids" in said) == (1, True)
    status, said = run("verify", "four")
    assert (status, "'four' is not the id of a build" in said) == (1, True)


def test_what_a_killed_server_has_left_is_removed(store: Store) -> None:
    left = store.root / ".envstore/work/upkeep.0123456789ab.0123456789ab"
    left.mkdir(parents=True)
    (left / "file").write_text("")
    store.build("tool")
    store._store._recovery.run()
    assert not left.exists()
