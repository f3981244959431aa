"""The handler of the store's metrics, which keeps the rules of Jupyter's own ``/metrics``.

With ``c.ServerApp.authenticate_prometheus = False`` both are open to everybody; by default both
need a token. Metrics have numbers only, and no names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado import web

from .base import EnvStoreHandler

if TYPE_CHECKING:
    from ..api.operations import Operation
    from .base import Backend


class MetricsHandler(EnvStoreHandler):
    """``envstore/metrics``, for those who are logged in, or for all."""

    @allow_unauthenticated
    async def get(self, path: str | None) -> None:
        if self._is_closed and not self.logged_in:
            raise web.HTTPError(403)
        await self._answer("GET", path or "")

    @property
    def _is_closed(self) -> bool:
        return bool(self.settings["authenticate_prometheus"])

    async def _check(self, action: str) -> None:
        if self._is_closed:
            await super()._check(action)

    async def _run(
        self, backend: Backend, operation: Operation, parameters: dict[str, Any]
    ) -> None:
        del operation, parameters
        from ..service.metrics import CONTENT_TYPE  # Late, as in the base class.

        text = await self._in_thread(backend, backend.services.metrics.exposition)
        await self.finish(text, set_content_type=CONTENT_TYPE)
