"""What runs supervisors: the base of the three executors, and the one that is threads.

The queue is the database, never the pool.
"""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor


class SupervisorLost(Exception):
    """What supervised an attempt is gone, and has said nothing. The message is a sentence.

    `counted` tells whether the attempt was a try; it was none if it could not begin, or was lost
    for a reason that has nothing to do with it.
    """

    def __init__(self, message: str, *, counted: bool = True) -> None:
        super().__init__(message)
        self.counted = counted


class BuildExecutor(Executor):
    """Runs `supervise`: each future has its outcome, or raises `SupervisorLost`."""

    def obstacle(self) -> str | None:
        """Return why nothing can be begun at present, in a sentence; None if something can."""
        return None


class ThreadExecutor(ThreadPoolExecutor, BuildExecutor):
    """Supervisors are threads of the server: nothing is quicker, and they end with it."""

    def __init__(self, most: int) -> None:
        """At most so many at the same time."""
        super().__init__(most, thread_name_prefix="envstore-supervisor")
