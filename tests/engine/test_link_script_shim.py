"""The shell in front of mamba's link scripts."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from jupyter_envstore.engine.link_script_shim import link_script_failed, path_with_shim


def run(tmp_path: Path, body: str) -> subprocess.CompletedProcess[str]:
    """Run a script as mamba does: by a file that names it, with the first bash on PATH."""
    script = tmp_path / "prefix" / "bin" / ".a-package-post-link.sh"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(body)
    wrapper = tmp_path / "wrapper"
    wrapper.write_text(f"set -e\n. {script}\n")
    path = path_with_shim(tmp_path / "shim")
    assert path is not None
    return subprocess.run(
        ["bash", str(wrapper)],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("status", [1, 7])
def test_a_script_that_fails_is_named(tmp_path, status):
    ended = run(tmp_path, f"echo out\necho err >&2\nexit {status}\n")
    assert (ended.returncode, ended.stdout) == (status, "out\n")
    said = f"post-link script failed for package a-package: status {status}\n"
    assert ended.stderr == f"err\n{said}"
    assert link_script_failed(ended.stderr)


def test_one_that_succeeds_is_not(tmp_path):
    ended = run(tmp_path, "echo out\necho 'post-link script failed' >&2\n")
    assert (ended.returncode, ended.stdout) == (0, "out\n")
    assert not link_script_failed(ended.stderr)


def test_other_uses_of_the_shell_are_left_alone(tmp_path):
    path = path_with_shim(tmp_path / "shim")
    ended = subprocess.run(
        ["bash", "-c", "exit 3"],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (3, "")
