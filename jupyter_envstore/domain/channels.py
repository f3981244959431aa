"""Channel names to URLs, by conda's rules."""

from __future__ import annotations

import re
from collections.abc import Iterable

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")
_WINDOWS_PATH = re.compile(r"[A-Za-z]:[\\/]")


def resolve_channels(
    names: Iterable[str], *, alias: str, defaults: Iterable[str]
) -> tuple[str, ...]:
    """Return the URLs of channels, in order of priority, each once, without a slash at the end.

    ``defaults`` stands for several channels; a URL or an absolute path is itself; any other name
    is below the channel alias.
    """
    urls: dict[str, None] = {}
    for name in names:
        for url in defaults if name == "defaults" else (_url(name, alias),):
            urls[url.rstrip("/")] = None
    return tuple(urls)


def _url(name: str, alias: str) -> str:
    if _URL.match(name):
        return name
    if name.startswith("/"):
        return f"file://{name}"
    if _WINDOWS_PATH.match(name):
        return "file:///" + name.replace("\\", "/")
    return f"{alias.rstrip('/')}/{name}"
