"""The server of a case as a process: started, told what to do, killed, stopped."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.builder.waiting import wait_for

from .plan import PLAN_VARIABLE, NotInjected, Room

ROOT = Path(__file__).parents[2]
INJECTED = Path(__file__).parent / "injected"
_PATIENCE = 120.0
_SOON = 10.0
_END = b"end"


class ServerDied(Exception):
    """The server ended while something was asked of it."""


def environment_of(room: Room) -> dict[str, str]:
    """Return the variables with which the processes of a case let the saboteur in."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(INJECTED)]),
        PLAN_VARIABLE: str(room.plan),
    }


def state_of(pid: int) -> str:
    """Return the letter of a process's state (T: suspended, Z: dead); empty if there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[0]


class StoreProcess:
    """One `store_server`; use `serving`."""

    def __init__(self, room: Room, settings: dict[str, Any]) -> None:
        file = room.directory / "settings.json"
        file.write_text(json.dumps(settings))
        self.log = room.directory / "server.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.store_server", str(file)],
                cwd=ROOT,
                env=environment_of(room),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        self._replies: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_until_ready(self) -> None:
        self._reply()

    def ask(self, do: str, **arguments: Any) -> Any:
        """Have a command carried out and return its value; raise `ServerDied` if that fails."""
        stdin = self.process.stdin
        assert stdin is not None
        try:
            stdin.write(json.dumps({"do": do, **arguments}).encode() + b"\n")
            stdin.flush()
        except BrokenPipeError as error:
            raise ServerDied from error
        return self._reply()

    @property
    def dead(self) -> bool:
        return self.process.poll() is not None

    @property
    def stopped(self) -> bool:
        """Whether it is suspended, by SIGSTOP."""
        return state_of(self.process.pid) == "T"

    def wait_until_dead(self) -> None:
        """Wait for the plan's fault; raise `NotInjected` if it leaves the server alone."""
        try:
            wait_for(lambda: self.dead or self.stopped, timeout=_SOON)
        except AssertionError as error:
            raise NotInjected("the server was not killed") from error
        self.kill()

    def kill(self) -> None:
        """End it, and nothing else, without a word."""
        if not self.dead:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        """Ask it to end, in good order; raise `ServerDied` if it is killed meanwhile."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        status = self.process.wait(30)
        if status == -signal.SIGKILL:
            raise ServerDied
        assert status == 0, f"the server ended with status {status}:\n{self.log.read_text()}"

    def close(self) -> None:
        self.kill()
        for stream in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()
        self._reader.join()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._replies.put(line)

    def _reply(self) -> Any:
        line = wait_for(self._next_line, "the server answers", _PATIENCE)
        if line is _END:
            raise ServerDied
        reply = json.loads(line)
        assert "refused" not in reply, reply
        return reply["value"]

    def _next_line(self) -> bytes | None:
        with suppress(queue.Empty):
            return self._replies.get(timeout=0.05)
        # A server that is suspended is as good as dead.
        return _END if self.stopped or not self._reader.is_alive() else None


@contextmanager
def serving(room: Room, settings: dict[str, Any]) -> Iterator[StoreProcess]:
    """Run a server until the block ends, which does not stop it in good order: see `stop`.

    It may be dead before it is ready, if the plan says so.
    """
    server = StoreProcess(room, settings)
    try:
        try:
            server.wait_until_ready()
        except ServerDied:
            assert room.any_fired, f"the server did not start:\n{server.log.read_text()}"
        yield server
    finally:
        server.close()
