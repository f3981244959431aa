"""A package as a channel offers it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ChannelPackage:
    """One file of a channel. `size` is in bytes, `timestamp` in milliseconds since the epoch."""

    file: str
    name: str
    version: str
    build: str
    build_number: int
    size: int
    sha256: str | None
    """Hexadecimal."""
    license: str | None
    timestamp: int | None
