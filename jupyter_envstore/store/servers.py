"""Which servers of a store are alive.

A server holds a lease, its file in ``.envstore/servers``, for as long as it lives: see `leases`.
"""

from __future__ import annotations

import logging
import threading
import uuid
from pathlib import Path

from .leases import RENEWAL, Lease, LeaseWatch

_log = logging.getLogger(__name__)


class Servers:
    """The files in ``.envstore/servers``."""

    def __init__(self, directory: str, watch: LeaseWatch | None = None) -> None:
        self._directory = Path(directory)
        self._watch = watch or LeaseWatch()
        self._lease: Lease | None = None
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self.own_id = ""

    def register(self) -> str:
        """Make this server known, and alive until `unregister` or its end; return its id."""
        self._directory.mkdir(parents=True, exist_ok=True)
        own_id = uuid.uuid4().hex[:12]
        self._lease = Lease(self._directory / own_id)
        self._lease.take()
        self._ending = threading.Event()
        self._thread = threading.Thread(
            target=self._keep, args=(own_id, self._ending), name="envstore-lease", daemon=True
        )
        self._thread.start()
        self.own_id = own_id
        return own_id

    def unregister(self) -> None:
        """Say good-bye: the file goes, and with it the lock."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._lease is not None:
            self._lease.release()
            self._lease = None

    def is_alive(self, server_id: str) -> bool:
        """Tell whether the server with this id still runs, on this or another machine."""
        if server_id == self.own_id:
            return self._lease is not None
        return self._watch.is_held(self._directory / server_id)

    def others(self) -> int:
        """Return how many other servers of this store are alive; files of dead ones are removed."""
        alive = 0
        for path in self._directory.iterdir():
            if path.name == self.own_id:
                continue
            if self._watch.is_held(path):
                # One with a dot is about to register, or was killed while it did.
                alive += not path.name.startswith(".")
            else:
                path.unlink(missing_ok=True)
        return alive

    def _keep(self, own_id: str, ending: threading.Event) -> None:
        while not ending.wait(RENEWAL):
            self._renew(own_id)

    def _renew(self, own_id: str) -> None:
        try:
            self._renew_or_take_again(own_id)
        except OSError as error:  # The disk is full, or the store away; the lock still holds.
            _log.debug("The sign of life of this server could not be renewed: %s", error)

    def _renew_or_take_again(self, own_id: str) -> None:
        if self._lease is None:
            return
        try:
            self._lease.renew()
        except FileNotFoundError:
            # This server was taken for dead, perhaps because its machine slept, or the file was
            # removed by hand: what it claims from now on has to be safe again.
            self._lease.release()
            self._lease = Lease(self._directory / own_id)
            self._lease.take()
