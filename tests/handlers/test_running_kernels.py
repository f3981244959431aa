"""Kernels of a real server: which are the store's, and when their builds were used."""

from __future__ import annotations

import asyncio
import json
import shlex
import sys
from pathlib import Path

import pytest

from jupyter_envstore.integration.finder import add_kernel_directory
from jupyter_envstore.integration.user_kernels import link_user_kernels
from jupyter_envstore.server_kernels import ServerKernels
from tests.journeys.kernels import Kernels

from .api_client import until


@pytest.fixture
def kernels(api, jp_serverapp, jp_asyncio_loop):
    """Kernels of this server, shut down at the end."""
    running = Kernels(api, jp_serverapp)
    yield running
    jp_asyncio_loop.run_until_complete(running.shut_all_down())


@pytest.fixture
def kernel(api, build, jp_asyncio_loop) -> str:
    """The name of the build's kernel, which runs with the Python of the tests."""
    found = jp_asyncio_loop.run_until_complete(api.build(build))
    python = Path(found["prefix"], "bin", "python")
    python.parent.mkdir(exist_ok=True)
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    python.chmod(0o755)
    (kernel,) = jp_asyncio_loop.run_until_complete(api.get("kernels/")).data
    return str(kernel["name"])


async def used_on(api, build: int) -> str | None:
    return (await api.build(build))["last_used_on"]


async def running(api) -> list[tuple[str, int]]:
    found = (await api.get("kernels/running/")).data
    return [(kernel["kernel_id"], kernel["build_id"]) for kernel in found]


async def test_an_interrupt_is_no_use(api, build, kernel, kernels):
    kernel_id = await kernels.start(kernel)
    await until(lambda: used_on(api, build))
    await kernels.run(kernel_id, "1")
    before = await used_on(api, build)
    reply = await api.request("POST", f"api/kernels/{kernel_id}/interrupt", root="")
    assert reply.status == 204
    await asyncio.sleep(0.3)
    assert await used_on(api, build) == before
    await kernels.shut_down(kernel_id)
    await until(lambda: is_later(api, build, before))


async def is_later(api, build: int, before: str | None) -> bool:
    return (await used_on(api, build) or "") > (before or "")


async def test_a_build_of_another_store_with_the_same_number_is_another(
    api, build, kernel, kernels, jp_serverapp, store_directory, tmp_path
):
    ours = store_directory / ".envstore" / "kernels" / kernel / "kernel.json"
    content = json.loads(ours.read_text())
    other = tmp_path / "other" / ".envstore" / "kernels"
    theirs = str(other), str(ours.parent.parent)
    content["argv"] = [word.replace(theirs[1], theirs[0]) for word in content["argv"]]
    script = next(Path(word) for word in content["argv"] if word.endswith("activate.sh"))
    assert script.is_relative_to(f"{other}-revisions")
    script.parent.mkdir(parents=True)
    script.touch()
    (other / "theirs").mkdir(parents=True)
    (other / "theirs" / "kernel.json").write_text(json.dumps(content))
    add_kernel_directory(jp_serverapp.kernel_spec_manager, other)
    await kernels.start("theirs")
    assert await running(api) == []
    kernel_id = await kernels.start(kernel)
    assert await running(api) == [(kernel_id, build)]
    await kernels.shut_all_down()


async def test_a_kernel_is_ours_also_by_a_link_that_is_gone(
    api, build, kernel, kernels, jp_serverapp, store_directory, tmp_path
):
    user = tmp_path / "user"
    user.mkdir()
    link_user_kernels(store_directory / ".envstore" / "kernels", user)
    manager = jp_serverapp.kernel_spec_manager
    manager.kernel_dirs = [str(user), *manager.kernel_dirs]
    kernel_id = await kernels.start(kernel)
    spec = jp_serverapp.kernel_manager.get_kernel(kernel_id).kernel_spec
    assert Path(spec.resource_dir).parent == user
    (user / kernel).unlink()
    assert await running(api) == [(kernel_id, build)]


async def test_a_console_has_no_document(api, kernel, kernels, jp_serverapp):
    for kind, path in (("console", "console-1-b2aab22c"), ("notebook", "analysis.ipynb")):
        body = {"path": path, "name": path, "type": kind, "kernel": {"name": kernel}}
        reply = await api.request("POST", "api/sessions", root="", body=body)
        assert reply.status == 201, reply.text
    loop = asyncio.get_running_loop()
    server = ServerKernels(jp_serverapp, [], None)
    documents = await loop.run_in_executor(None, server.documents, loop)
    assert set(documents.values()) == {"a console", "analysis.ipynb"}
    await jp_serverapp.kernel_manager.shutdown_all(now=True)
