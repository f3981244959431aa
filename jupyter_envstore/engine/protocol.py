"""The words between a build's process and its supervisor: an order in, event lines out.

The order is a JSON file whose path is the process's one argument. Events are JSON objects, one a
line, on the process's standard output, which its supervisor connects to a file: there is no pipe
to drain, and the events survive everybody's death.
"""

from __future__ import annotations

import dataclasses
import json
import os
import time
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

from ..domain.build import Phase
from ..domain.errors import Problem
from ..domain.events import WORKER_EVENTS, WorkerEvent
from ..domain.order import WorkOrder

EVENTS_FILE = "events.jsonl"
ORDER_FILE = "order.json"
CANCEL_FILE = "cancel"
"""Its content says why: ``cancel`` (a user), ``shutdown`` (the server stops), ``lost`` (the
supervisor is out of the server's sight, or the server gone)."""
LEASE_FILE = "lease"
"""The supervisor's sign of life. Whoever takes it first supervises the attempt, nobody else."""
LOCK_FILE = "lock"
"""Locked by the process for as long as it lives: nothing is removed while it is."""
GIVEN_LOCK_FILE = "lock.json"
"""The lockfile that the build is to install from, if there is one."""
STAGING = "prefix"

_EVENT_TYPES = {event.type: event for event in WORKER_EVENTS}


def write_order(order: WorkOrder) -> Path:
    """Write the order into its attempt's directory and return the file's path."""
    path = Path(order.directory) / ORDER_FILE
    path.write_text(json.dumps(dataclasses.asdict(order)), encoding="utf-8")
    return path


def read_order(path: Path) -> WorkOrder:
    """Read what `write_order` wrote."""
    raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in raw.items()
    }
    return WorkOrder(**fields)


def encode(event: WorkerEvent, at: float) -> str:
    """Return the event as one line of JSON; `at` is in seconds since the epoch."""
    body = {"type": event.type, "at": round(at, 4), **dataclasses.asdict(event)}
    return json.dumps(body, default=_plain)


def decode(line: str) -> WorkerEvent | None:
    """Return the event of a line; None for a type that this version does not know."""
    raw: dict[str, Any] = json.loads(line)
    kind = _EVENT_TYPES.get(raw.pop("type", ""))
    if kind is None:
        return None
    known = {field.name for field in dataclasses.fields(kind)}
    values = {name: value for name, value in raw.items() if name in known}
    if "phase" in values:
        values["phase"] = Phase(values["phase"])
    if "problems" in values:
        values["problems"] = tuple(map(Problem.from_json, values["problems"]))
    if "suggestions" in values:
        values["suggestions"] = tuple(values["suggestions"])
    return kind(**values)


def read_lines(path: Path, offset: int = 0) -> tuple[list[str], int]:
    """Return the whole lines from a byte offset, and the offset behind them.

    A last line that is not finished yet is left for the next call; a missing file has no lines.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read()
    except FileNotFoundError:
        return [], offset
    end = data.rfind(b"\n") + 1
    return data[:end].decode("utf-8", "replace").splitlines(), offset + end


def read_events(path: Path, offset: int = 0) -> tuple[list[WorkerEvent], int]:
    """Return the known events from a byte offset, and the offset behind them."""
    lines, offset = read_lines(path, offset)
    return list(_decoded(lines)), offset


def _decoded(lines: list[str]) -> Iterator[WorkerEvent]:
    for line in lines:
        try:
            event = decode(line)
        except (ValueError, TypeError):
            continue  # A line torn by a crash says nothing.
        if event is not None:
            yield event


class EventWriter:
    """Writes events to a file descriptor, whole lines at a time (one ``write`` each)."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def emit(self, event: WorkerEvent) -> None:
        os.write(self._descriptor, encode(event, time.time()).encode() + b"\n")


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
