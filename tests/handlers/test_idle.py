"""What the panel asks for by itself does not keep an idle server from being stopped; builds do."""

from __future__ import annotations

import asyncio

import pytest

from jupyter_envstore import server_activity

from .api_client import until


@pytest.fixture(autouse=True)
def often(monkeypatch):
    monkeypatch.setattr(server_activity, "_AGAIN", 0.1)


@pytest.mark.parametrize("path", ["events/?since=0&echo=panel", "queue/?", "environment/?"])
async def test_what_nobody_clicked_for_is_no_activity(api, build, jp_serverapp, path):
    settings = jp_serverapp.web_app.settings
    before = settings["api_last_activity"]
    assert (await api.get(f"{path}&no_track_activity=1")).status == 200
    assert settings["api_last_activity"] == before
    assert (await api.get(path)).status == 200
    assert settings["api_last_activity"] > before


async def last_activity(api) -> str:
    """What JupyterHub is told of a server, which asks for it without being active by that."""
    return str((await api.request("GET", "api/status", root="")).json["last_activity"])


async def has_moved_since(api, before: str) -> bool:
    return await last_activity(api) > before


async def test_a_running_build_is_activity(api, open_gate, extension):
    build_id = await api.submit("gated")
    for _ in range(3):
        assert extension.current_activity()
        before = await last_activity(api)
        await until(lambda before=before: has_moved_since(api, before))
    before = await last_activity(api)
    open_gate(build_id)

    async def is_idle() -> bool:
        return extension.current_activity() is None

    await until(is_idle)
    await until(lambda: has_moved_since(api, before))
    # It may be looked once more at builds that ended a moment ago.
    await asyncio.sleep(0.3)
    before = await last_activity(api)
    await asyncio.sleep(0.5)
    assert await last_activity(api) == before


async def test_what_else_happens_is_none(api, build, extension, jp_serverapp):
    async def is_idle() -> bool:
        return extension.current_activity() is None

    await until(is_idle)
    await asyncio.sleep(0.3)
    times = jp_serverapp.web_app.settings["last_activity_times"]
    before = times["envstore"]
    assert (await api.put(f"build/{build}/pin/")).status == 200
    assert (await api.put("environment/ns/env/", {"description": "Mine."})).status == 200
    await asyncio.sleep(0.5)
    assert times["envstore"] == before
