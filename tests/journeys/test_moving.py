"""A store is moved with the command line: exported, imported and built there, byte for byte."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.builder.waiting import wait_for

from .server_process import running


def envstore(store: Path, *arguments: str) -> Any:
    """Run ``jupyter envstore`` beside a server; return what it answers programs."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "jupyter_envstore.console", *arguments, "--json"),
            f"--EnvStore.store_directory={store}",
            "--EnvStore.storage_threshold=0",
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "JUPYTER_NO_CONFIG": "1", "JUPYTER_PREFER_ENV_PATH": "0"},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_an_environment_moves_to_another_store_and_is_built_there_as_it_was(
    new_store, root, tmp_path, channel, python
):
    here, there = new_store(), new_store()
    traits = {"repodata_cache_directory": root / "repodata", "storage_threshold": 0}
    file = tmp_path / "moved.envstore"
    with running(tmp_path / "a", store_directory=here, **traits) as server:
        build_id = server.submit(python, "activate-ok", channels=channel)
        wait_for(lambda: server.build(build_id)["status"] == "COMPLETED", "it is built", 180)
        server.request("PUT", f"build/{build_id}/annotations/", {"note": "moved", "tags": ["a"]})
        assert envstore(here, "export", str(file), "ns/env")["builds"] == 1
    before = (here / ".envstore" / "artifacts" / str(build_id) / "conda-lock.yml").read_bytes()

    with running(tmp_path / "b", store_directory=there, **traits) as server:
        (came,) = envstore(there, "import", str(file), "--build")["environments"]
        assert (came["builds"], came["conflict"]) == (1, None)
        again = came["again"]
        wait_for(lambda: server.build(again)["status"] == "COMPLETED", "it is built again", 180)
        build = server.build(again)
        assert server.build(build["parent_build_id"])["note"] == "moved"
        packages = server.request("GET", f"build/{build['parent_build_id']}/packages/?size=100")
        assert "activate-ok" in {package["name"] for package in packages}
        # The build itself comes back, too, while the server runs.
        came_back = build["parent_build_id"]
        assert server.build(came_back)["shelved_on"] is not None
        envstore(there, "restore", str(came_back))
        assert server.build(came_back)["shelved_on"] is None
        assert Path(server.build(came_back)["prefix"], "bin", "python").exists()
        deeds = [entry["deed"] for entry in server.request("GET", "environment/ns/env/history/")]
        assert deeds[-1] == "restored"
        assert {"annotated", "published"} <= set(deeds)
    after = (there / ".envstore" / "artifacts" / str(again) / "conda-lock.yml").read_bytes()
    assert after == before
