"""What the process that writes the package index is told to do, and what it tells of channels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class IndexOrder:
    """A value of primitives, so that it can travel as JSON. Sizes are bytes, times seconds."""

    directory: str
    """The index's own directory: see `store.package_index`."""
    repodata_cache: str
    channels: tuple[str, ...]
    """URLs without credentials, the most important one first."""
    subdirs: tuple[str, ...]
    """Platforms, as conda names them: ``linux-64``, ``noarch``."""
    mirrors: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The URLs, without credentials, that serve a channel in place of its own, by its URL."""
    conda_files: tuple[str, ...] = ()
    """conda's configuration files, the most important one last: proxies, certificates, secrets."""
    memory_limit: int = 1 << 30
    request_timeout: int = 600
    """Long enough for a large index over a slow line."""

    @classmethod
    def of(cls, raw: dict[str, Any]) -> IndexOrder:
        """Return what was written as JSON: there, tuples are lists."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in raw.items()
        }
        return cls(**values)


@dataclass(frozen=True)
class ChannelState:
    """What the index knows of one channel. Times are seconds since the epoch."""

    url: str
    packages: int = 0
    """How many archives are in the index."""
    updated_at: float | None = None
    """When what is in the index was last found to be different from before."""
    checked_at: float | None = None
    """When the channel was last asked, with or without success."""
    error: str | None = None
    """Why the last look failed: the index answers with what it had. A sentence."""
    hint: str | None = None
    fingerprints: dict[str, str] = field(default_factory=dict)
    """By subdir, what tells one state of the channel's files from another."""
