"""A Jupyter server in a process of its own, which can be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.builder.waiting import wait_for

TOKEN = "token-of-the-test"


class ServerProcess:
    """One running server; use `running`."""

    def __init__(
        self,
        home: Path,
        traits: dict[str, Any],
        variables: Mapping[str, str] | None = None,
        base_url: str = "/",
    ) -> None:
        self._runtime = home / "runtime"
        home.mkdir(parents=True)
        directories = {name: str(home / name.lower()) for name in ("CONFIG_DIR", "DATA_DIR")}
        environment = {f"JUPYTER_{name}": path for name, path in directories.items()}
        # No other extensions than ours, whatever is installed.
        environment |= {"JUPYTER_NO_CONFIG": "1", "JUPYTER_RUNTIME_DIR": str(self._runtime)}
        environment |= {"HOME": str(home)}
        self.log = home / "server.log"
        options = [f"--EnvStore.{name}={value}" for name, value in traits.items()]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"),
                    "--ServerApp.jpserver_extensions={'jupyter_envstore': True}",
                    *("--ip=127.0.0.1", "--port=0", f"--IdentityProvider.token={TOKEN}"),
                    f"--ServerApp.base_url={base_url}",
                    *options,
                ],
                cwd=home,
                env={**os.environ, **(variables or {}), **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.url = ""
        """With the base URL, and a slash at the end; known when the server is ready."""

    def wait_until_ready(self) -> None:
        info = wait_for(self._info, "the server writes its address", 60)
        self.url = f"{info['url'].rstrip('/')}/"
        wait_for(self._answers, "the server answers", 60)

    @property
    def address(self) -> str:
        """The base URL, with a slash at its end."""
        return self.url

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """Return the data of a reply of the API."""
        return json.loads(self.text(path, method, body)).get("data")

    def text(self, path: str, method: str = "GET", body: Any = None) -> str:
        """Return a reply of the API as it is."""
        request = urllib.request.Request(
            f"{self.url}envstore/api/v1/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {TOKEN}"},
        )
        with urllib.request.urlopen(request, timeout=30) as reply:
            return str(reply.read().decode())

    def submit(self, *dependencies: str, channels: tuple[str, ...], name: str = "env") -> int:
        specification = {"name": name, "channels": channels, "dependencies": dependencies}
        body = {"specification": json.dumps(specification), "namespace": "ns"}
        return int(self.request("POST", "specification/", body)["build_id"])

    def build(self, build_id: int) -> dict[str, Any]:
        return dict(self.request("GET", f"build/{build_id}/"))

    def kill(self) -> None:
        """End the server alone, without a word, as an administrator or the kernel does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        """Ask the server to end, and wait until it has."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        finally:
            self.process.kill()
            self.process.wait()

    def _answers(self) -> bool:
        # The address is written a moment before the server listens.
        with suppress(urllib.error.URLError):
            return bool(self.request("GET", ""))
        return False

    def _info(self) -> dict[str, Any] | None:
        assert self.process.poll() is None, self.log.read_text()
        file = self._runtime / f"jpserver-{self.process.pid}.json"
        with suppress(FileNotFoundError, ValueError):  # Not there, or half written.
            return dict(json.loads(file.read_text()))
        return None


@contextmanager
def running(home: Path, *, base_url: str = "/", **traits: Any) -> Iterator[ServerProcess]:
    """Run a server until the block ends. `traits` are those of `EnvStore`."""
    server = ServerProcess(home, traits, base_url=base_url)
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.stop()
