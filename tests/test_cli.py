"""The command line: it finds the server's store, and says in words and in JSON what it did."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from jupyter_envstore import __version__
from jupyter_envstore.cli.command import Command
from jupyter_envstore.console import EnvStoreConsole
from jupyter_envstore.domain.build import BuildStatus
from tests.builder.bench import bench, fake_workers, open_bench

__all__ = ["bench", "fake_workers", "open_bench"]

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "command-line.md"


@pytest.fixture
def configured(tmp_path: Path) -> Path:
    """The folder of Jupyter's configuration: the server's file names the store."""
    folder = tmp_path / "config"
    folder.mkdir()
    store = tmp_path / "store"
    (folder / "jupyter_server_config.py").write_text(
        f"c.EnvStore.store_directory = {str(store)!r}\nc.EnvStore.storage_threshold = 0\n"
    )
    return folder


@pytest.fixture
def run(configured: Path, tmp_path: Path):
    """Run ``jupyter envstore`` as a user does, in a process of its own."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "JUPYTER_CONFIG_DIR": str(configured),
            "JUPYTER_DATA_DIR": str(tmp_path / "data"),
            "HOME": str(tmp_path),
        }
        environment.pop("JUPYTER_NO_CONFIG", None)
        return subprocess.run(
            [sys.executable, "-m", "jupyter_envstore.console", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


def lost(open_bench):
    """Make a store whose database is lost; return its bench, and its one build."""
    bench = open_bench()
    build = bench.build(bench.completed())
    bench.stop()
    for path in bench.internal.glob("envstore.db*"):
        path.unlink()
    return bench, build


def test_adopt_finds_the_store_of_the_server_and_brings_builds_back(open_bench, run):
    _, build = lost(open_bench)
    preview = run("adopt", "--dry-run")
    assert (preview.returncode, preview.stderr.count("Traceback")) == (0, 0), preview.stderr
    assert f"Build {build.id} of ns/env, current: {build.prefix}" in preview.stdout
    assert "1 build would be adopted, 0 left." in preview.stdout
    done = run("adopt")
    assert done.returncode == 0, done.stderr
    assert "1 build adopted, 0 left." in done.stdout
    again = open_bench(start=False)
    assert again.build(build.id).status is BuildStatus.COMPLETED
    assert again.current() == build.id
    assert "0 builds adopted, 0 left." in run("adopt").stdout


def test_the_answer_for_programs(open_bench, run):
    bench, build = lost(open_bench)
    copy = shutil.copytree(build.prefix, f"{build.prefix}-copy")
    answer = run("adopt", "--json")
    assert answer.returncode == 0, answer.stderr
    told = json.loads(answer.stdout)
    assert told["dry_run"] is False
    (adopted,) = told["adopted"]
    assert (adopted["build_id"], adopted["prefix"], adopted["current"]) == (1, build.prefix, True)
    assert [left["prefix"] for left in told["left"]] == [copy]
    assert (told["missing"], told["doubt"]) == ([], None)
    shutil.rmtree(copy)
    assert bench.link().is_symlink()


def test_a_store_on_the_command_line_comes_before_the_configuration(run, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    refused = run("adopt", f"--EnvStore.store_directory={elsewhere}")
    assert refused.returncode == 1
    assert str(elsewhere) in refused.stderr
    assert "c.EnvStore.store_directory" in refused.stderr
    assert not elsewhere.exists(), "a command that looks for a store makes none"


def test_an_error_is_a_sentence_also_for_programs(open_bench, run):
    bench, build = lost(open_bench)
    database = bench.internal / "envstore.db"
    database.write_bytes(b"this is no database, however long one looks at it " * 100)
    before = database.read_bytes()
    for arguments in (("adopt",), ("adopt", "--json")):
        refused = run(*arguments)
        assert refused.returncode == 1
        assert "Traceback" not in refused.stderr
        assert f"The database {database} is damaged" in refused.stderr
    told = json.loads(refused.stdout)
    assert "damaged" in told["error"]
    assert "jupyter envstore adopt" in told["hint"]
    assert database.read_bytes() == before
    database.unlink()
    assert run("adopt").returncode == 0
    assert open_bench(start=False).current() == build.id


def test_version_and_help(run):
    assert run("--version").stdout.strip() == __version__
    shown = run("--help")
    assert shown.returncode == 0
    assert all(name in shown.stdout for name in EnvStoreConsole.subcommands)
    assert "--dry-run" in run("adopt", "--help").stdout
    nothing = run()
    assert nothing.returncode == 2
    assert "Subcommands" in nothing.stdout
    assert run("adopt", "--no-such-option").returncode != 0


def test_the_script_has_the_name_that_jupyter_looks_for():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (module, function) = re.findall(r'^jupyter-envstore = "([\w.]+):(\w+)"$', text, re.MULTILINE)[0]
    assert callable(getattr(import_module(module), function))


def test_every_command_and_option_is_documented_and_nothing_else():
    headings = set(re.findall(r"^## `jupyter envstore ([a-z-]+)`$", PAGE.read_text(), re.MULTILINE))
    assert headings == set(EnvStoreConsole.subcommands)
    of_all = documented("## Options of all commands")
    assert of_all == {*Command.flags, *Command.aliases}
    for name, (command, _) in EnvStoreConsole.subcommands.items():
        own = {*command.flags, *command.aliases} - {*Command.flags, *Command.aliases}
        assert documented(f"## `jupyter envstore {name}`") == own


def documented(heading: str) -> set[str]:
    """Return the options that the tables of a section of the page name."""
    section = PAGE.read_text(encoding="utf-8").split(f"{heading}\n")[1].split("\n## ")[0]
    rows = [line.split(" | ")[0] for line in section.splitlines() if line.startswith("| `-")]
    return set(re.findall(r"`--([a-z-]+)", " ".join(rows)))
