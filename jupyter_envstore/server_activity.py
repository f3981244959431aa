"""Builds as activity of the server: who stops idle servers asks when one was last active."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, MutableMapping
from datetime import datetime, timezone

_log = logging.getLogger(__name__)

_AGAIN = 5.0
"""Seconds between two looks while something is built."""


class ServerActivity:
    """Notes the present time while builds run or wait, and when the last one has ended."""

    def __init__(
        self, times: MutableMapping[str, datetime], is_building: Callable[[], bool]
    ) -> None:
        """`times` are the server's ``last_activity_times``; `is_building` is called in threads."""
        self._times = times
        self._is_building = is_building
        self._asked = asyncio.Event()
        self._stopping = False
        self._task = asyncio.get_running_loop().create_task(self._follow())

    def look(self) -> None:
        """Look now: a build was asked for, began or ended. Without builds, nobody looks again."""
        self._asked.set()

    async def stop(self) -> None:
        """Look no more; when this returns, no look is being taken."""
        self._stopping = True
        self._asked.set()
        await self._task

    async def _follow(self) -> None:
        loop = asyncio.get_running_loop()
        was_building = False
        while not self._stopping:
            try:
                building = await loop.run_in_executor(None, self._is_building)
            except Exception:  # noqa: BLE001 -- the task has to survive
                _log.exception("Whether builds run could not be found out; it is tried again.")
                building = True
            if building or was_building:
                self._times["envstore"] = datetime.now(timezone.utc)
            was_building = building
            await self._wait(_AGAIN if building else None)

    async def _wait(self, seconds: float | None) -> None:
        try:
            await asyncio.wait_for(self._asked.wait(), seconds)
        except asyncio.TimeoutError:
            return
        self._asked.clear()
