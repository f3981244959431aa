"""The main job without a browser: from an empty store to a cell that ran on a new environment.

Everything goes through HTTP, against a real Jupyter server. Each step is printed with its
duration; the exit status is not 0 if one fails.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

from tornado.websocket import websocket_connect

from .channel_choice import choose_channel
from .jupyter_process import JupyterServer, jupyter_server

API = "envstore/api/v1/"
CELL = "import sys, numpy; print(sys.prefix); print(numpy.__version__)"

_PATIENCE = 600.0
"""Seconds that the build may take; with conda-forge it downloads first."""


class StepFailed(Exception):
    """A step did not do what it should; the message says what it did instead."""


def main() -> int:
    """Run the demo; return the exit status."""
    channel = choose_channel()
    with tempfile.TemporaryDirectory(prefix="envstore-demo-") as directory:
        root = Path(directory)
        began = time.monotonic()
        options = {"EnvStore.store_directory": root / "store"}
        try:
            with jupyter_server(root, options, log=root / "jupyter.log") as server:
                _report("server", "a Jupyter server runs, with token and XSRF", began)
                _tell_story(server, channel)
        except (StepFailed, OSError) as failure:
            print(f"FAILED: {failure}", file=sys.stderr)
            return 1
    print("All steps succeeded.")
    return 0


def _tell_story(server: JupyterServer, channel: str) -> None:
    environments = server.request("GET", f"{API}environment/")["data"]
    if environments:
        raise StepFailed(f"the store is not empty: {environments}")

    began = time.monotonic()
    build_id = _submit(server, channel)
    _report("submit", f"build {build_id} is queued", began)

    build = _wait_for_end(server, build_id)
    for phase, seconds in _phases(server, build_id).items():
        print(f"{phase.lower():12} {seconds:8.3f} s")
    _report("publish", f"build {build_id} is COMPLETED: {build['prefix']}", began)

    kernel = _wait_for_kernel(server, build_id)
    _report("kernel", f"/api/kernelspecs lists {kernel}", began)

    began = time.monotonic()
    prefix, numpy_version = asyncio.run(_run_cell(server, kernel))
    if prefix != build["prefix"]:
        raise StepFailed(f"the kernel runs in {prefix}, not in {build['prefix']}")
    _report("cell", f"sys.prefix is {prefix}, numpy is {numpy_version}", began)


def _submit(server: JupyterServer, channel: str) -> int:
    specification = {
        "name": "demo",
        "channels": [channel],
        "dependencies": ["python", "ipykernel", "numpy"],
    }
    reply = server.request(
        "POST", f"{API}specification/", {"specification": json.dumps(specification)}
    )
    return int(reply["data"]["build_id"])


def _wait_for_end(server: JupyterServer, build_id: int) -> dict[str, Any]:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        build: dict[str, Any] = server.request("GET", f"{API}build/{build_id}/")["data"]
        if build["status"] == "COMPLETED":
            return build
        if build["status"] in ("FAILED", "CANCELED"):
            raise StepFailed(f"the build ended {build['status']}: {build['status_info']}")
        time.sleep(0.05)
    raise StepFailed(f"the build took longer than {_PATIENCE:.0f} seconds")


def _phases(server: JupyterServer, build_id: int) -> dict[str, float]:
    said = server.request("GET", f"{API}build/{build_id}/events/")["data"]["events"]
    verdict = said[-1]
    if verdict["type"] != "finished":
        raise StepFailed(f"the build did not say that it finished, but {verdict}")
    seconds: dict[str, float] = verdict["seconds"]
    return seconds


def _wait_for_kernel(server: JupyterServer, build_id: int) -> str:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found = server.request("GET", "api/kernelspecs")["kernelspecs"]
        for name, entry in found.items():
            ours = entry["spec"]["metadata"].get("envstore", {})
            if ours.get("build_id") == build_id:
                return str(name)
        time.sleep(0.02)
    raise StepFailed("the kernel of the build did not appear")


async def _run_cell(server: JupyterServer, kernel: str) -> tuple[str, str]:
    """Start the kernel, run `CELL` over its websocket, and return what it printed."""
    started = server.request("POST", "api/kernels", {"name": kernel})
    channels = server.url.replace("http", "ws", 1) + f"api/kernels/{started['id']}/channels"
    connection = await websocket_connect(f"{channels}?token={server.token}")
    message_id = uuid.uuid4().hex
    header = {
        "msg_id": message_id,
        "msg_type": "execute_request",
        "username": "",
        "session": uuid.uuid4().hex,
        "version": "5.3",
    }
    content = {"code": CELL, "silent": False, "store_history": False, "allow_stdin": False}
    request = {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}}
    await connection.write_message(json.dumps({**request, "content": content}))
    try:
        printed = await asyncio.wait_for(_printed(connection, message_id), 60)
    finally:
        connection.close()
        server.request("DELETE", f"api/kernels/{started['id']}")
    prefix, version = printed.split()
    return prefix, version


async def _printed(connection: Any, message_id: str) -> str:
    text = ""
    while (raw := await connection.read_message()) is not None:
        message = json.loads(raw)
        if message["parent_header"].get("msg_id") != message_id:
            continue
        content = message["content"]
        if message["msg_type"] == "stream":
            text += content["text"]
        elif message["msg_type"] == "error":
            raise StepFailed(f"the cell raised {content['ename']}: {content['evalue']}")
        elif message["msg_type"] == "status" and content["execution_state"] == "idle":
            return text
    raise StepFailed("the kernel closed the connection")


def _report(step: str, what: str, began: float) -> None:
    print(f"{step:12} {time.monotonic() - began:8.3f} s  {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
