"""Who sent a request: Jupyter's identity, or the holder of one of the store's tokens."""

from __future__ import annotations

import re
from typing import Any

from ..domain.permissions import TOKEN_PREFIX

_BEARER = re.compile(rf"bearer +({TOKEN_PREFIX}.*)", re.IGNORECASE)


def own_token(authorization: str) -> str | None:
    """Return the store's token of a header ``Authorization``; None for whatever else is there.

    Nowhere else is one looked for: what stands in a URL is written to logs, and a cookie would
    come with requests that its owner never meant to send.
    """
    match = _BEARER.fullmatch(authorization.strip())
    return match[1] if match else None


def groups_of(user: Any) -> tuple[str, ...]:
    """Return the groups of Jupyter's user: an attribute of it, or what JupyterHub says."""
    hub = getattr(user, "hub_user", None)
    groups = getattr(user, "groups", None)
    if groups is None and isinstance(hub, dict):
        groups = hub.get("groups")
    return tuple(str(group) for group in groups or ())
