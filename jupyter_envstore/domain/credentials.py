"""Secrets in channel and index URLs: found, and cut out before anything is stored or shown.

The patterns begin at ``://`` and not at the scheme, and none looks at a character more than a few
times: they are also run on texts that somebody made long on purpose.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

from .permissions import TOKEN_PREFIX

# Up to the last @ before the path: a password may itself have one.
_USER_INFO = re.compile(r"(?<!ssh)://[^\s/'\"<>]+@")
# The user of git+ssh://git@host is part of the address; a password is not.
_SSH_PASSWORD = re.compile(r"(?<=ssh)://([^\s/:@'\"<>]+):[^\s/'\"<>]*@")
_URL = re.compile(r"://[^\s'\"<>]+")
_TOKENS = re.compile(r"(?:/t/(?:\$\{\w*\}|[^\s/,\]}?#])+)+")


def without_credentials(text: str) -> str:
    """Return `text` with ``user:password@`` and ``/t/<token>`` removed from every URL in it."""
    text = _SSH_PASSWORD.sub(r"://\1@", _USER_INFO.sub("://", text))
    return _URL.sub(lambda url: _TOKENS.sub("", url[0]), text)


def has_credentials(text: str) -> bool:
    """Tell whether a URL in `text` carries a user, a password or a token."""
    return without_credentials(text) != text


def without_secrets(uri: str) -> str:
    """Return the address of a request for the log: values that may have a secret are cut out.

    More is cut out than `has_credentials` finds: nobody misses it there.
    """
    path, mark, query = uri.partition("?")
    parts = (part.partition("=") for part in query.split("&"))
    return (
        path
        + mark
        + "&".join(
            f"{key}{sign}{'[secret]' if _may_be_secret(value) else value}"
            for key, sign, value in parts
        )
    )


def _may_be_secret(value: str) -> bool:
    # Clients quote more than once: what is quoted four times is cut out whatever it is.
    for _ in range(3):
        value = unquote_plus(value)
    return any(sign in value for sign in ("@", "/t/", "%", TOKEN_PREFIX))
