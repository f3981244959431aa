"""conda-store's paths to log in and out. What stands behind them is Jupyter's own login.

Its command line comes here with a name and a password, and its web interface sends people here. The
password is that of the Jupyter server, or its token; the cookie is Jupyter's, too, so that whatever
changes something needs the XSRF header as well.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlencode, urlsplit

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado import web

from .base import EnvStoreHandler


class _SessionHandler(EnvStoreHandler):
    def check_xsrf_cookie(self) -> None:
        """Who is about to log in has no cookie yet: the origin has to do."""
        if hasattr(self, "_jupyter_current_user") and not self.check_origin():
            raise web.HTTPError(403)

    def _next(self) -> str:
        """Return where to go from here, a path of this server; no other site is led to."""
        wanted = self.get_query_argument("next", self.base_url)
        parts = urlsplit(wanted)
        elsewhere = parts.scheme or parts.netloc or "\\" in wanted or wanted.startswith("//")
        is_inside = parts.path.startswith(self.base_url) and not elsewhere
        return wanted if is_inside else str(self.base_url)


class LoginHandler(_SessionHandler):
    """``envstore/login/``: a page for people, and a cookie for programs."""

    @allow_unauthenticated
    async def get(self, path: str | None) -> None:  # noqa: ARG002
        self.redirect(f"{self.settings['login_url']}?{urlencode({'next': self._next()})}")

    @allow_unauthenticated
    async def post(self, path: str | None) -> None:  # noqa: ARG002
        self._raise_refusal()
        # What Jupyter's login reads is the fields of a form.
        self.request.arguments = {"password": [self._password().encode()]}
        provider = self.identity_provider
        # To compare a password takes a tenth of a second, on purpose.
        loop = asyncio.get_running_loop()
        user = await loop.run_in_executor(None, provider.process_login_form, self)
        if user is None:
            self._refuse(
                403,
                {
                    "status": "error",
                    "message": "Invalid authentication credentials",
                    "hint": "The password is that of the Jupyter server, or its token. With a "
                    "token of the store, use CONDA_STORE_AUTH=token.",
                },
            )
            return
        provider.set_login_cookie(self, user)
        data = {"redirect_url": self._next()}
        await self.finish(json.dumps({"status": "ok", "data": data, "message": None}))

    def _password(self) -> str:
        """Return the password of the body; what is none is as wrong as any other."""
        try:
            body: Any = json.loads(b"".join(self._body))
        except ValueError:
            return ""
        password = body.get("password") if isinstance(body, dict) else None
        return password if isinstance(password, str) else ""


class LogoutHandler(_SessionHandler):
    """``envstore/logout/``: takes Jupyter's cookie away."""

    @allow_unauthenticated
    async def post(self, path: str | None) -> None:  # noqa: ARG002
        self._raise_refusal()
        self.identity_provider.clear_login_cookie(self)
        self.redirect(self._next(), status=303)
