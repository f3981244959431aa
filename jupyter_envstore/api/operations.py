"""One row per endpoint. It drives routing, authorisation, validation and the OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from ..domain.permissions import Permission

API = "api/v1"
"""The root of nearly all endpoints, below ``<base_url>envstore/``."""
ROOTS = (API, "api", "")
"""Every root, in the order in which they are looked at: the first that a path begins with."""

BUILD_IDS = frozenset(["build_id", "other_id"])
"""The parameters of paths that are ids of builds."""

_ID = r"[0-9]{1,18}"
"""Longer numbers are nobody's id, and SQLite could not even hold them."""
MAX_ID = 10**18 - 1
"""The greatest id that a path may have."""


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
    bare: bool = False
    """The reply has no envelope at all: a quirk of conda-store's GET specification/."""
    ranged: bool = False
    """The reply is a file: requests may be for parts of it, or for another version of it."""
    errors: tuple[int, ...] = ()
    root: str = API
    """One of `ROOTS`."""
    permission: Permission | tuple[Permission, ...] | None = None
    """What the caller has to have on what the path names; by default see `needed`."""
    deprecated: bool = False
    """conda-store tells its clients not to use it; here it stays."""
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
    def needed(self) -> tuple[Permission, ...]:
        """The permissions on what the path names: a build's environment, a namespace, the store.

        Those that a row does not give are to read or to update it. Of the store as a whole, even
        reading is for its administrators: a row for everybody says ``permission=()``, and its
        function shows only what the caller may see.
        """
        if self.permission is not None:
            return (self.permission,) if isinstance(self.permission, str) else self.permission
        reading = self.action == "read"
        if "name" in self.parameters or BUILD_IDS.intersection(self.parameters):
            return ("environment::read",) if reading else ("environment::update",)
        if "namespace" in self.parameters:
            return ("namespace::read",) if reading else ("namespace::update",)
        return ("setting::read",) if reading else ("setting::update",)

    @property
    def address(self) -> str:
        """The path below ``<base_url>envstore``; one that ends in a file's name has no slash."""
        parts = [part for part in (self.root, self.path) if part]
        address = "/".join(["", *parts])
        return address if "." in address.rsplit("/", 1)[1] else f"{address}/"

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
