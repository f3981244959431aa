"""The lines of a text by offsets, for edits that keep everything else to the byte.

A line ends in a line feed, a carriage return, or both, as in YAML 1.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_BREAK = re.compile(r"\r\n|[\n\r]")

Span = tuple[int, int]
"""Offsets of the first character, and of the one behind the last."""


class Lines:
    """Where the lines of a text begin and end."""

    def __init__(self, text: str) -> None:
        self.text = text

    def start(self, at: int) -> int:
        """Return where the line that has this offset begins."""
        return max((match.end() for match in _BREAK.finditer(self.text, 0, at)), default=0)

    def end(self, at: int) -> int:
        """Return where it ends, before its line break."""
        found = _BREAK.search(self.text, at)
        return found.start() if found else len(self.text)

    def after_break(self, at: int) -> int:
        """Return the offset behind the line break at this offset; the offset if there is none."""
        found = _BREAK.match(self.text, at)
        return found.end() if found else at

    def break_before(self, at: int) -> str:
        """Return the last line break before this offset, else the first, else a line feed."""
        before = [match[0] for match in _BREAK.finditer(self.text, 0, at)]
        first = _BREAK.search(self.text)
        return before[-1] if before else (first[0] if first else "\n")

    def has_break(self, start: int, end: int) -> bool:
        return _BREAK.search(self.text, start, end) is not None

    def whole(self, starts: Iterable[int]) -> Iterator[Span]:
        """Yield each run of the lines that begin there, with the line break before it.

        At the top of the text it is the one after it.
        """
        run: Span | None = None
        for start in sorted(set(starts)):
            end = self.end(start)
            if run is not None and self.after_break(run[1]) == start:
                run = run[0], end
                continue
            if run is not None:
                yield self._with_break(run)
            run = start, end
        if run is not None:
            yield self._with_break(run)

    def _with_break(self, run: Span) -> Span:
        start, end = run
        if start == 0:
            return 0, self.after_break(end)
        return start - len(self.break_before(start)), end


def inserted(text: str, pieces: Iterable[tuple[int, str]]) -> str:
    """Return the text with pieces put in at offsets of the text as it is."""
    for at, piece in sorted(pieces, reverse=True):
        text = text[:at] + piece + text[at:]
    return text


def without(text: str, spans: Iterable[Span]) -> str:
    """Return the text without these spans, which do not overlap."""
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + text[end:]
    return text
