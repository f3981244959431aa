"""What an inspection of a build has found: files that are not as the build left them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

INSPECTION_FILE = "inspection.json"
"""In the directory of the process that inspects: what it has found, as `Inspection` as text."""
MOST_NAMED = 1000
"""Deviations that are named; the rest is counted."""

Kind = Literal["changed", "missing", "added"]


@dataclass(frozen=True)
class Deviation:
    """One file; `path` is relative to the prefix, with slashes."""

    path: str
    kind: Kind
    detail: str = ""
    """In what way: ``content``, ``mode``, ``link``, ``type``; empty for a file as a whole."""
    package: str | None = None
    """The package that brought the file, where one did."""


@dataclass(frozen=True)
class Inspection:
    """A build beside its records. `deviations` are sorted by path, and `MOST_NAMED` at most."""

    files: int = 0
    """How many were compared with what is recorded of them."""
    size: int = 0
    """Bytes of these files."""
    counts: tuple[tuple[Kind, int], ...] = ()
    """How many deviations there are of each kind."""
    deviations: tuple[Deviation, ...] = ()
    notes: tuple[str, ...] = ()
    """What could not be told, and why: sentences."""
    mended: tuple[Deviation, ...] = ()
    """What was put right; only of a repair."""

    @property
    def intact(self) -> bool:
        return not self.counts

    def to_text(self) -> str:
        return json.dumps(asdict(self))


def inspection(
    deviations: Iterable[Deviation],
    *,
    files: int,
    size: int,
    notes: Iterable[str] = (),
    mended: Iterable[Deviation] = (),
) -> Inspection:
    """Return what was found, in order, with as much of it by name as is kept."""
    found = sorted(deviations, key=lambda one: one.path)
    counts = Counter(one.kind for one in found)
    return Inspection(
        files=files,
        size=size,
        counts=tuple(sorted(counts.items())),
        deviations=tuple(found[:MOST_NAMED]),
        notes=tuple(notes),
        mended=tuple(sorted(mended, key=lambda one: one.path)[:MOST_NAMED]),
    )


def inspection_from_text(text: str) -> Inspection:
    """Return what `Inspection.to_text` wrote. Raises ValueError, KeyError, TypeError."""
    raw = json.loads(text)
    return Inspection(
        files=raw["files"],
        size=raw["size"],
        counts=tuple((kind, number) for kind, number in raw["counts"]),
        deviations=tuple(Deviation(**one) for one in raw["deviations"]),
        notes=tuple(raw["notes"]),
        mended=tuple(Deviation(**one) for one in raw["mended"]),
    )
