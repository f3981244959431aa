"""Keeps the package index fresh: starts its process when somebody needs it, and ends it on stop.

Nothing is downloaded in a store in which nobody searches: the first search asks for the index, and
from then on searches and finished builds do, when it is older than the interval or lacks a channel.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from ..domain.build import BuildStatus
from ..domain.events import StoreEvent
from ..domain.index_order import ChannelState, IndexOrder
from ..store.package_index import PackageIndex
from ..store.package_index_state import read_states
from .index_worker import BUSY, ORDER_FILE
from .process import worker_environment

_log = logging.getLogger(__name__)

INDEX_WORKER_MODULE = "jupyter_envstore.builder.index_worker"

_AFTER_ERROR = 600.0
"""Seconds until a channel that could not be read is asked again, unless the interval is shorter."""
_LOOK = 1.0
"""Seconds between two looks at how old the index is, unless the interval is shorter."""
_PAUSE = 30.0
"""Seconds until the next process after one that failed, or found another server's at work."""
_STOP_PATIENCE = 1.0
"""Seconds that the thread gets to see the end of its process when the server stops."""


class PackageIndexer:
    """One thread, which waits until it is asked; many that ask at once are answered by one look."""

    def __init__(
        self,
        index: PackageIndex,
        order: Callable[[], IndexOrder],
        interval: float,
        updated: Callable[[Iterable[ChannelState]], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`order` tells which channels are wanted now, `interval` how old the index may be.

        With an interval of 0 no channel is ever asked. `updated` is told, in the thread, what is
        known of the channels after each look.
        """
        self._index = index
        self._order = order
        self._interval = interval
        self._updated = updated
        self._clock = clock
        self._asked = threading.Event()
        self._stopping = threading.Event()
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None

    @property
    def enabled(self) -> bool:
        """Whether channels are asked at all."""
        return self._interval > 0

    def ask(self) -> None:
        """Let the index be brought up to date if it is too old; returns at once."""
        if not self.enabled:
            return
        with self._guard:
            if self._stopping.is_set():
                return
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="envstore-package-index", daemon=True
                )
                self._thread.start()
        self._asked.set()

    def after_build(self, event: StoreEvent) -> None:
        """As `ask`, for a listener, when a build has ended and somebody has searched before."""
        if event.status == BuildStatus.COMPLETED.value and self._index.path.exists():
            self.ask()

    def stop(self) -> bool:
        """End the process, keep the index that there is; return whether the thread has ended."""
        with self._guard:
            self._stopping.set()
            if self._process is not None:
                self._process.kill()
        self._asked.set()
        if self._thread is not None:
            self._thread.join(_STOP_PATIENCE)
            return not self._thread.is_alive()
        return True

    def _run(self) -> None:
        while True:
            self._asked.wait()
            self._asked.clear()
            if self._stopping.is_set():
                return
            try:
                order = self._order()
                if order.channels and self._is_stale(order):
                    self._update(order)
                else:
                    self._stopping.wait(min(_LOOK, self._interval))
            except Exception:  # noqa: BLE001 -- the thread has to survive
                _log.exception("The package index could not be updated; it is tried again.")

    def _is_stale(self, order: IndexOrder) -> bool:
        states = {state.url: state for state in read_states(order.directory)}
        if not self._index.is_there() or set(order.channels) != set(states):
            return True
        now = self._clock()
        for state in states.values():
            age = now - (state.checked_at or 0.0)
            patience = min(self._interval, _AFTER_ERROR) if state.error else self._interval
            # A clock that was set back must not keep the index for ever.
            if age >= patience or age < 0:
                return True
        return False

    def _update(self, order: IndexOrder) -> None:
        directory = Path(order.directory)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = directory / ORDER_FILE
        path.write_text(json.dumps(dataclasses.asdict(order)), encoding="utf-8")
        began = time.monotonic()
        status, errors = self._carry_out(path)
        if self._stopping.is_set():
            return
        if status not in (0, BUSY):
            _log.warning(
                "The process of the package index ended with status %s: %s", status, errors
            )
        if status == 0:
            _log.info("The package index was updated in %.1f s.", time.monotonic() - began)
        self._updated(read_states(directory))
        if status != 0:
            self._stopping.wait(_PAUSE)

    def _carry_out(self, order: Path) -> tuple[int, str]:
        with self._guard:
            if self._stopping.is_set():
                return 0, ""
            process = self._process = subprocess.Popen(
                [sys.executable, "-m", INDEX_WORKER_MODULE, str(order)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd=order.parent,
                env=worker_environment(),
                start_new_session=True,
            )
        try:
            # Standard input is the lifeline: it stays open until the process has ended.
            assert process.stderr is not None
            errors = process.stderr.read().decode("utf-8", "replace")
            return process.wait(), errors.strip()[-2000:]
        finally:
            with self._guard:
                self._process = None
            for pipe in (process.stdin, process.stderr):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
