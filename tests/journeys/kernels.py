"""Kernels of the server under test."""

from __future__ import annotations

import json
from typing import Any

from tests.handlers.api_client import Api


class Kernels:
    """Starts kernels as the browser does, and runs code in them."""

    def __init__(self, api: Api, serverapp: Any) -> None:
        self._api = api
        self._manager = serverapp.kernel_manager
        self._started: list[str] = []

    async def specs(self) -> dict[str, Any]:
        """Return what the launcher shows, by name."""
        reply = await self._api.request("GET", "api/kernelspecs", root="")
        return dict(reply.json["kernelspecs"])

    async def start(self, name: str, notebook: str | None = None) -> str:
        """Start a kernel, for a notebook if one is given; return its id."""
        if notebook is None:
            reply = await self._api.request("POST", "api/kernels", root="", body={"name": name})
            assert reply.status == 201, reply.text
            kernel_id = reply.json["id"]
        else:
            body = {"path": notebook, "name": "", "type": "notebook", "kernel": {"name": name}}
            reply = await self._api.request("POST", "api/sessions", root="", body=body)
            assert reply.status == 201, reply.text
            kernel_id = reply.json["kernel"]["id"]
        self._started.append(kernel_id)
        return str(kernel_id)

    async def run(self, kernel_id: str, expression: str) -> Any:
        """Return the value, as JSON, of an expression that may use json, os and sys."""
        client = self._manager.get_kernel(kernel_id).client()
        client.start_channels()
        printed: list[str] = []

        def read(message: dict[str, Any]) -> None:
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])

        code = f"import json, os, sys\nprint(json.dumps({expression}))"
        try:
            await client.wait_for_ready(timeout=60)
            reply = await client.execute_interactive(code, timeout=60, output_hook=read)
        finally:
            client.stop_channels()
        assert reply["content"]["status"] == "ok", reply["content"]
        return json.loads("".join(printed))

    async def shut_down(self, kernel_id: str) -> None:
        self._started.remove(kernel_id)
        await self._manager.shutdown_kernel(kernel_id, now=True)

    async def shut_all_down(self) -> None:
        for kernel_id in list(self._started):
            await self.shut_down(kernel_id)
