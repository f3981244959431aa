"""What there is already, built in a second store: real packages, and the same lockfile again."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_envstore.composition import EnvironmentStore
from jupyter_envstore.domain.build import Build, BuildStatus
from jupyter_envstore.domain.settings import Settings
from jupyter_envstore.store.listing import Listing
from tests.builder.waiting import wait_for
from tests.engine.http_channel import HttpChannel
from tests.engine.simple_index import add_wheel


class Store:
    """A store that builds, without a Jupyter server."""

    def __init__(self, directory: Path, root: Path) -> None:
        settings = Settings(
            str(directory), storage_threshold=0, repodata_cache_directory=str(root / "repodata")
        )
        self.store = EnvironmentStore(settings, listener=lambda _: None, notebooks=dict)
        self.services = self.store.services
        self.store.start()

    def completed(self, build_id: int) -> Build:
        def ended() -> Build | None:
            build = self.services.builds.get(build_id).build
            return build if build.status.ended else None

        build = wait_for(ended, f"build {build_id} ends", 180)
        view = self.services.builds.get(build_id)
        assert build.status is BuildStatus.COMPLETED, (build.status_info, view.failure)
        return build

    def build(self, text: str) -> Build:
        submitted = self.services.environments.submit(text, "ns", author=None, client=None)
        return self.completed(submitted.build_id)

    def lock(self, build: Build) -> bytes:
        return Path(self.services.artifacts.lockfile(build.id).path).read_bytes()


@pytest.fixture
def stores(new_store, root) -> Iterator[tuple[Store, Store]]:
    opened = [Store(new_store(), root), Store(new_store(), root)]
    yield opened[0], opened[1]
    for store in opened:
        store.store.stop()


@pytest.fixture
def made(stores, channel, python) -> Build:
    """A build of the first store, with a variable, from two channels."""
    wanted: dict[str, Any] = {
        "name": "env",
        "channels": channel,
        "dependencies": [python, "activate-ok"],
        "variables": {"ANSWER": "42"},
    }
    return stores[0].build(json.dumps(wanted))


def env_export(store: Store, build: Build) -> str:
    """Return what ``conda env export`` prints of a build.

    As conda's ``Environment.to_yaml`` writes it: name, channels, packages by name, variables, and
    where it is.
    """
    specification, _ = store.services.builds._builds.specification(build)
    rows = store.services.builds.packages(build.id, Listing()).items
    packages = sorted((stored.package for stored in rows), key=lambda package: package.name)
    pip = [one for one in packages if one.manager == "pip"]
    lines = [f"name: {build.name}", "channels:"]
    lines += [f"  - {channel}" for channel in specification.channels]
    lines += ["dependencies:"]
    lines += [
        f"  - {one.name}={one.version}={one.build}" for one in packages if one.manager == "conda"
    ]
    if pip:
        lines += ["  - pip:", *(f"      - {one.name}=={one.version}" for one in pip)]
    lines += ["variables:"]
    lines += [f"  {name}: {value}" for name, value in (specification.variables or {}).items()]
    return "\n".join([*lines, f"prefix: {build.prefix}", ""])


def test_what_conda_env_export_prints_of_a_build_has_the_very_same_lockfile(stores, made):
    first, second = stores
    before = first.lock(made)
    pinned = first.services.artifacts.environment_yaml(made.id).path.read_text()
    exported = env_export(first, made)
    assert made.prefix in exported
    assert made.prefix not in pinned
    for text in (exported, pinned):
        again = second.build(text)
        assert second.lock(again) == before


def test_so_it_is_with_packages_that_pip_has_installed(
    stores, channel, python, tmp_path, monkeypatch
):
    add_wheel(tmp_path, "greeter", "1.0")
    with HttpChannel(tmp_path / "simple").serve() as http:
        # Whoever exports and imports has the same index: what conda prints names none.
        monkeypatch.setenv("UV_DEFAULT_INDEX", http.url)
        first, second = stores
        wanted: dict[str, Any] = {
            "name": "env",
            "channels": channel,
            "dependencies": [python, {"pip": ["greeter"]}],
            "variables": {"ANSWER": "42"},
        }
        made = first.build(json.dumps(wanted))
        again = second.build(env_export(first, made))
        assert second.lock(again) == first.lock(made)
        # In the prefix nothing but its metadata tells of it.
        taken = second.services.prefix_imports.submit(Path(made.prefix), "ns", "taken")
        assert any("installed there by pip" in warning.message for warning in taken.warnings)
        locks = [
            json.loads(first.lock(made))["package"],
            json.loads(second.lock(second.completed(taken.build_id)))["package"],
        ]
        assert locks[0] == locks[1]
        assert "greeter" in {package["name"] for package in locks[0]}


def test_real_conda_exports_it_so(stores, made):
    conda = os.environ.get("ENVSTORE_TEST_CONDA")
    if not conda:
        pytest.skip("ENVSTORE_TEST_CONDA names no conda")
    exported = subprocess.run(
        [conda, "env", "export", "--prefix", made.prefix],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout
    first, second = stores
    submitted = second.services.file_builds.submit(exported, "environment.yml", "ns", name="env")
    again = second.completed(submitted.build_id)
    packages = [
        json.loads(store.lock(b))["package"] for store, b in ((first, made), (second, again))
    ]
    assert packages[0] == packages[1]


def test_a_prefix_is_built_again_of_the_same_files(stores, made):
    first, second = stores
    submitted = second.services.prefix_imports.submit(Path(made.prefix), "ns", "taken")
    again = second.completed(submitted.build_id)
    locks = [json.loads(first.lock(made)), json.loads(second.lock(again))]
    assert locks[0]["package"] == locks[1]["package"]
    assert locks[0]["metadata"]["custom_metadata"] == locks[1]["metadata"]["custom_metadata"]
    assert (again.name, again.locked) == ("taken", True)


def test_lockfiles_and_files_of_other_tools_are_built(stores, made, channel, python):
    first, second = stores
    files = {
        "conda-lock.yml": first.lock(made).decode(),
        "explicit.txt": first.services.lockfiles.explicit(made.id).read_text(),
        "pixi.lock": first.services.lockfiles.pixi_lock(made.id).read_text(),
    }
    for path, text in files.items():
        submitted = second.services.file_builds.submit(text, path, "ns", name="locked")
        assert second.lock(second.completed(submitted.build_id)) == first.lock(made), path
    channels = json.dumps(channel)
    manifest = (
        f'[workspace]\nname = "pixi"\nchannels = {channels}\nplatforms = ["linux-64"]\n'
        '[dependencies]\nactivate-ok = "*"\n'
    )
    pyproject = (
        '[project]\nname = "py"\nversion = "1"\n'
        f'[tool.pixi.workspace]\nchannels = {channels}\nplatforms = ["linux-64"]\n'
        '[tool.pixi.dependencies]\nactivate-ok = "*"\n'
    )
    for path, text, name in (
        ("pixi.toml", manifest, "pixi"),
        ("pyproject.toml", pyproject, "py"),
    ):
        submitted = second.services.file_builds.submit(text, path, "ns")
        built = second.completed(submitted.build_id)
        assert built.name == name
        names = {
            stored.package.name
            for stored in second.services.builds.packages(built.id, Listing()).items
        }
        assert "activate-ok" in names
