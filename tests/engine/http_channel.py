"""A channel served over HTTP on loopback, slowly or badly where a test asks for it."""

from __future__ import annotations

import fnmatch
import hashlib
import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

CHUNK = 8 * 1024
HTML = b"<!DOCTYPE html><html><body>Please log in to the network.</body></html>"


@dataclass
class Fault:
    """What happens instead of a good answer, for paths that match, so many times."""

    pattern: str
    kind: str
    """``status``, ``html``, ``reset``, ``truncated`` (closed early), ``corrupted`` (other bytes),
    ``stalled`` (never ends) or ``held`` (goes on after `HttpChannel.release`)."""
    times: float = float("inf")
    status: int = 503
    after: int = 1000
    """Bytes of the body that still arrive before an answer stops."""


@dataclass
class HttpChannel:
    """Serves the directory of a channel; start it with `serve`.

    `bytes_per_second` limits each connection. `requests` lists the paths asked for with GET, in
    order, faults included. `failed` counts the answers that were faults. With `max_age`, in
    seconds, answers say how long they hold and have an entity tag, and `unchanged` counts the
    requests that were answered with 304.
    """

    directory: Path
    bytes_per_second: float | None = None
    faults: list[Fault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    failed: int = 0
    max_age: int | None = None
    unchanged: int = 0
    url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _released: threading.Event = field(default_factory=threading.Event)

    def fail(self, pattern: str, kind: str = "status", **values: Any) -> None:
        """Answer badly for paths that match the glob `pattern`."""
        self.faults.append(Fault(pattern, kind, **values))

    def asked_for(self, pattern: str) -> int:
        """Return how often a matching path was asked for with GET."""
        with self._lock:
            return sum(fnmatch.fnmatch(path, pattern) for path in self.requests)

    def release(self) -> None:
        """Let the answers that are ``held`` go on."""
        self._released.set()

    def _fault_for(self, path: str, *, body: bool) -> Fault | None:
        with self._lock:
            for fault in self.faults:
                if not body and fault.kind in ("truncated", "stalled", "held"):
                    continue  # Only what has a body can stop in the middle of it.
                if fault.times > 0 and fnmatch.fnmatch(path, fault.pattern):
                    fault.times -= 1
                    self.failed += 1
                    return fault
        return None

    @contextmanager
    def serve(self) -> Iterator[HttpChannel]:
        """Serve until the block ends; connections that are open then are closed."""
        channel = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                channel._answer(self, body=True)

            def do_HEAD(self) -> None:
                channel._answer(self, body=False)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # Peers may hang up.
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield self
        finally:
            self._stopping.set()
            self._released.set()
            server.shutdown()
            thread.join()
            server.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler, *, body: bool) -> None:
        path = unquote(urlsplit(handler.path).path)
        with self._lock:
            if body:
                self.requests.append(path)
        fault = self._fault_for(path, body=body)
        if fault is None:
            self._send_file(handler, path, body=body)
        elif fault.kind == "status":
            self._send(handler, fault.status, b"not now\n", body=body)
        elif fault.kind == "html":
            self._send(handler, 200, HTML, "text/html", body=body)
        elif fault.kind == "reset":
            # Linger 0 makes close() send RST, as a broken proxy does.
            handler.connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            handler.close_connection = True
            handler.connection.close()
        else:
            self._send_file(handler, path, body=body, fault=fault)

    def _send_file(
        self, handler: BaseHTTPRequestHandler, path: str, *, body: bool, fault: Fault | None = None
    ) -> None:
        file = (self.directory / path.lstrip("/")).resolve()
        if file.is_dir():
            file /= "index.html"
        if not file.is_file() or self.directory.resolve() not in file.parents:
            self._send(handler, 404, b"no such file\n", body=body)
            return
        kind = "text/html" if file.suffix == ".html" else "application/octet-stream"
        content = file.read_bytes()
        caching = self._caching(content)
        if caching and handler.headers.get("If-None-Match") == caching["ETag"]:
            with self._lock:
                self.unchanged += 1
            self._send(handler, 304, b"", kind, caching, body=False)
            return
        self._send(handler, 200, content, kind, caching, body=body, fault=fault)

    def _caching(self, content: bytes) -> dict[str, str]:
        if self.max_age is None:
            return {}
        tag = hashlib.sha256(content).hexdigest()[:16]
        return {"ETag": f'"{tag}"', "Cache-Control": f"max-age={self.max_age}"}

    def _send(
        self,
        handler: BaseHTTPRequestHandler,
        status: int,
        content: bytes,
        kind: str = "text/plain",
        headers: Mapping[str, str] | None = None,
        *,
        body: bool,
        fault: Fault | None = None,
    ) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        if status != 304:
            handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        if not body:
            return
        end = len(content) if fault is None else min(fault.after, len(content))
        self._write(handler, content[:end])
        if fault is None:
            return
        if fault.kind == "corrupted":
            self._write(handler, bytes(byte ^ 0xFF for byte in content[end:]))
            return
        if fault.kind == "held":
            self._released.wait()
            self._write(handler, content[end:])
            return
        if fault.kind == "stalled":
            self._stopping.wait()
        handler.close_connection = True

    def _write(self, handler: BaseHTTPRequestHandler, content: bytes) -> None:
        for start in range(0, len(content), CHUNK):
            piece = content[start : start + CHUNK]
            handler.wfile.write(piece)
            if self.bytes_per_second is not None:
                time.sleep(len(piece) / self.bytes_per_second)
