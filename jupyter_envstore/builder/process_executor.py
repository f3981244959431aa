"""A Python process of its own for each supervisor, beside the server.

One that is killed takes nothing else with it, which the processes of a common pool would. It
imports what the function needs and not the program that the server was started with, as
`multiprocessing` would.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from ..engine.process import keep_stdout_for_events
from .executors import BuildExecutor, SupervisorLost

T = TypeVar("T")


class ProcessExecutor(BuildExecutor):
    """Calls functions that can be pickled, with what they return, each in a new process."""

    def __init__(self, most: int) -> None:
        """At most so many processes at the same time."""
        self._threads = ThreadPoolExecutor(most, thread_name_prefix="envstore-supervisor")
        self._lock = threading.Lock()
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def submit(self, function: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Call the function; the future raises `SupervisorLost` if the process was killed."""
        call = pickle.dumps((function, args, kwargs))
        return self._threads.submit(self._call, call)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End what still runs: what it has started ends with it."""
        with self._lock:
            self._closed = True
            for process in self._processes:
                process.kill()
        self._threads.shutdown(wait, cancel_futures=cancel_futures)

    def _call(self, call: bytes) -> Any:
        with self._lock:
            if self._closed:
                raise SupervisorLost("The server was stopped.", counted=False)
            process = subprocess.Popen(
                [sys.executable, "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=os.sep,  # Python looks for modules there first.
                start_new_session=True,  # An interrupt from the terminal is the server's.
            )
            self._processes.add(process)
        try:
            answer, _ = process.communicate(call)
        finally:
            with self._lock:
                self._processes.discard(process)
        if process.returncode != 0:
            raise SupervisorLost("The process that supervised the build is gone.")
        return pickle.loads(answer)  # noqa: S301 -- written by our own process


def _answer() -> None:
    """Make the call that is on standard input, and write what it returns to standard output."""
    output = keep_stdout_for_events()
    function, args, kwargs = pickle.load(sys.stdin.buffer)  # noqa: S301 -- as above
    answer = pickle.dumps(function(*args, **kwargs))
    # The server may be gone, and nobody waits for the answer.
    with contextlib.suppress(BrokenPipeError), os.fdopen(output, "wb") as stream:
        stream.write(answer)


if __name__ == "__main__":
    _answer()
