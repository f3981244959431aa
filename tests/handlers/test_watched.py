"""Watched folders over HTTP, for administrators."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .api_client import until

TEXT = "name: env\nchannels: [https://example.org/c]\ndependencies: [finish]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "watched"
    folder.mkdir()
    return folder


@pytest.fixture
def envstore_config(envstore_config: dict[str, Any], folder: Path, tmp_path: Path):
    nowhere = tmp_path / "nowhere"
    return {**envstore_config, "watch_paths": [str(folder), str(nowhere)]}


async def test_what_became_of_each_file_is_told(api, fake_workers, folder):
    (folder / "env.yml").write_text(TEXT)
    (folder / "broken.yml").write_text("name: [")

    async def both() -> Any:
        told = (await api.get("watched/")).data
        return told if len(told["files"]) == 2 else None

    told = await until(both)
    broken, good = told["files"]
    assert (broken["path"], broken["is_there"]) == (str(folder / "broken.yml"), True)
    assert broken["build_id"] is None
    assert broken["problem"].startswith("line 1: ")
    assert (good["namespace"], good["environment"]) == ("filesystem", "env")
    assert good["problem"] is None
    assert (await api.completed(good["build_id"]))["client"] == "watch_paths"
    there, nowhere = told["folders"]
    assert there == {"path": str(folder), "problem": None}
    assert "No such file or directory" in nowhere["problem"]


async def test_the_namespace_is_changed_while_the_server_runs(api, fake_workers, folder):
    await api.put("setting/", {"filesystem_namespace": "found"})
    (folder / "env.yml").write_text(TEXT)

    async def built() -> Any:
        return (await api.get("watched/")).data["files"]

    (file,) = await until(built)
    assert file["namespace"] == "found"
    await api.completed(file["build_id"])
