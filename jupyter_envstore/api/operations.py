"""One row per endpoint. It drives routing, authorisation, validation and the OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

API = "api/v1"
"""The root of nearly all endpoints, below ``<base_url>envstore/``."""
ROOTS = (API, "api", "")
"""Every root, in the order in which they are looked at: the first that a path begins with."""

_ID = r"[0-9]{1,18}"
"""Longer numbers are nobody's id, and SQLite could not even hold them."""


@dataclass(frozen=True)
class Operation:
    """An endpoint.

    `path` is relative to `root`, with ``{name}`` for its parameters; those that end in ``_id``
    are whole numbers. `run` takes a `Call` and returns the value for the reply.
    """

    method: str
    path: str
    summary: str
    action: str
    """What Jupyter's authorizer is asked: ``read``, ``write`` or ``execute``."""
    run: Callable[[Any], Any]
    reply: Any = None
    """The type of the reply's ``data``; None for a reply that only acknowledges."""
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    content_type: str = "application/json"
    wrapped: bool = True
    """False for lists without the key ``message``: a quirk of conda-store's namespace list."""
    errors: tuple[int, ...] = ()
    root: str = API
    """One of `ROOTS`."""
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        parts = re.split(r"\{(\w+)\}", self.path)
        text = "".join(
            # Names may hold what a URL quotes, but never a slash.
            rf"(?P<{part}>{_ID if part.endswith('_id') else '[^/]+'})"
            if index % 2
            else re.escape(part)
            for index, part in enumerate(parts)
        )
        object.__setattr__(self, "pattern", re.compile(text))

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(re.findall(r"\{(\w+)\}", self.path))

    @property
    def name(self) -> str:
        """The operation's id in the OpenAPI document: the name of its function."""
        return str(getattr(self.run, "__name__", self.path))


class Router:
    """Finds the operation for a method and a path, with or without a slash at the end."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self.operations = tuple(operations)

    def find(
        self, method: str, path: str, root: str = API
    ) -> tuple[Operation | None, dict[str, Any], bool]:
        """Return (operation, parameters, whether the path exists for any method)."""
        known = False
        for operation in self.operations:
            if operation.root != root:
                continue
            match = operation.pattern.fullmatch(path.strip("/"))
            if match is None:
                continue
            known = True
            if operation.method == method:
                return operation, _typed(match.groupdict()), True
        return None, {}, known


def _typed(parameters: dict[str, str]) -> dict[str, Any]:
    return {
        name: int(value) if name.endswith("_id") else value for name, value in parameters.items()
    }
