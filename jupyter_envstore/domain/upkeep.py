"""Upkeep of a finished build: how its last verification or repair goes, or how it ended."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from .errors import Problem
from .events import Refused
from .integrity import Inspection, inspection_from_text
from .moments import from_optional, from_text, to_optional, to_text

UpkeepTask = Literal["verify", "repair", "restore"]
UpkeepState = Literal["waiting", "running", "done", "failed", "canceled"]


@dataclass(frozen=True)
class Upkeep:
    """One verification, repair or restoration. Times are naive UTC."""

    build_id: int
    task: UpkeepTask
    state: UpkeepState
    asked_on: datetime
    actor: str | None = None
    ended_on: datetime | None = None
    files_done: int = 0
    files_total: int | None = None
    """Of the inspection that runs; None until it is known."""
    inspection: Inspection | None = None
    """What was found, and what is left of it after a repair; set if either is done."""
    failure: Refused | None = None
    """Why it failed."""

    def to_text(self) -> str:
        raw = {
            **asdict(self),
            "asked_on": to_text(self.asked_on),
            "ended_on": to_optional(self.ended_on),
            "inspection": self.inspection and self.inspection.to_text(),
        }
        return json.dumps(raw)


def upkeep_from_text(text: str) -> Upkeep:
    """Return what `Upkeep.to_text` wrote. Raises ValueError, KeyError, TypeError."""
    raw = json.loads(text)
    failure = raw["failure"]
    if failure is not None:
        failure["problems"] = tuple(Problem(**one) for one in failure["problems"])
        failure["suggestions"] = tuple(failure["suggestions"])
    return Upkeep(
        **{
            **raw,
            "asked_on": from_text(raw["asked_on"]),
            "ended_on": from_optional(raw["ended_on"]),
            "inspection": raw["inspection"] and inspection_from_text(raw["inspection"]),
            "failure": failure and Refused(**failure),
        }
    )
