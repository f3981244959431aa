"""The wheel: complete, and needing no Node where it is installed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from uv import find_uv_bin

COLOUR = re.compile(r"\x1b\[\d+m")


@pytest.fixture(scope="module")
def wheel(pytestconfig, tmp_path_factory) -> Path:
    if not (pytestconfig.rootpath / "jupyter_envstore/labextension/package.json").exists():
        pytest.skip("the lab extension is not built: run make install")
    out = tmp_path_factory.mktemp("wheel")
    command = [find_uv_bin(), "build", "--quiet", "--wheel", "--out-dir", str(out)]
    subprocess.run(command, cwd=pytestconfig.rootpath, check=True)
    (made,) = out.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """A fresh virtual environment with the wheel and JupyterLab."""
    environment = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([find_uv_bin(), "venv", "-q", "-p", sys.executable, environment], check=True)
    python = environment / "bin" / "python"
    command = [find_uv_bin(), "pip", "install", "-q", "--python", str(python), str(wheel)]
    subprocess.run([*command, "jupyterlab>=4.6,<4.7"], check=True)
    return environment


def run_jupyter(environment: Path, *arguments: str) -> str:
    home = environment.parent
    # Nothing but the environment's own programs is on the path: there is no Node.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    clean |= {"PATH": str(environment / "bin"), "HOME": str(home)}
    done = subprocess.run(
        [environment / "bin" / "jupyter", *arguments],
        env=clean,
        capture_output=True,
        text=True,
        check=True,
    )
    return COLOUR.sub("", done.stdout + done.stderr)


def test_contents(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "jupyter_envstore/event_schemas/store_v1.yaml" in names
    data = next(name.split("/")[0] for name in names if ".data/" in name)
    shared = f"{data}/data/share/jupyter/labextensions/jupyter-envstore"
    assert f"{shared}/package.json" in names
    assert f"{shared}/install.json" in names
    assert any(name.startswith(f"{shared}/static/remoteEntry") for name in names)
    assert f"{data}/data/etc/jupyter/jupyter_server_config.d/jupyter_envstore.json" in names
    assert not [name for name in names if name.startswith(("tests/", "tools/", "ui-tests/"))]


def test_server_extension_is_ok(installed):
    listed = run_jupyter(installed, "server", "extension", "list")
    line = next(line for line in listed.splitlines() if "jupyter_envstore 0" in line)
    assert "OK" in line, listed
    assert "jupyter_envstore enabled" in listed


def test_lab_extension_is_ok(installed):
    listed = run_jupyter(installed, "labextension", "list")
    line = next(line for line in listed.splitlines() if "jupyter-envstore" in line)
    assert "enabled" in line
    assert "OK" in line
