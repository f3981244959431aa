"""What the panel asks for by itself does not keep an idle server from being stopped; builds do."""

from __future__ import annotations

import pytest

from jupyter_envstore.extension import EnvStoreExtension

from .api_client import until


@pytest.mark.parametrize("path", ["events/?since=0&echo=panel", "queue/?", "environment/?"])
async def test_what_nobody_clicked_for_is_no_activity(api, build, jp_serverapp, path):
    settings = jp_serverapp.web_app.settings
    before = settings["api_last_activity"]
    assert (await api.get(f"{path}&no_track_activity=1")).status == 200
    assert settings["api_last_activity"] == before
    assert (await api.get(path)).status == 200
    assert settings["api_last_activity"] > before


async def test_a_running_build_is_activity(api, open_gate, jp_serverapp):
    (extension,) = (
        app
        for app in jp_serverapp.extension_manager.extension_apps["jupyter_envstore"]
        if isinstance(app, EnvStoreExtension)
    )
    build_id = await api.submit("gated")

    async def is_busy() -> bool:
        return bool(extension.current_activity())

    await until(is_busy)
    open_gate(build_id)
    await api.completed(build_id)

    async def is_idle() -> bool:
        return extension.current_activity() is None

    await until(is_idle)
