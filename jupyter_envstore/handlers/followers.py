"""Those who wait for more of a log: one look serves all of them, however many they are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING

from ..domain.errors import StoreUnusable

if TYPE_CHECKING:
    from ..service.progress import LogPart, LogPlace

_LOOK = 0.1
"""Seconds between two looks at the logs that are followed."""


class LogFollowers:
    """Who follows which log from where. Used on one event loop; between times nothing runs."""

    def __init__(
        self,
        read: Callable[[Collection[LogPlace]], Mapping[LogPlace, LogPart]],
        threads: Executor,
    ) -> None:
        """`read` is called in one of the `threads`, once for all places that are waited at."""
        self._read = read
        self._threads = threads
        self._waiting: dict[LogPlace, set[asyncio.Future[LogPart]]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._closed = False

    def __len__(self) -> int:
        return sum(len(futures) for futures in self._waiting.values())

    def more(self, place: LogPlace) -> asyncio.Future[LogPart]:
        """Return the future of what comes at this place; cancel it to wait no longer.

        It is done when there are bytes, or when the build has ended. Its exception is what
        `read` has raised.
        """
        future: asyncio.Future[LogPart] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(place, set()).add(future)
        future.add_done_callback(partial(self._leave, place))
        if self._looking is None:
            self._looking = asyncio.ensure_future(self._look())
        return future

    def _leave(self, place: LogPlace, future: asyncio.Future[LogPart]) -> None:
        futures = self._waiting.get(place, set())
        futures.discard(future)
        if not futures:
            self._waiting.pop(place, None)

    def close(self) -> None:
        """Send all away before the threads are shut down; may be called in any thread."""
        self._closed = True

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                parts = await loop.run_in_executor(self._threads, self._read, tuple(self._waiting))
                for place, part in parts.items():
                    if part.data or part.ended:
                        for future in self._pending(place):
                            future.set_result(part)
                await asyncio.sleep(_LOOK)
        except BaseException as error:  # What is looked for by many is told to all of them.
            stopping = StoreUnusable("The server is stopping.", "Try again when it runs again.")
            reason = stopping if self._closed else error
            for place in tuple(self._waiting):
                for future in self._pending(place):
                    future.set_exception(reason)
            if not isinstance(error, Exception):
                raise
        finally:
            self._looking = None

    def _pending(self, place: LogPlace) -> list[asyncio.Future[LogPart]]:
        # Done ones leave a turn of the loop later.
        return [future for future in self._waiting.get(place, ()) if not future.done()]
