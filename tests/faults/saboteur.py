"""In the processes of a store: waits for the events of the plan, and does the deeds."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from .plan import PLAN_VARIABLE, Fault, Room
from .steps import thread_of_server, watch_files, watch_statements

SERVERS = ("tests.faults.store_server", "jupyter_server")
"""The modules that are run as servers."""


class Saboteur:
    """Counts the events of one process, and acts on those that the plan names."""

    def __init__(self, room: Room, role: str) -> None:
        self._room = room
        self._role = role
        self._pid = os.getpid()
        self._faults, self._trace = room.read_plan()
        self._counts: Counter[str] = Counter()
        self._armed = False
        self._lock = threading.Lock()

    def reached(self, event: str) -> None:
        """Note the event, and act if it is one of the plan's; may not return."""
        # A process that the server forks has inherited this.
        if os.getpid() != self._pid or not self._is_armed():
            return
        with self._lock:
            self._counts[event] += 1
            count = self._counts[event]
        if self._trace:
            line = f"{self._role} {event}\n".encode()
            with contextlib.suppress(OSError):
                steps = os.open(self._room.steps, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
                os.write(steps, line)
                os.close(steps)
        for index, fault in enumerate(self._faults):
            if self._matches(fault, event, count):
                self._fire(index, fault)

    def _is_armed(self) -> bool:
        self._armed = self._armed or self._room.armed
        return self._armed

    def _matches(self, fault: Fault, event: str, count: int) -> bool:
        return (
            fault.role == self._role
            and fault.event == event
            and fault.occurrence == count
            and fault.attempt in (None, _attempt())
            and (fault.after is None or self._room.fired(fault.after).exists())
        )

    def _fire(self, index: int, fault: Fault) -> None:
        said = self._room.directory / f"firing.{self._pid}.{threading.get_ident()}"
        said.write_text(json.dumps({"pid": self._pid, "event": fault.event}))
        try:
            # Once in all processes of the case, and whole for who looks.
            os.link(said, self._room.fired(index))
        except FileExistsError:
            return
        for deed in fault.deeds:
            DEEDS[deed](self._room)


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def _server(room: Room) -> int:
    return int(room.server.read_text())


def _hold(_: Room) -> None:
    """As a package that takes for ever to link."""
    while True:
        time.sleep(60)


def _events_file() -> Path:
    return Path(sys.orig_argv[-1]).with_name("events.jsonl")


def _tear(_: Room) -> None:
    """Leave half of the last line, as a crash of the machine does."""
    file = _events_file()
    lines = file.read_bytes().splitlines(keepends=True)
    os.truncate(file, sum(map(len, lines)) - len(lines[-1]) // 2)


def _scribble(_: Room) -> None:
    """Write a line that is no event, and another one that never ends."""
    with _events_file().open("ab") as file:
        file.write(b'\x00\xff{"type": "finished"\n{"type": "refused", "kind": "disk", "mess')


def _fill(room: Room) -> None:
    """Leave no free byte on the file system of the case."""
    with contextlib.suppress(OSError), room.ballast.open("wb", buffering=0) as ballast:
        for size in (1 << 16, 1 << 8, 1):
            with contextlib.suppress(OSError):
                while True:
                    ballast.write(b"\0" * size)


DEEDS: dict[str, Callable[[Room], None]] = {
    "kill self": lambda room: _kill(os.getpid()),
    "kill supervisor": lambda room: _kill(os.getppid()),
    "kill server": lambda room: _kill(_server(room)),
    "stop self": lambda room: os.kill(os.getpid(), signal.SIGSTOP),
    "stop server": lambda room: os.kill(_server(room), signal.SIGSTOP),
    "tear the events of self": _tear,
    "scribble into the events of self": _scribble,
    "fill the disk": _fill,
    "hold self": _hold,
}

_installed: Saboteur | None = None


def install() -> None:
    """Begin to watch, if this is a process that the plan is about."""
    global _installed
    role = _role()
    if role is None:
        return
    room = Room(Path(os.environ[PLAN_VARIABLE]).parent)
    _installed = Saboteur(room, role)
    thread = thread_of_server if role == "server" else lambda: "child"
    watch_files(room.store, _installed.reached, thread)
    if role == "server":
        room.server.write_text(str(os.getpid()))
        watch_statements(_installed.reached)
    else:
        _watch_events(_installed)


def reached(event: str) -> None:
    """Tell of an event that cannot be seen from outside."""
    if _installed is not None:
        _installed.reached(event)


def _role() -> str | None:
    if "jupyter_envstore.engine.worker" in sys.orig_argv:
        return "worker"
    return "server" if any(module in sys.orig_argv for module in SERVERS) else None


def _attempt() -> int | None:
    name = Path(sys.orig_argv[-1]).parent.name
    return int(name.rpartition(".")[2]) if name.rpartition(".")[2].isdigit() else None


def _watch_events(saboteur: Saboteur) -> None:
    from jupyter_envstore.domain.events import PhaseEntered, Progress, WorkerEvent
    from jupyter_envstore.engine.protocol import EventWriter

    emit = EventWriter.emit

    def watched(self: EventWriter, event: WorkerEvent) -> None:
        phase = f" {event.phase.value}" if isinstance(event, (PhaseEntered, Progress)) else ""
        saboteur.reached(f"before {event.type}{phase}")
        emit(self, event)
        saboteur.reached(f"{event.type}{phase}")

    EventWriter.emit = watched  # type: ignore[method-assign]
