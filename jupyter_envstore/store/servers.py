"""Which servers of a store are alive.

A server holds the lock on its own file for as long as it lives; the kernel releases it however
the server ends. No clock is trusted.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import uuid
from pathlib import Path
from typing import IO


class Servers:
    """The files in ``.envstore/servers``."""

    def __init__(self, directory: str) -> None:
        self._directory = Path(directory)
        self._held: IO[str] | None = None
        self.own_id = ""

    def register(self) -> str:
        """Make this server known, and alive until `unregister` or its end; return its id."""
        self._directory.mkdir(parents=True, exist_ok=True)
        own_id = uuid.uuid4().hex[:12]
        # Locked under a name that nobody looks for, then renamed: no one ever sees it unlocked.
        hidden = self._directory / f".{own_id}"
        held = hidden.open("w", encoding="utf-8")
        fcntl.flock(held, fcntl.LOCK_EX)
        json.dump({"pid": os.getpid(), "host": socket.gethostname()}, held)
        held.flush()
        hidden.rename(self._directory / own_id)
        self._held, self.own_id = held, own_id
        return own_id

    def unregister(self) -> None:
        """Say good-bye: the file goes, and with it the lock."""
        if self._held is not None:
            (self._directory / self.own_id).unlink(missing_ok=True)
            self._held.close()
            self._held = None

    def is_alive(self, server_id: str) -> bool:
        """Tell whether the server with this id still runs, on this or another machine."""
        if server_id == self.own_id:
            return self._held is not None
        return is_locked(self._directory / server_id)

    def others(self) -> int:
        """Return how many other servers of this store are alive; files of dead ones are removed."""
        alive = 0
        for path in self._directory.iterdir():
            if path.name.startswith(".") or path.name == self.own_id:
                continue
            if is_locked(path):
                alive += 1
            else:
                path.unlink(missing_ok=True)
        return alive


def is_locked(path: Path) -> bool:
    """Tell whether a process holds the exclusive lock on a file. False if there is no file."""
    try:
        with path.open("r+", encoding="utf-8") as file:
            # Shared: two that look at the same time must not take each other for the owner.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False
