"""What conda's configuration says of channels and connections.

Values may hold secrets: nothing of `CondaSettings` is stored or shown but its `shown`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .credentials import without_credentials

VARIABLE = re.compile(r"\$(?:(\w+)|\{([^}]*)\})")
"""``$NAME`` or ``${NAME}`` in a value."""


@dataclass(frozen=True, repr=False)
class ConfigurationFile:
    """One of conda's files; `problem` says why its text could not be read."""

    path: str
    text: str = ""
    problem: str | None = None


@dataclass(frozen=True)
class ShownSetting:
    """A setting as people may see it, without secrets."""

    name: str
    value: str
    sources: tuple[str, ...]
    """The files and variables that it comes from."""
    reason: str | None = None
    """Why builds do not use it; None if they do."""


@dataclass(frozen=True, repr=False)
class CondaSettings:
    """What conda's configuration says of channels and connections."""

    channel_alias: str | None = None
    default_channels: tuple[str, ...] = ()
    custom_channels: Mapping[str, str] = field(default_factory=dict)
    custom_multichannels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mirrored_channels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    channels: tuple[str, ...] = ()
    """Read for the credentials in them only."""
    proxy_servers: Mapping[str, str] = field(default_factory=dict)
    ssl_verify: bool | str = True
    """Whether certificates are verified, or the path of those that are trusted."""
    add_anaconda_token: bool = True
    envs_dirs: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    """The files that were read, the most important one last."""
    shown: tuple[ShownSetting, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def concerns_connections(self) -> bool:
        """Whether the build's process has to read the files: for proxies, certificates, secrets."""
        urls = [
            self.channel_alias or "",
            *self.channels,
            *self.default_channels,
            *self.custom_channels.values(),
            *(url for urls in self.custom_multichannels.values() for url in urls),
            *(url for urls in self.mirrored_channels.values() for url in urls),
        ]
        secret = any(url != without_credentials(url) for url in urls)
        return (
            secret
            or bool(self.proxy_servers)
            or self.ssl_verify is not True
            or not self.add_anaconda_token
        )


def expand_variables(text: str, variables: Mapping[str, str]) -> str:
    """Return `text` with ``$NAME`` and ``${NAME}`` replaced; unknown names stay."""
    return VARIABLE.sub(
        lambda match: variables.get(match[1] if match[1] is not None else match[2], match[0]), text
    )
