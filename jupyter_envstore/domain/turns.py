"""In which order waiting builds begin, foretold by the rule of `store.queue`, which decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Line = tuple[str, int]
"""An author, '' where none is known, and the id of an environment: who takes turns."""


@dataclass(frozen=True)
class Waiting:
    """A build that waits; `begun` says that it was begun before, and its server ended."""

    build_id: int
    line: Line
    begun: bool


def order_of_turns(waiting: Iterable[Waiting], turns: Mapping[Line, int], limit: int) -> list[int]:
    """Return the ids of the next builds, at most `limit`, if nobody asks for more meanwhile.

    `turns` has the number of the last turn of each line that had one.
    """
    lines: dict[Line, list[Waiting]] = defaultdict(list)
    for build in sorted(waiting, key=lambda build: build.build_id, reverse=True):
        lines[build.line].append(build)
    had = dict(turns)
    of_author: dict[str, int] = {}
    for (author, _), number in had.items():
        of_author[author] = max(number, of_author.get(author, 0))
    newest = max(had.values(), default=0)

    def turn(line: Line) -> tuple[bool, int, int, int]:
        builds = lines[line]
        # Numbers of turns begin with 1: 0 is for those who never had one.
        return (
            not any(build.begun for build in builds),
            of_author.get(line[0], 0),
            had.get(line, 0),
            builds[-1].build_id,
        )

    order: list[int] = []
    while lines and len(order) < limit:
        line = min(lines, key=turn)
        build = lines[line].pop()
        order.append(build.build_id)
        if not build.begun:
            newest += 1
            had[line] = of_author[line[0]] = newest
        if not lines[line]:
            del lines[line]
    return order
