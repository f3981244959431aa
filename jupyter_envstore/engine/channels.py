"""Names of channels, as people write them, to URLs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")
_WINDOWS_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def resolve_channels(
    names: Iterable[str],
    *,
    alias: str,
    default_channels: Iterable[str],
    custom: Mapping[str, Iterable[str]] | None = None,
) -> tuple[str, ...]:
    """Return the URL of each channel, in order of priority, without duplicates.

    ``defaults`` stands for `default_channels`; a name in `custom` (conda's ``custom_channels`` and
    ``custom_multichannels``) for the URLs given there; another name, with slashes or not, lies
    below `alias`. URLs are kept, paths become ``file://`` URLs; none ends in a slash.
    """
    known = {name: tuple(urls) for name, urls in (custom or {}).items()}
    defaults = tuple(default_channels)
    urls: dict[str, None] = {}
    for name in names:
        for url in _resolve(name.strip(), alias, defaults, known):
            urls[url] = None
    return tuple(urls)


def _resolve(
    name: str, alias: str, defaults: tuple[str, ...], custom: Mapping[str, tuple[str, ...]]
) -> list[str]:
    if name in custom:
        members: tuple[str, ...] = custom[name]
    elif name == "defaults":
        members = defaults
    else:
        return [_one(name, alias)]
    # A member that is a name is below the alias: it cannot stand for a group again.
    return [_one(member, alias) for member in members]


def _one(name: str, alias: str) -> str:
    if _URL.match(name):
        return _without_slash(name)
    if name.startswith(("/", "~", "./", "../")) or _WINDOWS_DRIVE.match(name):
        return _without_slash(Path(name).expanduser().absolute().as_uri())
    return f"{_without_slash(alias)}/{name.strip('/')}"


def _without_slash(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{rest.rstrip('/') or '/'}" if separator else url.rstrip("/")
