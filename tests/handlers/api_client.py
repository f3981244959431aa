"""A client of the API of the server under test."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tornado.httpclient import HTTPResponse
from tornado.httputil import HTTPHeaders

API = "envstore/api/v1/"


@dataclass(frozen=True)
class Reply:
    """What came back, whatever the status."""

    status: int
    text: str
    headers: HTTPHeaders

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def data(self) -> Any:
        """What a successful reply carries."""
        assert self.status == 200, self.text
        body = self.json
        assert body["status"] == "ok"
        return body["data"]

    @property
    def error(self) -> dict[str, Any]:
        """The body of an error, which always has the same keys."""
        assert self.status >= 400, self.text
        body = self.json
        assert body["status"] == "error"
        assert {"message", "hint", "problems"} <= body.keys()
        assert isinstance(body["message"], str)
        assert body["message"]
        assert "Traceback" not in self.text
        return body


class Api:
    """Paths are relative to the API's root."""

    def __init__(self, client: Any, base_url: str, headers: dict[str, str]) -> None:
        self.client = client
        self.base_url = base_url
        self._headers = headers

    @property
    def token(self) -> str:
        return self._headers["Authorization"].removeprefix("token ")

    async def get(self, path: str, **options: Any) -> Reply:
        return await self.request("GET", path, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> Reply:
        return await self.request("POST", path, body=body, **options)

    async def put(self, path: str, body: Any = None, **options: Any) -> Reply:
        return await self.request("PUT", path, body=body, **options)

    async def delete(self, path: str, **options: Any) -> Reply:
        return await self.request("DELETE", path, **options)

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        headers: dict[str, str] | None = None,
        on_data: Callable[[bytes], None] | None = None,
        root: str = API,
    ) -> Reply:
        """Send a request; `headers` replace those that authenticate, `body` becomes JSON."""
        content = body if isinstance(body, (str, bytes)) else json.dumps(body)
        response: HTTPResponse = await self.client.fetch(
            f"{self.base_url}{root}{path}",
            method=method,
            headers=self._headers if headers is None else headers,
            body=None if method in ("GET", "HEAD") or body is None else content,
            allow_nonstandard_methods=True,
            follow_redirects=False,
            raise_error=False,
            request_timeout=60,
            streaming_callback=on_data,
        )
        text = response.body.decode() if response.body else ""
        return Reply(response.code, text, response.headers)

    # -- what many tests do ------------------------------------------------------------------------

    async def submit(
        self,
        *dependencies: Any,
        name: str = "env",
        namespace: str = "ns",
        channels: tuple[str, ...] = ("https://example.org/c",),
        **more: Any,
    ) -> int:
        """Ask for a build and return its id."""
        specification = {"name": name, "channels": channels, "dependencies": dependencies, **more}
        sent = {"specification": json.dumps(specification), "namespace": namespace}
        return int((await self.post("specification/", sent)).data["build_id"])

    async def build(self, build_id: int) -> dict[str, Any]:
        return dict((await self.get(f"build/{build_id}/")).data)

    async def environment(self, name: str = "env", namespace: str = "ns") -> dict[str, Any]:
        return dict((await self.get(f"environment/{namespace}/{name}/")).data)

    async def log(self, build_id: int) -> str:
        return (await self.get(f"build/{build_id}/logs/")).text

    async def ended(self, build_id: int, timeout: float = 60) -> dict[str, Any]:
        """Wait for the end of a build and return the build."""

        async def look() -> dict[str, Any] | None:
            build = await self.build(build_id)
            return build if build["status"] not in ("QUEUED", "BUILDING") else None

        return await until(look, timeout=timeout)

    async def completed(self, build_id: int, timeout: float = 60) -> dict[str, Any]:
        """Wait for a build to be COMPLETED, and its kernels published if it became current."""
        build = await self.ended(build_id, timeout)
        assert build["status"] == "COMPLETED", f"{build['status_info']}\n{await self.log(build_id)}"

        async def announced() -> bool:
            events = (await self.get("events/")).data["events"]
            published = [e for e in events if e["kind"] == "kernels" and e["build_id"] == build_id]
            return bool(published) or not build["published"]

        await until(announced)
        return build


async def until(condition: Callable[[], Awaitable[Any]], timeout: float = 30) -> Any:
    """Return the first true value of a condition; fail if none comes in time."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if value := await condition():
            return value
        await asyncio.sleep(0.02)
    raise AssertionError(f"did not happen within {timeout} s")
