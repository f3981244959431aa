"""What a checkup is: something that finds things, and may know how to mend them."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ...domain.diagnosis import SHOWN_PATHS, Finding


@dataclass(frozen=True)
class Found:
    """A finding, and what mends it where the server may do that itself.

    `mend` raises OSError or `EnvStoreError`, with the reason.
    """

    finding: Finding
    mend: Callable[[], None] | None = None


class Checkup(Protocol):
    """One part of a store's surroundings."""

    def examine(self) -> Iterator[Found]:
        """Look, without changing anything."""
        ...

    def unexamined(self) -> Iterator[str]:
        """Say what the last `examine` could not look at as a whole."""
        ...


def shown(paths: Sequence[str]) -> tuple[str, ...]:
    """Return the first of many paths, as many as a finding names."""
    return tuple(paths[:SHOWN_PATHS])


def counted(paths: Sequence[str]) -> str:
    """Return how many files and directories there are, in words."""
    number = len(paths)
    return "One file or directory" if number == 1 else f"{number:,} files and directories"


def quoted(*paths: str) -> str:
    """Return paths as a shell takes them."""
    return " ".join(shlex.quote(path) for path in paths)
