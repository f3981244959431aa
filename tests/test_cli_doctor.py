"""``jupyter envstore doctor``, as a program, beside a running store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.builder.bench import Bench, bench, fake_workers, open_bench

__all__ = ["bench", "fake_workers", "open_bench"]


def doctor(bench: Bench, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "JUPYTER_NO_CONFIG": "1", "HOME": str(home)}
    store = f"--EnvStore.store_directory={bench.directory}"
    return subprocess.run(
        [sys.executable, "-m", "jupyter_envstore.console", "doctor", store, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


def test_it_says_what_is_wrong_and_mends_it(bench, tmp_path):
    prefix = Path(bench.build(bench.completed()).prefix)
    file = next(path for path in sorted(prefix.rglob("*")) if path.is_file())
    file.chmod(0o666)

    said = doctor(bench, tmp_path)
    assert said.returncode == 1, said.stderr
    assert "ERROR writable-files: " in said.stdout
    assert f"  To mend it: chmod -R go-w {file}" in said.stdout
    assert "  Or: jupyter envstore doctor --fix" in said.stdout

    fixed = doctor(bench, tmp_path, "--fix")
    assert fixed.returncode == 0, fixed.stdout
    assert "  Mended." in fixed.stdout
    assert not file.stat().st_mode & 0o022

    answer = json.loads(doctor(bench, tmp_path, "--json").stdout)
    assert [item for item in answer["findings"] if item["severity"] == "error"] == []
