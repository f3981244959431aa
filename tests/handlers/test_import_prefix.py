"""A prefix on the server's disk, over HTTP: for administrators of the whole store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .people import EDITOR, ROLES, ROOT, People, as_person


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    prefix = tmp_path / "envs" / "data"
    (prefix / "conda-meta").mkdir(parents=True)
    record = {
        "name": "finish",
        "version": "1.0",
        "build": "0",
        "subdir": "linux-64",
        "url": "https://example.org/c/linux-64/finish-1.0-0.conda",
        "md5": "0" * 32,
    }
    (prefix / "conda-meta" / "finish-1.0-0.json").write_text(json.dumps(record))
    return prefix


class TestRoles:
    @pytest.fixture
    def envstore_config(self, envstore_config: dict[str, Any]) -> dict[str, Any]:
        return {**envstore_config, **ROLES}

    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any]) -> dict[str, Any]:
        server = {**jp_server_config["ServerApp"], "identity_provider_class": People}
        return {**jp_server_config, "ServerApp": server}

    async def test_whoever_may_not_change_the_whole_store_may_not_name_paths(
        self, api, fake_workers, prefix
    ):
        body = {"prefix": str(prefix), "name": "data", "namespace": "team"}
        refused = await as_person(api, EDITOR).post("store/import-prefix/", body)
        assert refused.status == 403
        # Not even whether something is there.
        nowhere = {**body, "prefix": "/nowhere"}
        assert (await as_person(api, EDITOR).post("store/import-prefix/", nowhere)).status == 403
        made = await as_person(api, ROOT).post("store/import-prefix/", body)
        build = (await as_person(api, ROOT).get(f"build/{made.data['build_id']}/")).data
        assert build["locked"]
        assert build["author"] == ROOT


async def test_what_cannot_be_imported_is_said(api, fake_workers, prefix, tmp_path):
    async def status(path: object, name: str = "data") -> int:
        body = {"prefix": str(path), "name": name}
        return (await api.post("store/import-prefix/", body)).status

    assert await status("envs/data") == 400
    assert await status(tmp_path / "nowhere") == 404
    assert await status(tmp_path) == 409
    assert await status(prefix, "a/b") == 400
    (prefix / "pyvenv.cfg").write_text("")
    assert await status(prefix) == 409
