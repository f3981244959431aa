"""The one handler of the API: it finds the operation and does for each what all need.

Light on purpose: it is imported when the server starts, while the services and their libraries
are loaded afterwards, in the background.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from jupyter_server.auth import User
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web
from tornado.iostream import StreamClosedError

from ..domain.credentials import without_secrets
from ..domain.errors import EnvStoreError
from .identity import groups_of, own_token
from .turns import Turns

if TYPE_CHECKING:
    from ..api.operations import Operation, Router
    from ..service.access import Caller
    from .call import Eventually, FollowLog, Services
    from .followers import LogFollowers

T = TypeVar("T")

RESOURCE = "envstore"
"""What Jupyter's authorizer is asked about."""

_MAX_BODY = 4 << 20
"""Bytes. A specification has at most one megabyte, and JSON may double it."""
_TOO_LONG = f"The request has more than {_MAX_BODY} bytes."
_WITH_BODY = ("POST", "PUT", "DELETE")
"""Methods of ours whose requests may have a body."""


class Backend(Protocol):
    """What the handler needs of the composed store."""

    services: Services
    threads: Executor
    followers: LogFollowers
    router: Router


@web.stream_request_body
class EnvStoreHandler(APIHandler):
    """Every request to the API."""

    def initialize(
        self,
        backend: Callable[[], Awaitable[Backend]],
        root: str,
        turns: Turns,
    ) -> None:
        """`backend` waits until the store is ready; it raises `StoreUnusable` if it cannot be.

        `root` is what the paths of requests are relative to, one of `operations.ROOTS`.
        `turns` part what is done on the event loop: of fifty requests that come together, it
        would do all in one round, and nothing else for a tenth of a second.
        """
        self._backend = backend
        self._root = root
        self._turns = turns
        self._holder: Caller | None = None
        self._body: list[bytes] = []
        self._received = 0
        self._refusal: web.HTTPError | None = None
        self._waiting: asyncio.Future[Any] | None = None
        self._hung_up = False
        # What the log tells of the request; the query itself has been read by now.
        self.request.uri = without_secrets(self.request.uri or "")

    async def prepare(self) -> None:  # type: ignore[override]
        """Find out who asks, by one of the store's tokens or as Jupyter does, and check XSRF.

        Who is refused hears it when the body has come, and been dropped: a connection that is
        closed before that is reset, and many a client then tells of that, and not of the reply.
        """
        self._drop_slash_of_query()
        self._refuse_large_body()
        try:
            await self._identify()
        except web.HTTPError as refusal:
            if self.request.method not in _WITH_BODY:
                raise
            self._refusal = refusal

    async def _identify(self) -> None:
        token = own_token(self.request.headers.get("Authorization", ""))
        await self._turns.mine()
        if token is None:
            await super().prepare()
        else:
            await self._prepare_with(token)

    async def _prepare_with(self, token: str) -> None:
        """Take the identity of a token of the store's, whatever cookies came with it.

        It replaces what Jupyter does there: its check of cookies and tokens, and of XSRF, which
        requests with this header need not pass, since no other site can make a browser send it.
        """
        self.current_user = self._jupyter_current_user = None
        if not self.check_host():
            raise web.HTTPError(403)
        try:
            backend = await self._backend()
            holder = await self._in_thread(backend, backend.services.tokens.holder, token)
        except EnvStoreError as error:
            self._refuse_because_of(error)
            return
        if holder is None:
            raise web.HTTPError(403)
        self._holder = holder
        name = holder.username or f"token-{holder.token.id}"
        self.current_user = self._jupyter_current_user = User(name)
        self._token_authenticated = True
        self.set_cors_headers()

    def data_received(self, chunk: bytes) -> None:
        """Take a part of the body; the rest of one that is too long is dropped as it comes."""
        self._received += len(chunk)
        if self._received <= _MAX_BODY and self._refusal is None:
            self._body.append(chunk)

    @web.authenticated
    async def get(self, path: str | None) -> None:
        await self._answer("GET", path or "")

    @web.authenticated
    async def post(self, path: str | None) -> None:
        await self._answer("POST", path or "")

    @web.authenticated
    async def put(self, path: str | None) -> None:
        await self._answer("PUT", path or "")

    @web.authenticated
    async def delete(self, path: str | None) -> None:
        await self._answer("DELETE", path or "")

    # -- one request ------------------------------------------------------------------------------

    async def _answer(self, method: str, path: str) -> None:
        self._raise_refusal()
        try:
            backend = await self._backend()
        except EnvStoreError as error:
            self._refuse_because_of(error)
            return
        # Late: opening the store has imported what this needs, in a thread. Here and now it would
        # be imported on the event loop, which would stand still for a tenth of a second.
        from .decoding import Unprocessable

        try:
            operation, parameters = self._find(backend, method, path)
            await self._check(operation.action)
            if operation.deprecated:
                self.set_header("Deprecation", "True")
            await self._run(backend, operation, parameters)
        except EnvStoreError as error:
            self._refuse_because_of(error)
        except Unprocessable as error:
            body = {"status": "error", "message": str(error), "detail": error.detail}
            self._refuse(422, body)

    def _find(self, backend: Backend, method: str, path: str) -> tuple[Operation, dict[str, Any]]:
        if "%2f" in self.request.path.removeprefix(self.base_url).lower():
            # No name has a slash, and one that is quoted must not part two names.
            raise web.HTTPError(404)
        operation, parameters, known = backend.router.find(method, path, self._root)
        if operation is None:
            raise web.HTTPError(405 if known else 404)
        return operation, parameters

    async def _check(self, action: str) -> None:
        """Ask Jupyter's authorizer, with action and resource written out.

        The bare decorator would remember those of the first request for all that follow.
        """

        @authorized(action=action, resource=RESOURCE)  # type: ignore[untyped-decorator]
        async def allowed(_: EnvStoreHandler) -> None:
            return None

        await cast("Callable[[EnvStoreHandler], Awaitable[None]]", allowed)(self)

    async def _run(
        self, backend: Backend, operation: Operation, parameters: dict[str, Any]
    ) -> None:
        from .archives import send_archive
        from .call import Eventually, FollowLog, SendArchive, SendFile
        from .files import send_file
        from .perform import Request, perform

        if self._received > _MAX_BODY:
            raise web.HTTPError(413, _TOO_LONG)
        request = Request(
            caller=self._caller(),
            parameters=parameters,
            query=self.request.query_arguments,
            body=b"".join(self._body),
            client=self.request.headers.get("User-Agent", "")[:200] or None,
            if_match=self.request.headers.get("If-Match", "").removeprefix("W/").strip('"') or None,
        )
        result = await self._in_thread(backend, perform, backend.services, operation, request)
        if isinstance(result, Eventually):
            result = await self._when_done(backend, result)
        if isinstance(result, FollowLog):
            await self._send_log(backend, result)
        elif isinstance(result, SendFile):
            await send_file(self, result, backend.threads)
        elif isinstance(result, SendArchive):
            await send_archive(self, result, backend.threads)
        elif result is not None:
            await self._turns.mine()
            await self.finish(result)

    def _caller(self) -> Caller:
        """Return who asks. A name that Jupyter made up for this request counts as none.

        Programs that send the server's token and no cookie get a new name with each request: the
        queue would take each of their builds for another user's.
        """
        if self._holder is not None:
            return self._holder
        from ..service.access import Caller

        user = self.current_user
        cookie = self.get_cookie(self.identity_provider.get_cookie_name(self))
        made_up = cookie is None and user.name.startswith("Anonymous ")
        return Caller(None if made_up else str(user.username), groups_of(user))

    async def _when_done(self, backend: Backend, wanted: Eventually) -> Any:
        """Return the reply that was waited for; None if the client has hung up meanwhile."""
        try:
            answer = await self.hold(asyncio.wrap_future(wanted.future))
        except StreamClosedError:
            await self._in_thread(backend, wanted.give_up)
            return None
        return await self._in_thread(backend, wanted.make, answer)

    async def hold(self, future: asyncio.Future[T]) -> T:
        """Await what may take long; raise `StreamClosedError` if the client hangs up meanwhile."""
        self._waiting = future
        if self._hung_up:
            future.cancel()
        try:
            return await future
        except asyncio.CancelledError:
            if self._hung_up:
                raise StreamClosedError from None
            raise

    async def _send_log(self, backend: Backend, wanted: FollowLog) -> None:
        read = backend.services.logs.part
        offset = wanted.offset
        part = await self._in_thread(backend, read, wanted.build_id, offset)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("X-Envstore-Log-Size", str(part.size))
        self.set_header("Cache-Control", "no-store")
        # A proxy that gathers the reply would make a live log a dead one.
        self.set_header("X-Accel-Buffering", "no")
        try:
            if wanted.follow:
                # The headers at once: a log may be empty for as long as its build waits.
                await self.flush()
            while True:
                if part.data:
                    self.write(part.data)
                    offset += len(part.data)
                    await self.flush()
                if offset < part.size:
                    part = await self._in_thread(backend, read, wanted.build_id, offset)
                elif part.ended or not wanted.follow:
                    break
                else:
                    part = await self.hold(backend.followers.more((wanted.build_id, offset)))
        except StreamClosedError:
            return
        except EnvStoreError as error:
            # Too late for a reply that says so: the end of the connection does.
            self.log.info("The log of build %s is cut off: %s", wanted.build_id, error.message)
            self.request.connection.stream.close()  # type: ignore[union-attr]
            return
        await self.finish(set_content_type="text/plain; charset=utf-8")

    def on_connection_close(self) -> None:
        """Whoever hangs up while a log is silent would be noticed when it goes on, if ever."""
        super().on_connection_close()
        self._hung_up = True
        if self._waiting is not None:
            self._waiting.cancel()

    async def _in_thread(self, backend: Backend, function: Callable[..., Any], *args: Any) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(backend.threads, function, *args)

    def _raise_refusal(self) -> None:
        if self._refusal is not None:
            raise self._refusal

    # -- errors -----------------------------------------------------------------------------------

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Every error has the envelope that both clients read, and never a stack trace."""
        error = kwargs.get("exc_info", (None, None))[1]
        message = {
            403: "request not authorized",
            404: "Not Found",
            405: "Method Not Allowed",
        }.get(status_code)
        if isinstance(error, web.HTTPError) and message is None:
            message = error.log_message or error.reason
        self._refuse(
            status_code,
            {
                "status": "error",
                "message": message
                or "The server made a mistake; its log has the details under this time.",
            },
        )

    def _refuse_because_of(self, error: EnvStoreError) -> None:
        from .decoding import error_body, status_of

        self._refuse(status_of(error), error_body(error))

    def _refuse(self, status: int, body: dict[str, Any]) -> None:
        self.set_status(status)
        self.finish(json.dumps({"hint": None, "problems": [], **body}))

    def _refuse_large_body(self) -> None:
        """Refuse a body that says how long it is before any of it comes."""
        length = self.request.headers.get("Content-Length", "")
        if length.isascii() and length.isdigit() and int(length) > _MAX_BODY:
            raise web.HTTPError(413, _TOO_LONG)

    def _drop_slash_of_query(self) -> None:
        """Forget one slash at the end of the query: conda-store's CLI adds one to every URL."""
        query = self.request.query_arguments
        if self.request.query.endswith("/") and query:
            last = list(query)[-1]
            query[last][-1] = query[last][-1].removesuffix(b"/")
