"""A real conda beside the store: what it sees, and what it must not do.

``ENVSTORE_TEST_CONDA`` names the program.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jupyter_envstore.composition import EnvironmentStore
from jupyter_envstore.domain.settings import Settings
from tests.builder.waiting import wait_for
from tests.engine.tiny_channel import TinyChannel

GIVEN = "ENVSTORE_TEST_CONDA"
HELLO = '#!/bin/sh\necho "hello from $CONDA_PREFIX"\n'
NOTED = "/somewhere/else\n"

pytestmark = pytest.mark.skipif(GIVEN not in os.environ, reason=f"{GIVEN} does not name a conda")


@dataclass(frozen=True)
class Beside:
    """A user with a store, whose namespace ``team`` is registered, and with conda."""

    home: Path
    store: Path
    link: Path
    channel: str
    variables: dict[str, str]

    def conda(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run([os.environ[GIVEN], *arguments])

    def answer(self, *arguments: str) -> Any:
        done = self.conda(*arguments, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self.variables, check=False, capture_output=True, text=True
        )


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    root = tmp_path_factory.mktemp("c")
    home, directory = root / "home", root / "store"
    (home / ".conda").mkdir(parents=True)
    (home / ".conda" / "environments.txt").write_text(NOTED)
    tiny = TinyChannel(root / "channel")
    tiny.add("hello", "1.5", files={"bin/hello": HELLO}, modes={"bin/hello": 0o755})
    tiny.add("other")
    tiny.index()
    # What conda of the person who runs the tests is set to do is nobody's business here.
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CONDA", "MAMBA", "PYTHON", "JUPYTER")) or name == "CONDA_SOLVER"
    }
    variables = {**kept, "HOME": str(home), "CONDA_PKGS_DIRS": str(root / "pkgs")}
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ.keys() - kept.keys():
            patch.delenv(name)
        patch.setenv("HOME", str(home))
        patch.setenv("CONDA_EXE", os.environ[GIVEN])
        settings = Settings(
            str(directory), storage_threshold=0, repodata_cache_directory=str(root / "indexes")
        )
        store = EnvironmentStore(settings, listener=lambda _: None, notebooks=dict)
        store.start()
        try:
            text = json.dumps({"name": "work", "channels": [tiny.url], "dependencies": ["hello"]})
            services = store.services
            asked = services.environments.submit(text, "team", author=None, client=None).build_id
            wait_for(lambda: services.builds.get(asked).build.status.ended, timeout=120)
            link = directory / "team" / "envs" / "work"
            wait_for(link.is_symlink, "the build is published")
            config = services.conda_config
            config.change(register=["team"], etag=config.state(["team"]).etag)
            yield Beside(home, directory, link, tiny.url, variables)
        finally:
            store.stop()


def test_nothing_was_noted_in_the_users_list_of_environments(beside: Beside) -> None:
    assert (beside.home / ".conda" / "environments.txt").read_text() == NOTED


def test_conda_lists_the_environment_and_its_packages(beside: Beside) -> None:
    assert str(beside.link) in beside.answer("env", "list")["envs"]
    assert "work" in beside.conda("env", "list").stdout.split()
    (package,) = beside.answer("list", "-n", "work")
    assert (package["name"], package["version"]) == ("hello", "1.5")
    # What was asked for, and when: the history that conda reads.
    exported = beside.conda("env", "export", "-n", "work", "--from-history").stdout
    assert "- hello" in exported


def test_conda_runs_and_activates_it(beside: Beside) -> None:
    ran = beside.conda("run", "-n", "work", "hello")
    assert ran.stdout.strip() == f"hello from {beside.link}", ran.stderr
    script = (
        f'eval "$({shlex.quote(os.environ[GIVEN])} shell.bash hook)" && conda activate work && '
        'hello && echo "$CONDA_DEFAULT_ENV" && conda deactivate && ! command -v hello'
    )
    done = beside.run(["bash", "--noprofile", "--norc", "-c", script])
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:2] == [f"hello from {beside.link}", "work"]


def test_conda_makes_new_environments_elsewhere(beside: Beside) -> None:
    name = f"envstore-test-{os.getpid()}"
    command = ("create", "-n", name, "--yes", "--override-channels", "-c", beside.channel, "other")
    made = Path(beside.answer(*command)["prefix"])
    try:
        assert (made / "conda-meta" / "history").is_file()
        assert not made.is_relative_to(beside.store)
        assert not (beside.store / "team" / "envs" / name).exists()
    finally:
        beside.conda("remove", "-n", name, "--all", "--yes")


def test_conda_refuses_to_change_a_build(beside: Beside) -> None:
    before = sorted(str(path) for path in beside.link.resolve().rglob("*"))
    for command in ("install", "remove", "update"):
        name = "other" if command == "install" else "hello"
        channel = () if command == "remove" else ("-c", beside.channel)
        options = ("--yes", "--override-channels", *channel)
        refused = beside.conda(command, "-n", "work", *options, name)
        assert refused.returncode != 0, command
        assert "team/work" in refused.stdout + refused.stderr
    assert sorted(str(path) for path in beside.link.resolve().rglob("*")) == before
