"""A user's browser, as far as the server is concerned: it asks, and hears events."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from tools.jupyter_process import JupyterServer

from .workplace import API, Packages

_PATIENCE = 600.0
"""Seconds that a build may take before a benchmark gives up."""


class BuildFailed(Exception):
    """A build that was to be measured did not succeed; the message has its reason."""


@dataclass(frozen=True)
class Timeline:
    """The moments of one build, in seconds since the epoch."""

    build_id: int
    asked: float
    """Just before the request was sent."""
    answered: float
    completed: float
    """The event that says COMPLETED has arrived."""
    published: float
    """The event that says the kernels are there has arrived."""
    events: tuple[dict[str, Any], ...]
    """What the build's process said, each with the moment ``at`` which it said it."""

    @property
    def seconds(self) -> float:
        """From the request to COMPLETED."""
        return self.completed - self.asked

    def stages(self) -> dict[str, float]:
        """Return where the time went: what the server did before and after, and each phase."""
        at = {event["type"]: event["at"] for event in self.events if event["type"] != "phase"}
        entered = [(e["phase"], e["at"]) for e in self.events if e["type"] == "phase"]
        began = [*entered, ("", at["finished"])]
        phases: dict[str, float] = {}
        for (phase, start), (_, end) in pairwise(began):
            phases[phase.lower()] = phases.get(phase.lower(), 0.0) + end - start
        return {
            "request": self.answered - self.asked,
            "claim, start of the process": at["started"] - self.answered,
            "import of the engine": entered[0][1] - at["started"],
            **phases,
            "end of the process, record, announce": self.completed - at["finished"],
        }


class Client:
    """Talks to one server. Make it with `connected`."""

    def __init__(self, server: JupyterServer, socket: WebSocketClientConnection) -> None:
        self._server = server
        self._socket = socket
        self._http = AsyncHTTPClient()
        self._waiting: dict[tuple[str, int], asyncio.Future[float]] = {}

    async def request(self, method: str, path: str, body: object = None) -> Any:
        """Send a request and return the decoded reply."""
        text = await self.text(path, method, body)
        return json.loads(text) if text else None

    async def text(self, path: str, method: str = "GET", body: object = None) -> str:
        """Send a request and return the reply as it is."""
        request = HTTPRequest(
            self._server.url + path,
            method=method,
            body=None if body is None else json.dumps(body),
            headers={"Authorization": f"token {self._server.token}"},
            request_timeout=_PATIENCE,
        )
        reply = await self._http.fetch(request)
        return str(reply.body.decode())

    async def build(self, packages: Packages, name: str) -> Timeline:
        """Ask for a build, wait until it is published, and return when what happened.

        Raises `BuildFailed`.
        """
        return await self._build({"specification": packages.specification(name)})

    async def build_lockfile(self, lockfile: str, name: str) -> Timeline:
        """Ask for a build of a lockfile, as `build` does of packages."""
        more = {"is_lockfile": True, "environment_name": name}
        return await self._build({"specification": lockfile, **more})

    async def _build(self, body: dict[str, object]) -> Timeline:
        asked = time.time()
        build_id = await self._submit(body)
        answered = time.time()
        completed = await self.completed(build_id)
        published = await self._moment("kernels", build_id)
        said = await self.request("GET", f"{API}build/{build_id}/events")
        events = tuple(said["data"]["events"])
        return Timeline(build_id, asked, answered, completed, published, events)

    async def submit(self, packages: Packages, name: str) -> int:
        """Ask for a build and return its id."""
        return await self._submit({"specification": packages.specification(name)})

    async def _submit(self, body: dict[str, object]) -> int:
        return int((await self.request("POST", f"{API}specification", body))["data"]["build_id"])

    async def completed(self, build_id: int) -> float:
        """Wait until a build is COMPLETED, and return when that was; raise `BuildFailed`."""
        return await self._moment("build", build_id)

    async def listen(self) -> None:
        """Note events until the connection is closed."""
        while (message := await self._socket.read_message()) is not None:
            now, event = time.time(), json.loads(message)
            build_id = event.get("build_id")
            if build_id is None:
                continue
            if event["kind"] == "build" and event["status"] in ("FAILED", "CANCELED"):
                error = BuildFailed(f"Build {build_id} ended {event['status']}.")
                self._future("build", build_id).set_exception(error)
            elif event["kind"] == "kernels" or event["status"] == "COMPLETED":
                future = self._future(event["kind"], build_id)
                if not future.done():
                    future.set_result(now)

    async def _moment(self, kind: str, build_id: int) -> float:
        return await asyncio.wait_for(self._future(kind, build_id), _PATIENCE)

    def _future(self, kind: str, build_id: int) -> asyncio.Future[float]:
        loop = asyncio.get_running_loop()
        return self._waiting.setdefault((kind, build_id), loop.create_future())


@asynccontextmanager
async def connected(server: JupyterServer) -> AsyncIterator[Client]:
    """Listen to a server's events, and talk to it, until left."""
    url = server.url.replace("http", "ws", 1) + "api/events/subscribe"
    socket = await websocket_connect(f"{url}?token={server.token}")
    client = Client(server, socket)
    listening = asyncio.ensure_future(client.listen())
    try:
        # The store is open when this is answered.
        await client.request("GET", API)
        yield client
    finally:
        socket.close()
        await listening
