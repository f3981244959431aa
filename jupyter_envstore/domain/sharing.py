"""One user builds and others read: who that is to be, what has to be done for it, and where.

What is done is `service.sharing`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SharingWish:
    """Who is to build; and the group that alone may read, or everybody if there is none."""

    builder: str | None = None
    group: str | None = None


@dataclass(frozen=True)
class Sharing:
    """What was done, or would be; what keeps it from working; and what to put where."""

    builder: str
    readers: str
    done: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    for_builder: tuple[str, ...] = ()
    """Lines of the configuration of the server that builds."""
    for_readers: tuple[str, ...] = ()
    """Lines of the configuration of everybody else's servers."""


@dataclass(frozen=True)
class SharedPaths:
    """Where the store is that is to be shared, and what of it lies elsewhere."""

    store: str
    internal: str
    database: str
    package_cache: str
