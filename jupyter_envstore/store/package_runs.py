"""Found packages as runs of ids, and the memory of the last searches for who turns pages.

All packages of one name in one channel are neighbours in the package index: what a search finds is
tens of thousands of runs at most, in the order of the search, where it may be half a million ids.
"""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable

_KEPT = 16
"""Searches that are remembered, each with half a megabyte at most for 30,000 names."""


class Runs:
    """Runs of ids, one behind the other."""

    def __init__(self, runs: Iterable[tuple[int, int]]) -> None:
        """Each run is its first id and how many there are."""
        self._firsts = array("q")
        self._ends = array("q")
        self.count = 0
        """How many ids there are in all."""
        for first, length in runs:
            self.count += length
            self._firsts.append(first)
            self._ends.append(self.count)

    def ids(self, limit: int, offset: int, *, backwards: bool = False) -> list[int]:
        """Return some of the ids; `backwards` turns each run round, but not their order."""
        found: list[int] = []
        number = bisect_right(self._ends, offset)
        while len(found) < limit and number < len(self._ends):
            begin = self._ends[number - 1] if number else 0
            first = self._firsts[number]
            run = range(first, first + self._ends[number] - begin)
            found += (run[::-1] if backwards else run)[max(offset - begin, 0) :]
            number += 1
        return found[:limit]


class RunsMemory:
    """Keeps the results of the last searches; may be used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Runs] = OrderedDict()

    def get(self, key: Hashable, find: Callable[[], Runs]) -> Runs:
        """Return what was found before for this key, else what `find` finds."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        runs = find()
        with self._lock:
            self._kept[key] = runs
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return runs
