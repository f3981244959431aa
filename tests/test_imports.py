"""What is loaded when: a server that starts, or is idle, does not pay for what it does not use."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.running import Workshop
from tests.engine.tiny_channel import TinyChannel
from tools.jupyter_process import JupyterServer, jupyter_server

API = "envstore/api/v1/"

OF_THE_STORE = {"psutil", "pydantic", "rattler", "ruamel.yaml", "sqlite_utils"}
"""Libraries that are needed once the store is open, or later."""
OF_THE_SERVER = {
    *("jupyter_server", "pydantic", "ruamel.yaml", "sqlite3", "sqlite_utils", "tornado"),
    *("traitlets", "yaml"),
}
"""Libraries that a build's process has no use for."""
OF_PIP = {"packaging", "packaging.requirements", "packaging.utils"}
"""Libraries that only a build with packages of pip's has a use for."""


def loaded_by(module: str, *, after: str) -> set[str]:
    """Return what importing a module loads, in a fresh interpreter that has loaded `after`."""
    program = (
        f"import json, sys, {after}; before = set(sys.modules); import {module}; "
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, stdout=subprocess.PIPE, text=True
    )
    return set(json.loads(done.stdout))


def test_the_extension_loads_little():
    loaded = loaded_by("jupyter_envstore.extension", after="jupyter_server.serverapp")
    assert "jupyter_envstore.handlers.base" in loaded
    assert not loaded & OF_THE_STORE
    floors = {name.split(".")[1] for name in loaded if name.startswith("jupyter_envstore.")}
    assert floors == {
        *("config", "domain", "extension", "handlers", "integration"),
        *("server_activity", "server_kernels"),
    }


def test_opening_the_store_loads_its_libraries_but_not_the_engine():
    loaded = loaded_by("jupyter_envstore.composition", after="jupyter_server.serverapp")
    assert {"pydantic", "sqlite_utils"} <= loaded
    assert "rattler" not in loaded


# -- a server that runs ---------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path: Path):
    options = {"EnvStore.store_directory": tmp_path / "store"}
    with jupyter_server(tmp_path, options, log=tmp_path / "jupyter.log") as running:
        yield running


def has_mapped(server: JupyterServer, library: str) -> bool:
    """Tell whether the server's process has a shared library of this Python package."""
    maps = Path(f"/proc/{server.pid}/maps").read_text()
    return any(f"/{library}/" in line for line in maps.splitlines())


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_rattler_is_loaded_by_the_first_match_spec_and_not_before(server):
    server.request("GET", API)
    assert server.request("GET", f"{API}environment")["data"] == []
    assert has_mapped(server, "pydantic_core")
    assert not has_mapped(server, "rattler")

    text = json.dumps({"name": "science", "dependencies": ["numpy >=2"]})
    checked = server.request("POST", f"{API}specification/check", {"specification": text})
    assert checked["data"]["problems"] == []
    assert has_mapped(server, "rattler")


# -- a build's process ----------------------------------------------------------------------------


def test_a_build_loads_nothing_of_the_server(tmp_path: Path):
    channel = TinyChannel(tmp_path / "channel")
    channel.add("library")
    workshop = Workshop(tmp_path / "store", (channel.url,))
    workshop.root.mkdir()
    running = workshop.start(workshop.order("library"), PYTHONPROFILEIMPORTTIME="1")
    try:
        outcome = running.wait()
    finally:
        running.end()

    assert outcome.finished
    # "import time:   self [us] | cumulative | imported package": the interpreter's own account.
    lines = [line for line in outcome.log.splitlines() if line.startswith("import time:")]
    loaded = {line.rpartition("|")[2].strip() for line in lines}
    assert {"rattler", "jupyter_envstore.engine.build"} <= loaded
    assert not loaded & (OF_THE_SERVER | OF_PIP)
    floors = {name.split(".")[1] for name in loaded if name.startswith("jupyter_envstore.")}
    assert floors == {"domain", "engine"}
