"""conda-lock itself reads the lockfiles of builds, and its own renderings of them are read here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from jupyter_envstore.domain.conda_lock import conda_lock_text
from jupyter_envstore.domain.lock import lock_of
from jupyter_envstore.domain.lockfiles import read_lock
from tests.domain.locks import CHANNEL, conda_package, pip_package

LOCK = lock_of(
    [
        conda_package("python", "3.11.7", depends=("__glibc >=2.28", "tzdata")),
        conda_package("tzdata", "2026a", url=f"{CHANNEL}/noarch/tzdata-2026a-0.conda"),
        conda_package("zlib", platform="osx-arm64", url=f"{CHANNEL}/osx-arm64/zlib-1.0-0.conda"),
        pip_package("greeter", "1.2", depends=("helper >=1",)),
    ],
    [CHANNEL],
    {"GREETING": "hé"},
)


def test_conda_lock_renders_ours(tmp_path: Path):
    (tmp_path / "conda-lock.yml").write_text(conda_lock_text(LOCK))
    command = [sys.executable, "-m", "conda_lock", "render", "--kind", "explicit", "--kind", "env"]
    done = subprocess.run(
        [*command, "--platform", "linux-64", "conda-lock.yml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    explicit = read_lock((tmp_path / "conda-linux-64.lock").read_text(), "linux-64")
    ours = {(p.name, p.url, p.md5 or p.sha256) for p in LOCK.installed_on("linux-64")}
    assert {(p.name, p.url, p.md5 or p.sha256) for p in explicit.packages} == ours
    environment = (tmp_path / "conda-linux-64.lock.yml").read_text()
    for line in ("- python=3.11.7=0", "- tzdata=2026a=0", "greeter == 1.2", f"- {CHANNEL}"):
        assert line in environment
    assert "zlib" not in environment
