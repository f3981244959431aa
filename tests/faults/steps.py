"""The steps by which a process changes what is kept: each change of a file, each statement.

A step has the name of the thread that takes it, so that it is the same one in each run:
``dispatcher: rename .envstore/work/1.1 -> .envstore/trash/#``.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

Reached = Callable[[str], None]

_THREADS = {
    "envstore-dispatcher": "dispatcher",
    "envstore-housekeeper": "recovery",
    "recovery": "recovery",
    "envstore-supervisor": "supervisor",
    "envstore-broadcast": "broadcast",
    "envstore-api": "request",
    "request": "request",
    "MainThread": "start",
}
_ONE_PATH = ("os.remove", "os.mkdir", "os.rmdir", "os.truncate", "shutil.rmtree")
_TWO_PATHS = ("os.rename", "os.link", "os.symlink")
_WRITES = re.compile(r"(INSERT|UPDATE|DELETE)\b")
_STATUS = re.compile(r"\bstatus = '(\w+)'")
# What differs from run to run: random names, hashes, and times.
_RANDOM = (
    (re.compile(r"(?<![a-z])[0-9a-f]{8,64}(?![a-z])"), "#"),
    (re.compile(r"(?<=\.)\d{3,}\b"), "#"),
    (re.compile(r"(?<=-)\d{6}(?=-)"), "#"),
)


def watch_files(root: Path, reached: Reached, thread: Callable[[], str]) -> None:
    """Call `reached` before each change of a file below `root` that Python makes.

    `thread` names who makes it.

    An audit hook cannot be taken away again: for processes that are made to be killed.
    """
    inside = f"{root}{os.sep}"
    busy = threading.local()

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        paths = changed_paths(event, arguments)
        if not paths or getattr(busy, "now", False):
            return
        texts = [os.fspath(path) for path in paths if isinstance(path, (str, os.PathLike))]
        if not any(isinstance(text, str) and text.startswith(inside) for text in texts):
            return
        busy.now = True
        try:
            verb = event.rpartition(".")[2]
            reached(f"{thread()}: {verb} {_plain(' -> '.join(map(str, texts)), inside)}")
        finally:
            busy.now = False

    sys.addaudithook(hook)


def watch_statements(reached: Reached) -> None:
    """Call `reached` before each statement that changes something, and before its COMMIT."""
    import sqlite_utils

    from jupyter_envstore.store.database import Database

    connect = Database._connect

    def traced(self: Database) -> sqlite_utils.Database:
        opened = connect(self)
        opened.conn.set_trace_callback(_Statements(reached))
        return opened

    Database._connect = traced  # type: ignore[method-assign]


class _Statements:
    """Follows one connection: a transaction that changes nothing has no steps."""

    def __init__(self, reached: Reached) -> None:
        self._reached = reached
        self._changed = False

    def __call__(self, sql: str) -> None:
        text = " ".join(sql.split())
        if text.startswith("BEGIN"):
            self._changed = False
        elif _WRITES.match(text):  # Else it reads, or is the comment that stands for a trigger.
            status = _STATUS.search(text)
            short = " ".join(text.split()[:3]).partition("(")[0].strip()
            self._changed = True
            self._reached(f"{thread_of_server()}: {short}{f' {status[1]}' if status else ''}")
        elif text == "COMMIT" and self._changed:
            self._reached(f"{thread_of_server()}: COMMIT")


def changed_paths(event: str, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the paths that an audited event changes."""
    if event == "open":
        path, mode, _ = arguments
        return (path,) if isinstance(mode, str) and set(mode) & set("wax") else ()
    if event in _TWO_PATHS:
        return arguments[:2]
    if event not in _ONE_PATH or not isinstance(arguments[0], (str, os.PathLike)):
        return ()
    # What is made to be sure, or removed to be sure, is often there or gone already.
    changes = os.path.lexists(arguments[0]) != (event == "os.mkdir")
    return arguments[:1] if changes else ()


def thread_of_server() -> str:
    name = threading.current_thread().name
    return _THREADS.get(re.sub(r"_\d+$", "", name), "other")


def _plain(text: str, inside: str) -> str:
    text = text.replace(inside, "")
    for pattern, name in _RANDOM:
        text = pattern.sub(name, text)
    return text
