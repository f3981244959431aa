"""Servers on loopback that ask who comes: a channel with passwords or tokens, a proxy, TLS."""

from __future__ import annotations

import base64
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit


@dataclass
class Asked:
    """One request. As a proxy, the server sees whole URLs as paths."""

    path: str
    headers: dict[str, str]


@dataclass
class PrivateServer:
    """Serves a directory. Set `password` or `token`, or neither, before `serve`.

    Paths below ``/t/<token>`` are those of the directory. As a proxy it answers for every host.
    """

    directory: Path
    password: tuple[str, str] | None = None
    token: str | None = None
    proxy_password: tuple[str, str] | None = None
    certificate: Path | None = None
    """A PEM file with certificate and key: serve TLS."""
    asked: list[Asked] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http{'s' if self.certificate else ''}://127.0.0.1:{self.port}"

    @contextmanager
    def serve(self) -> Iterator[PrivateServer]:
        private = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                private._answer(self)

            do_HEAD = do_GET  # noqa: N815  # The name that http.server looks for.

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # Peers may hang up.
        if self.certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.asked.append(Asked(handler.path, headers))
        path = unquote(urlsplit(handler.path).path)
        if self.proxy_password and headers.get("proxy-authorization") != basic(self.proxy_password):
            handler.send_error(407)
            return
        if self.password and headers.get("authorization") != basic(self.password):
            handler.send_error(401)
            return
        if self.token is not None:
            if not path.startswith(f"/t/{self.token}/"):
                handler.send_error(403)
                return
            path = path.removeprefix(f"/t/{self.token}")
        file = self.directory / path.lstrip("/")
        if file.is_dir():
            file /= "index.html"
        if not file.is_file():
            handler.send_error(404)
            return
        content = file.read_bytes()
        handler.send_response(200)
        kind = "text/html" if file.suffix == ".html" else "application/octet-stream"
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        if handler.command == "GET":
            handler.wfile.write(content)


def basic(password: tuple[str, str]) -> str:
    return "Basic " + base64.b64encode(":".join(password).encode()).decode()


def make_certificates(directory: Path) -> tuple[Path, Path]:
    """Make an authority, and a certificate for 127.0.0.1 by it; return both PEM files."""
    authority, key = directory / "authority.pem", directory / "authority.key"
    server, request = directory / "server.pem", directory / "server.csr"
    extensions = directory / "extensions"
    extensions.write_text("subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
    new = ["openssl", "req", "-newkey", "rsa:2048", "-nodes"]
    _run([*new, "-x509", "-keyout", key, "-out", authority, "-days", "2", "-subj", "/CN=Test CA"])
    _run([*new, "-keyout", directory / "server.key", "-out", request, "-subj", "/CN=channel"])
    sign = ["openssl", "x509", "-req", "-in", request, "-CA", authority, "-CAkey", key]
    _run([*sign, "-CAcreateserial", "-out", server, "-days", "2", "-extfile", extensions])
    server.write_text(server.read_text() + (directory / "server.key").read_text())
    return authority, server


def _run(command: list[str | Path]) -> None:
    subprocess.run(command, check=True, capture_output=True)
