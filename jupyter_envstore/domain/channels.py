"""Channel names to URLs, by conda's rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .conda_settings import CondaSettings
from .credentials import without_credentials
from .settings import Settings

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")
_WINDOWS_PATH = re.compile(r"[A-Za-z]:[\\/]")
_NOTHING: Mapping[str, str] = {}
_NO_GROUPS: Mapping[str, tuple[str, ...]] = {}


@dataclass(frozen=True)
class ChannelNames:
    """What the names of channels stand for; nothing in it has credentials."""

    alias: str
    defaults: tuple[str, ...]
    custom: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mirrors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The URLs that serve a channel in place of its own, by the channel's name."""

    def resolve(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the URLs of channels, in order of priority."""
        return resolve_channels(
            names, alias=self.alias, defaults=self.defaults, custom=self.custom, groups=self.groups
        )

    def mirrors_of(self, channels: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return the mirrors of those channels, by URL, that have any."""
        by_url = {}
        for name, urls in self.mirrors.items():
            resolved = self.resolve([name])
            mirrors = self.resolve(urls)
            if len(resolved) == 1 and mirrors and mirrors != resolved:
                by_url[resolved[0]] = mirrors
        return {channel: by_url[channel] for channel in channels if channel in by_url}


def channel_names(settings: Settings, conda: CondaSettings) -> ChannelNames:
    """Return what names stand for: as the administrator has set it, else conda, else we."""
    groups = {name: _public(urls) for name, urls in conda.custom_multichannels.items()}
    condas_defaults = groups.pop("defaults", _public(conda.default_channels))
    alias, defaults = settings.conda_channel_alias, settings.defaults_channels
    if conda.channel_alias and "conda_channel_alias" not in settings.settled:
        alias = conda.channel_alias
    if condas_defaults and "defaults_channels" not in settings.settled:
        defaults = condas_defaults
    custom = {name: without_credentials(url) for name, url in conda.custom_channels.items()}
    return ChannelNames(
        alias=without_credentials(alias),
        defaults=_public(defaults),
        custom={**_names_of(defaults), **custom},
        groups=groups,
        mirrors={name: _public(urls) for name, urls in conda.mirrored_channels.items()},
    )


def resolve_channels(
    names: Iterable[str],
    *,
    alias: str,
    defaults: Iterable[str],
    custom: Mapping[str, str] = _NOTHING,
    groups: Mapping[str, tuple[str, ...]] = _NO_GROUPS,
) -> tuple[str, ...]:
    """Return the URLs of channels, in order of priority, each once, without a slash at the end.

    ``defaults`` and the names in `groups` stand for several channels; a URL or an absolute path
    is itself; a name that `custom` has, or begins with one that it has (``x/label/dev``), is below
    the URL given there; any other name is below the channel alias.
    """
    known = {"defaults": tuple(defaults), **groups}
    urls: dict[str, None] = {}
    for name in names:
        # The members of a group are URLs or below the alias: a group cannot contain itself.
        members = [_url(member, alias, _NOTHING) for member in known.get(name, ())]
        for url in members if name in known else (_url(name, alias, custom),):
            urls[url.rstrip("/")] = None
    return tuple(urls)


def _url(name: str, alias: str, custom: Mapping[str, str]) -> str:
    if _URL.match(name):
        return name
    if name.startswith("/"):
        return f"file://{name}"
    if _WINDOWS_PATH.match(name):
        return "file:///" + name.replace("\\", "/")
    parts = name.strip("/").split("/")
    for length in range(len(parts), 0, -1):
        base = custom.get("/".join(parts[:length]))
        # What is neither a URL nor a path stands for the alias, as in conda.
        if base is not None and (_URL.match(base) or base.startswith("/")):
            return f"{_url(base, alias, _NOTHING).rstrip('/')}/{name.strip('/')}"
    return f"{alias.rstrip('/')}/{name}"


def _names_of(urls: Iterable[str]) -> dict[str, str]:
    """Return the names that conda has for URLs: ``pkgs/main`` is not below the alias."""
    names = {}
    for url in urls:
        parts = urlsplit(url)
        if parts.netloc and parts.path.strip("/"):
            names[parts.path.strip("/")] = f"{parts.scheme}://{parts.netloc}"
    return names


def _public(urls: Iterable[str]) -> tuple[str, ...]:
    return tuple(without_credentials(url) for url in urls)
