"""A real Jupyter server in a process of its own, with token and XSRF protection on."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class JupyterServer:
    """A running server: where it is, and how to talk to it."""

    url: str
    token: str
    pid: int

    def request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Send a request and return the decoded reply.

        Raises `urllib.error.HTTPError` with what the server said about an error as its reason.
        """
        request = urllib.request.Request(
            self.url + path.lstrip("/"),
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                text = reply.read().decode()
        except urllib.error.HTTPError as error:
            error.msg = f"{error.msg}: {error.read().decode()}"
            raise
        return json.loads(text) if text else None


@contextmanager
def jupyter_server(
    directory: Path, options: Mapping[str, object], *, log: Path, environ: Mapping[str, str] = {}
) -> Iterator[JupyterServer]:
    """Run a server in `directory` with these traits, e.g. ``{"EnvStore.max_attempts": 2}``."""
    port, token = free_port(), secrets.token_hex(16)
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", f"--port={port}"]
    command += [f"--ServerApp.root_dir={directory}", "--ServerApp.port_retries=0"]
    command += ["--ServerApp.jpserver_extensions=jupyter_envstore=True"]
    command += [f"--{name}={value}" for name, value in options.items()]
    if os.geteuid() == 0:
        command.append("--allow-root")
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=directory,
            env={**os.environ, **environ, "JUPYTER_TOKEN": token},
        )
    try:
        server = JupyterServer(f"http://127.0.0.1:{port}/", token, process.pid)
        _wait_until_ready(server, process, log)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(
    server: JupyterServer, process: subprocess.Popen[bytes], log: Path, patience: float = 60
) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and process.poll() is None:
        try:
            server.request("GET", "api")
        except OSError:  # Refused, or reset while the server begins to listen.
            time.sleep(0.05)
        else:
            return
    said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise RuntimeError(f"The Jupyter server did not start:\n{said}")
