"""``jupyter envstore cleanup``, as a program, beside a running store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builder.bench import Bench, fake_workers, open_bench

__all__ = ["fake_workers", "open_bench"]


def cleanup(bench: Bench, *arguments: str) -> subprocess.CompletedProcess[str]:
    store = f"--EnvStore.store_directory={bench.directory}"
    # No configuration of the person who runs the tests.
    environment = {**os.environ, "JUPYTER_NO_CONFIG": "1", "JUPYTER_PREFER_ENV_PATH": "0"}
    return subprocess.run(
        [sys.executable, "-m", "jupyter_envstore.console", "cleanup", store, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


@pytest.fixture
def bench(open_bench) -> Bench:
    return open_bench(cleanup_interval=0.0)


def test_a_dry_run_says_what_would_go_and_changes_nothing(bench):
    first, pinned, _ = (bench.completed() for _ in range(3))
    bench.builds.pin(pinned, pinned=True)
    result = cleanup(bench, "--dry-run", "--keep-builds=1")
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"Build {first} of ns/env: not the newest of its environment; ")
    assert lines[1] == f"Kept: build {pinned} of ns/env: pinned"
    assert lines[2].startswith("Builds: 1, entries of caches: 0; ")
    assert Path(bench.build(first).prefix).is_dir()


def test_it_cleans_up_and_answers_programs_with_json(bench):
    first, second = bench.completed(), bench.completed()
    result = cleanup(bench, "--json", "--keep-builds=1", "--namespace=ns")
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert answer["dry_run"] is False
    assert [gone["id"] for gone in answer["builds"]] == [first]
    assert [row["id"] for row in bench.rows("SELECT id FROM build")] == [second]


def test_mistakes_are_sentences(bench):
    bench.completed()
    result = cleanup(bench, "--environment=env")
    assert result.returncode == 1
    assert result.stderr == "An environment needs its namespace. Add --namespace.\n"
    assert cleanup(bench, "--keep-builds=-1").returncode != 0
