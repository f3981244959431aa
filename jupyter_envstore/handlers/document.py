"""The API's own description, for programs that read it."""

from __future__ import annotations

import functools
from typing import Any

from .. import __version__
from ..api.openapi import openapi_document
from .call import OPERATIONS, Call, endpoint


@endpoint(
    "GET",
    "openapi.json",
    action="read",
    permission=(),
    root="api",
    bare=True,
    reply=dict[str, Any],
)
def openapi(call: Call) -> dict[str, Any]:  # noqa: ARG001
    """The OpenAPI document of this API."""
    return _document()


@functools.cache
def _document() -> dict[str, Any]:
    """Made when it is first asked for: it takes longer than a request should wait for nothing."""
    return openapi_document(OPERATIONS, __version__)
