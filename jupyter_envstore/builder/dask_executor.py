"""Supervisors on a Dask cluster whose machines have the store mounted at the same path.

Dask carries a call and its answer and nothing else: events, cancels and signs of life are files of
the store. What Dask repeats after a worker was lost finds its attempt taken, and says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import logging
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING, Any, TypeVar

from ..domain.errors import StoreUnusable
from .executors import BuildExecutor, SupervisorLost

if TYPE_CHECKING:
    from distributed import Client

T = TypeVar("T")

_log = logging.getLogger(__name__)

_CONNECT = 5.0
"""Seconds that the scheduler gets to answer."""
_RETRY = 2.0
"""Seconds until it is tried again."""
_LOOK = 0.5
"""Seconds between two looks at the connection."""
_GOOD_BYE = 0.4
"""Seconds to take leave of the scheduler in when the server stops."""


class DaskExecutor(BuildExecutor):
    """Calls functions on the workers of one cluster.

    The connection is made when the first build waits, and made again whenever it is lost; it has
    an event loop and a thread of its own. Dask is imported there: that takes a second.
    """

    def __init__(self, scheduler: str) -> None:
        """`scheduler` is an address, or the path of a scheduler file.

        Raises `StoreUnusable` if there is none, or if Dask is not installed.
        """
        if not scheduler:
            raise StoreUnusable(
                "c.EnvStore.executor is 'dask', but no scheduler is named.",
                "Set c.EnvStore.dask_scheduler to the scheduler's address, as tcp://host:8786.",
            )
        if importlib.util.find_spec("distributed") is None:
            raise StoreUnusable(
                "c.EnvStore.executor is 'dask', but the package distributed is not installed.",
                "Run pip install 'jupyter-envstore[dask]' in the environment of the server, or "
                "set c.EnvStore.executor = 'thread'.",
            )
        self._scheduler = scheduler
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: Client | None = None
        self._obstacle: str | None = f"The Dask scheduler at {scheduler} is being connected."
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="envstore-dask", daemon=True)

    def obstacle(self) -> str | None:
        """Return why the cluster cannot be used at present; begin to connect when first asked."""
        with self._lock:
            if self._thread.ident is None and not self._closing.is_set():
                self._thread.start()
        return self._obstacle

    def submit(self, function: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Call the function on a worker; the future raises `SupervisorLost` if that is lost.

        Cancelling the future takes the call back, as long as no worker has begun it.
        """
        if self._loop is None or self._obstacle is not None:
            lost: Future[T] = Future()
            lost.set_exception(self._gone())
            return lost
        return asyncio.run_coroutine_threadsafe(self._call(function, args, kwargs), self._loop)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002
        """Leave the cluster. What runs there sees by itself that the server is gone."""
        self._closing.set()
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # It has ended.
                self._loop.call_soon_threadsafe(self._leaving.set)
        if self._thread.ident is not None:
            self._thread.join(None if wait else _GOOD_BYE)

    # -- in the thread of the loop ------------------------------------------------------------

    def _run(self) -> None:
        try:
            asyncio.run(self._stay_connected())
        except Exception:  # noqa: BLE001 -- nothing but this thread may end
            _log.exception("The connection to the Dask scheduler failed.")
            self._obstacle = (
                f"The connection to the Dask scheduler at {self._scheduler} failed in a way that "
                "was not foreseen: the server's log has the details. Restart the server."
            )

    async def _stay_connected(self) -> None:
        self._leaving = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        while not self._closing.is_set():
            problem = await self._use_one_connection()
            if problem is not None:
                self._complain(problem)
                await self._pause(_RETRY)

    async def _use_one_connection(self) -> str | None:
        """Connect, and return when the connection is lost; return why, if there was none."""
        from distributed import Client

        where = "address" if "://" in self._scheduler else "scheduler_file"
        client = Client(  # type: ignore[no-untyped-call]
            **{where: self._scheduler},
            asynchronous=True,
            set_as_default=False,
            timeout=_CONNECT,
            name="envstore",
        )
        try:
            await asyncio.wait_for(client, _CONNECT + 1)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is said and tried again
            return str(error) or "it does not answer"
        else:
            await self._use(client)
            return None
        finally:
            with contextlib.suppress(Exception):
                await client.close(timeout=_GOOD_BYE)  # type: ignore[no-untyped-call]

    async def _use(self, client: Client) -> None:
        """Follow a connection to its end; for some seconds Dask tries to mend one by itself."""
        _log.info("Connected to the Dask scheduler at %s.", self._scheduler)
        try:
            while not self._closing.is_set() and client.status != "closed":
                connected = client.status == "running"
                self._client = client if connected else None
                self._obstacle = None if connected else str(self._gone())
                await self._pause(_LOOK)
        finally:
            self._client, self._obstacle = None, str(self._gone())

    def _complain(self, problem: str) -> None:
        obstacle = (
            f"The Dask scheduler at {self._scheduler} cannot be reached: {problem}. Builds wait "
            "until it can; check that it runs, and c.EnvStore.dask_scheduler."
        )
        if obstacle != self._obstacle:
            _log.warning(obstacle)
        self._obstacle = obstacle

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._leaving.wait(), seconds)

    async def _call(
        self, function: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> T:
        client = self._client
        if client is None or client.status != "running":
            raise self._missed()
        from distributed import KilledWorker

        key = f"envstore-{function.__name__}-{uuid.uuid4().hex}"
        remote = client.submit(function, *args, **kwargs, key=key, pure=False, retries=0)
        try:
            answer: T = await remote
        except asyncio.CancelledError:
            with contextlib.suppress(Exception):
                await client.cancel([remote], force=True)  # type: ignore[no-untyped-call]
            raise
        except CancelledError:
            raise self._missed() from None
        except KilledWorker:
            raise SupervisorLost("The Dask worker that supervised the build is gone.") from None
        return answer

    def _missed(self) -> SupervisorLost:
        """A call finds before the next look that the connection is lost: nothing more is begun."""
        gone = self._gone()
        self._obstacle = self._obstacle or str(gone)
        return gone

    def _gone(self) -> SupervisorLost:
        # Not counted: it says nothing of the build, and new ones are not begun meanwhile.
        return SupervisorLost(
            f"The connection to the Dask scheduler at {self._scheduler} was lost.", counted=False
        )
