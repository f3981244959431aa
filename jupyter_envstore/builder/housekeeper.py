"""The thread that runs recovery, at once and at an interval, and the clean-up when it is due."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from ..domain.errors import EnvStoreError
from .recovery import Recovery

_log = logging.getLogger(__name__)

_STOP_PATIENCE = 0.3
"""Seconds that a round of recovery gets to end when the server stops."""
_SOON = 1.0
"""Seconds until the next round while the process of a dead server's build still ends."""


class Housekeeper:
    """Keeps the store tidy beside the dispatcher, without ever delaying it."""

    def __init__(
        self, recovery: Recovery, interval: float, clean_up: Callable[[], None] = lambda: None
    ) -> None:
        """`clean_up` is called after each round: it knows itself when it is due."""
        self._recovery = recovery
        self._clean_up = clean_up
        self._interval = interval
        self._asked = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="envstore-housekeeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Do a round now: something was deleted."""
        self._asked.set()

    def stop(self) -> bool:
        """End after the step that is being done; return whether the thread has ended."""
        self._stopping = True
        self._asked.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_PATIENCE)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping:
            patience = self._interval
            try:
                if self._recovery.run().waiting:
                    patience = _SOON
                if not self._stopping:
                    self._clean_up()
            except EnvStoreError as error:
                _log.warning("Tidying the environment store is tried again: %s", error)
            except Exception:  # noqa: BLE001 -- the thread has to survive
                _log.exception("Tidying the environment store failed; it is tried again.")
            self._asked.wait(patience)
            self._asked.clear()
