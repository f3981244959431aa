"""The table and the diagram of a build's life, found out by asking `advance` about examples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from jupyter_envstore.domain.build import Build, BuildStatus
from jupyter_envstore.domain.lifecycle import (
    CancelAsked,
    Claimed,
    Died,
    Effect,
    Fact,
    Finished,
    InvalidTransition,
    Orphaned,
    advance,
)

_AT = datetime(2026, 1, 1)  # noqa: DTZ001 - the domain's times are naive UTC
_MAX_ATTEMPTS = 3

FACTS: dict[str, Fact] = {
    "Claimed": Claimed(owner="a server", at=_AT),
    "CancelAsked": CancelAsked(at=_AT),
    "Finished": Finished(at=_AT),
    "Died": Died(at=_AT, reason="a reason"),
    "Orphaned": Orphaned(at=_AT, max_attempts=_MAX_ATTEMPTS),
    "Orphaned, given back": Orphaned(at=_AT, max_attempts=_MAX_ATTEMPTS, counted=False),
}
"""An example of each fact; giving an attempt back is the one variant that matters."""


@dataclass(frozen=True)
class _State:
    """An example of a build, and what its row in the table is called."""

    label: str
    build: Build


def lifecycle_table() -> str:
    """Return the table of all states and facts, as Markdown; states that agree share a row."""
    rows = [
        (state.label, [_cell(state.build, fact) for fact in FACTS.values()]) for state in _states()
    ]
    lines = [f"| from \\ fact | {' | '.join(FACTS)} |", "|---" * (len(FACTS) + 1) + "|"]
    for cells, same in groupby(rows, key=lambda row: row[1]):
        lines.append(f"| {', '.join(label for label, _ in same)} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def lifecycle_diagram() -> str:
    """Return the changes of status as a Mermaid diagram in a block of Markdown."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for state in _states():
        for name, fact in FACTS.items():
            after = _after(state.build, fact)
            if after is not None and after[0].status is not state.build.status:
                key = (state.build.status.value, after[0].status.value)
                words = arrows.setdefault(key, [])
                word, condition = name.partition(",")[0], state.label.partition(", ")[2]
                if word not in words:
                    word += f" ({condition})" if condition else ""
                    words += [word] if word not in words else []
    ended = [status.value for status in BuildStatus if status.ended]
    return "\n".join(
        [
            "```mermaid",
            "stateDiagram-v2",
            f"    [*] --> {BuildStatus.QUEUED.value}",
            *(
                f"    {start} --> {end}: {', '.join(words)}"
                for (start, end), words in arrows.items()
            ),
            *(f"    {status} --> [*]" for status in ended),
            "```",
            "",
        ]
    )


def _states() -> Iterator[_State]:
    queued = Build(
        id=1,
        environment_id=1,
        namespace="default",
        name="example",
        specification_id=1,
        sha256="",
        status=BuildStatus.QUEUED,
        key_version=2,
        asked_on=_AT,
        scheduled_on=_AT,
    )
    building = replace(queued, status=BuildStatus.BUILDING, owner="a server", attempts=1)
    yield _State("QUEUED", queued)
    yield _State("BUILDING", building)
    yield _State("BUILDING, the last try", replace(building, attempts=_MAX_ATTEMPTS))
    yield _State("BUILDING, flagged", replace(building, cancel_requested=True))
    for status in BuildStatus:
        if status.ended:
            yield _State(status.value, replace(building, status=status, owner=None))


def _cell(build: Build, fact: Fact) -> str:
    outcome = _after(build, fact)
    if outcome is None:
        return "–"  # noqa: RUF001 - the pages write it so
    after, effects = outcome
    if after == build and not effects:
        return "unchanged"
    said = after.status.value
    if after.cancel_requested and not after.status.ended:
        said += ", flagged"
    if build.cancel_requested and not after.cancel_requested:
        said += ", flag cleared"
    return "; ".join([said, *(type(effect).__name__ for effect in effects)])


def _after(build: Build, fact: Fact) -> tuple[Build, tuple[Effect, ...]] | None:
    """Return the build as it is after the fact, and the effects; None if that cannot happen."""
    try:
        decision = advance(build, fact)
    except InvalidTransition:
        return None
    return decision.build, decision.effects
