"""The front door: what Jupyter Server calls, and nothing else.

It imports little. The store with its libraries is opened after the server runs, in a thread, so
that the server starts as fast as without it; a request that comes earlier waits for it.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from jupyter_server.extension.application import ExtensionApp
from jupyter_server.utils import url_path_join

from .config import EnvStore, with_conda_store_names
from .domain.errors import EnvStoreError, StoreUnusable
from .domain.layout import Layout
from .handlers.base import EnvStoreHandler
from .handlers.login import LoginHandler, LogoutHandler
from .handlers.prometheus import MetricsHandler
from .handlers.turns import Turns
from .integration.finder import add_kernel_directory, remove_kernel_directory
from .integration.nb_conda_kernels import leave_out_environments
from .server_activity import ServerActivity
from .server_kernels import ServerKernels

if TYPE_CHECKING:
    from .composition import EnvironmentStore
    from .domain.events import StoreEvent

EVENT_SCHEMA_ID = "https://events.jupyter.org/jupyter_envstore/store/v1"
_ROOTS = ("api/v1", "api", "")
"""`operations.ROOTS`, which is not imported here: with it comes pydantic."""
_OTHERS = {"metrics": MetricsHandler, "login": LoginHandler, "logout": LogoutHandler}
"""The paths beside the roots that have handlers of their own."""

_SCHEMA = Path(__file__).with_name("event_schemas") / "store_v1.yaml"


class EnvStoreExtension(ExtensionApp):
    """The extension of Jupyter Server."""

    name = "envstore"
    load_other_extensions = True
    classes: ClassVar[list[type]] = [EnvStore]  # type: ignore[misc]

    def initialize_settings(self) -> None:
        """Read the configuration, and let the server find the kernels of the store."""
        self._store: EnvironmentStore | None = None
        self._opening: asyncio.Future[EnvironmentStore] | None = None
        self._starting: asyncio.Future[None] | None = None
        self._activity: ServerActivity | None = None
        self._stopped = False
        config, remarks = with_conda_store_names(self.config)
        for remark in remarks:
            self.log.warning(remark)
        self._environment_settings = EnvStore(parent=self, config=config).settings()
        settings = self._environment_settings
        layout = Layout(
            settings.store_directory, settings.build_directory, settings.environment_directory
        )
        shared = settings.shared_stores
        self._kernel_directories = [
            layout.kernels,
            *(layout.shared_kernels(store.label, store.directory) for store in shared),
        ]
        manager = self._server.kernel_spec_manager
        reasons = [
            add_kernel_directory(manager, directory) for directory in self._kernel_directories
        ]
        if reasons[0] is not None:
            self.log.warning(reasons[0])
        template = settings.environment_directory
        leave_out_environments(
            manager, template.replace("{store_directory}", settings.store_directory)
        )
        self._server.event_logger.register_event_schema(_SCHEMA)
        self._kernels = ServerKernels(self._server, self._kernel_directories, self._note_uses)
        self._kernels.watch()

    def initialize_handlers(self) -> None:
        base = url_path_join(self._server.base_url, "envstore")
        turns = Turns()
        self._server.web_app.add_handlers(
            ".*$",
            [
                *(
                    (
                        rf"{base}/({path})/?",
                        handler,
                        {"backend": self._ready, "root": "", "turns": turns},
                    )
                    for path, handler in _OTHERS.items()
                ),
                *(
                    (
                        rf"{url_path_join(base, root)}(?:/(.*))?",
                        EnvStoreHandler,
                        {"backend": self._ready, "root": root, "turns": turns},
                    )
                    for root in _ROOTS
                ),
            ],
        )

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:  # noqa: ARG002
        """Open the store now that the server runs."""
        self._begin_opening()

    async def stop_extension(self) -> None:
        """End running builds and close the store."""
        self._stopped = True
        if self._activity is not None:
            await self._activity.stop()
        used = self._kernels.ignore()
        for directory in self._kernel_directories:
            remove_kernel_directory(self._server.kernel_spec_manager, directory)
        if self._opening is not None:
            try:
                store = await self._opening
            except EnvStoreError:
                return
            if self._starting is not None:
                await asyncio.wait([self._starting])
            loop = asyncio.get_running_loop()
            # The server ends its kernels after its extensions.
            try:
                if used:
                    await loop.run_in_executor(None, store.note_uses, used)
            finally:
                await loop.run_in_executor(None, store.stop)

    def current_activity(self) -> Mapping[str, int] | None:
        """Keep the server from stopping for want of activity while something is built."""
        return self._store.activity() if self._store is not None else None

    @property
    def _server(self) -> Any:
        """The Jupyter server; there always is one when its hooks are called."""
        return self.serverapp

    # -- the store ------------------------------------------------------------------------------

    async def _ready(self) -> EnvironmentStore:
        """Return the open store; raise `StoreUnusable` if it cannot be opened."""
        if self._stopped:
            raise StoreUnusable("The server is stopping.", "Try again when it runs again.")
        return await asyncio.shield(self._begin_opening())

    def _begin_opening(self) -> asyncio.Future[EnvironmentStore]:
        failed = self._opening is not None and self._opening.done() and self._opening.exception()
        # A store that could not be opened may be usable by now: each request tries again.
        if self._opening is None or failed:
            loop = asyncio.get_running_loop()
            self._opening = loop.run_in_executor(None, self._open, loop)
            self._opening.add_done_callback(self._opened)
        return self._opening

    def _open(self, loop: asyncio.AbstractEventLoop) -> EnvironmentStore:
        from .composition import EnvironmentStore

        return EnvironmentStore(
            self._environment_settings,
            listener=functools.partial(self._announce, loop),
            notebooks=functools.partial(self._kernels.documents, loop),
            running_kernels=self._kernels.running,
        )

    def _opened(self, opening: asyncio.Future[EnvironmentStore]) -> None:
        error = opening.exception()
        if error is None:
            self._store = opening.result()
            if not self._stopped:
                loop = asyncio.get_running_loop()
                self._activity = ServerActivity(
                    self._server.web_app.settings["last_activity_times"],
                    lambda: self.current_activity() is not None,
                )
                self._starting = loop.run_in_executor(None, self._store.start)
                self._starting.add_done_callback(self._started)
        elif isinstance(error, EnvStoreError):
            self.log.error("%s %s", error.message, error.hint or "")
        else:
            self.log.error("The environment store could not be opened.", exc_info=error)

    def _started(self, starting: asyncio.Future[None]) -> None:
        if error := starting.exception():
            self.log.error("The environment store could not be started.", exc_info=error)

    async def _note_uses(self, build_ids: Collection[int]) -> None:
        try:
            store = await self._ready()
        except EnvStoreError:
            # Whoever asks the store for something is told why it cannot be used.
            return
        await asyncio.get_running_loop().run_in_executor(None, store.note_uses, build_ids)

    def _announce(self, loop: asyncio.AbstractEventLoop, event: StoreEvent) -> None:
        """Hand an event to Jupyter's event bus, which lives on the loop."""
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._emit, event)

    def _emit(self, event: StoreEvent) -> None:
        from .api.events import event_data, without_names

        if event.kind == "build" and self._activity is not None:
            self._activity.look()
        if self._environment_settings.is_shared:
            # Everybody listens to the bus: who may read what, only the API asks.
            if event.kind == "progress":
                return
            event = without_names(event)
        self._server.event_logger.emit(schema_id=EVENT_SCHEMA_ID, data=event_data(event))
