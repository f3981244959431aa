"""What clients get of the verification and the repair of a build."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..domain.integrity import Deviation, Inspection
from ..domain.upkeep import Upkeep, UpkeepState, UpkeepTask
from .build_replies import FailureReply


@dataclass(frozen=True)
class DeviationCounts:
    changed: int = 0
    missing: int = 0
    added: int = 0


@dataclass(frozen=True)
class InspectionReply:
    intact: bool
    """Whether every file is as the build left it, and none besides."""
    files: int
    """How many were compared with what is recorded of them."""
    size: int
    counts: DeviationCounts
    deviations: tuple[Deviation, ...]
    """The first 1000 by path; what is left, after a repair."""
    mended: tuple[Deviation, ...]
    """The first 1000 of what a repair has put right."""
    notes: tuple[str, ...]
    """What could not be told or mended, and why."""

    @classmethod
    def of(cls, found: Inspection) -> InspectionReply:
        return cls(
            intact=found.intact,
            files=found.files,
            size=found.size,
            counts=DeviationCounts(**dict(found.counts)),
            deviations=found.deviations,
            mended=found.mended,
            notes=found.notes,
        )


@dataclass(frozen=True)
class UpkeepReply:
    build_id: int
    task: UpkeepTask
    state: UpkeepState
    asked_on: datetime
    ended_on: datetime | None
    actor: str | None
    files_done: int
    files_total: int | None
    inspection: InspectionReply | None
    """Set if the state is ``done``, unless the build was restored."""
    failure: FailureReply | None
    """Set if the state is ``failed``."""

    @classmethod
    def of(cls, upkeep: Upkeep) -> UpkeepReply:
        found = upkeep.inspection
        return cls(
            build_id=upkeep.build_id,
            task=upkeep.task,
            state=upkeep.state,
            asked_on=upkeep.asked_on,
            ended_on=upkeep.ended_on,
            actor=upkeep.actor,
            files_done=upkeep.files_done,
            files_total=upkeep.files_total,
            inspection=None if found is None else InspectionReply.of(found),
            failure=None if upkeep.failure is None else FailureReply.of(upkeep.failure),
        )
