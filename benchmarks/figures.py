"""Measured values, the limits they are held against, and the table that shows both."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One number that a benchmark is about.

    `samples` are what `value` was computed from, in the order in which they were taken.
    """

    name: str
    unit: str
    value: float
    samples: tuple[float, ...]
    limit: float | None = None
    """The value may be this at most."""

    @property
    def missed(self) -> bool:
        return self.limit is not None and self.value > self.limit

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "missed": self.missed}


@dataclass(frozen=True)
class Measurement:
    """What one benchmark found: its figures, and details for whoever asks why."""

    figures: tuple[Figure, ...]
    details: dict[str, Any] = field(default_factory=dict)


def median(name: str, unit: str, samples: Iterable[float], *, limit: float | None = None) -> Figure:
    """Return the figure that is the median of its samples."""
    taken = tuple(samples)
    return Figure(name, unit, statistics.median(taken), taken, limit)


def percentile(
    name: str, unit: str, samples: Iterable[float], share: float, *, limit: float | None = None
) -> Figure:
    """Return the figure that `share` (0 to 1) of its samples do not exceed (nearest rank)."""
    taken = tuple(samples)
    rank = max(math.ceil(share * len(taken)), 1) - 1
    return Figure(name, unit, sorted(taken)[rank], taken, limit)


def highest(
    name: str, unit: str, samples: Iterable[float], *, limit: float | None = None
) -> Figure:
    """Return the figure that is the largest of its samples."""
    return percentile(name, unit, samples, 1.0, limit=limit)


def table(figures: Sequence[tuple[str, Figure]]) -> str:
    """Return the figures, each with the name of its benchmark, as a table for people."""
    head = ("benchmark", "figure", "value", "lowest", "highest", "n", "limit", "")
    rows = [head, *(_row(benchmark, figure) for benchmark, figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = []
    for row in rows:
        cells = [
            text.ljust(width) if column < 2 else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def _row(benchmark: str, figure: Figure) -> tuple[str, ...]:
    verdict = "" if figure.limit is None else "MISSED" if figure.missed else "ok"
    return (
        benchmark,
        figure.name,
        f"{_number(figure.value)} {figure.unit}".rstrip(),
        _number(min(figure.samples)),
        _number(max(figure.samples)),
        str(len(figure.samples)),
        "" if figure.limit is None else _number(figure.limit),
        verdict,
    )


def _number(value: float) -> str:
    """Three significant digits: more would be noise."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
