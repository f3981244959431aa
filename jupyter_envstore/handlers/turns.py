"""Turns on the event loop: of what comes together, one piece of work in each of its rounds."""

from __future__ import annotations

import asyncio


class Turns:
    """Lets one at a time go on, and the loop look at everything else in between.

    A lock around the work would not do: work that awaits nothing takes it and gives it back in
    one step, so that the loop would do all of fifty requests in one round; and work that awaits
    something slow, as the answer of a JupyterHub, would keep out everybody else.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def mine(self) -> None:
        """Return in a round of the loop in which nobody else returns from this."""
        await self._lock.acquire()
        asyncio.get_running_loop().call_soon(self._lock.release)
