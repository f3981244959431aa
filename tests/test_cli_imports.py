"""``jupyter envstore import``, as a program, beside a running store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.builder.bench import Bench, bench, fake_workers, open_bench

__all__ = ["bench", "fake_workers", "open_bench"]

TEXT = "channels: [https://example.org/c]\ndependencies: [finish]\n"


def import_(bench: Bench, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jupyter_envstore.console", "import", *map(str, arguments)]
    return subprocess.run(
        [*command, f"--EnvStore.store_directory={bench.directory}"],
        capture_output=True,
        text=True,
        env={**os.environ, "JUPYTER_NO_CONFIG": "1", "JUPYTER_PREFER_ENV_PATH": "0"},
        check=False,
        timeout=120,
    )


def test_a_file_is_built_by_the_running_server(bench, tmp_path):
    file = tmp_path / "data.yml"
    file.write_text(f"{TEXT}unknown: 1\n")
    done = import_(bench, file, "--name=team/other", "--EnvStore.storage_threshold=0", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert "unknown" in told["warnings"][0]["message"]
    build = bench.wait_until_recorded(told["build_id"])
    assert (build.namespace, build.name) == ("team", "other")
    assert bench.environment("other", "team").environment.published_build_id == build.id


def test_all_that_is_wrong_with_a_file_is_said_with_its_lines(bench, tmp_path):
    file = tmp_path / "environment.yml"
    file.write_text("name: a/b\ndependencies:\n  - 'numpy >>> 3'\n")
    refused = import_(bench, file)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert [line.partition(":")[0] for line in refused.stderr.splitlines()] == ["line 1", "line 3"]
    assert bench.rows("SELECT id FROM build") == []


def test_a_virtual_environment_is_refused_with_the_reason(bench, tmp_path):
    venv = tmp_path / "venv"
    venv.mkdir()
    (venv / "pyvenv.cfg").write_text("home = /usr/bin\n")
    refused = import_(bench, venv, "--name=team/data")
    assert refused.returncode == 1
    assert f"{venv} is a virtual environment of Python's" in refused.stderr
    assert "pip freeze" in refused.stderr


def test_what_is_not_there_is_said(bench, tmp_path: Path):
    refused = import_(bench, tmp_path / "nowhere.yml")
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"{tmp_path / 'nowhere.yml'} cannot be read: No such file")
