"""Secrets in channel and index URLs: found, and cut out before anything is stored or shown."""

from __future__ import annotations

import re

_USER_INFO = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*://)[^\s/@'\"<>]+@")
_TOKEN_PATH = re.compile(r"(?P<before>://[^\s'\"<>]*?)/t/[A-Za-z0-9_\-$.{}]+(?=[/\s'\"<>]|$)")


def without_credentials(text: str) -> str:
    """Return `text` with ``user:password@`` and ``/t/<token>`` removed from every URL in it."""
    return _TOKEN_PATH.sub(r"\g<before>", _USER_INFO.sub(r"\g<scheme>", text))


def has_credentials(text: str) -> bool:
    """Tell whether a URL in `text` carries a user, a password or a token."""
    return without_credentials(text) != text
