"""What is to happen when, in which process: read by the saboteur in the processes of a store."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PLAN_VARIABLE = "ENVSTORE_FAULT_PLAN"
"""Names the file of the plan in the environment of a store's processes."""

_PLAN, _ARMED, _STEPS, _SERVER, _BALLAST = "plan.json", "armed", "steps", "server", "ballast"


class NotInjected(Exception):
    """The event of a fault never came: nothing was put to the test."""


@dataclass(frozen=True)
class Fault:
    """At the `occurrence`-th time that `event` is reached, the `deeds` are done, in order.

    Events are those of the build's process (`started`, `phase LINKING`, with `before` in front
    for the moment before the line is written) and steps (`dispatcher: COMMIT`): see `steps`. What
    has a `role` happens in the ``worker`` or in the ``server``. Deeds: see `saboteur.DEEDS`.
    """

    role: str
    event: str
    deeds: tuple[str, ...]
    occurrence: int = 1
    attempt: int | None = None
    """In this attempt of the build only; None: in whichever comes first."""
    after: int | None = None
    """Only when the fault of this number was injected."""

    @property
    def victim(self) -> str:
        """Who is hit: server, supervisor, worker or disk."""
        for victim in ("server", "supervisor", "disk"):
            if any(deed.endswith(victim) for deed in self.deeds):
                return victim
        return self.role

    def __str__(self) -> str:
        deeds = " and ".join(deed.replace("self", self.role) for deed in self.deeds)
        times = f" (time {self.occurrence})" if self.occurrence > 1 else ""
        when = f", attempt {self.attempt}" if self.attempt else ""
        return f"{deeds} at [{self.event}]{times}{when}"


class Room:
    """The directory of one case: the plan, what came of it, and the store."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @property
    def plan(self) -> Path:
        return self.directory / _PLAN

    @property
    def store(self) -> Path:
        """As short as can be: prefixes are limited to 255 characters."""
        return self.directory / "s"

    @property
    def steps(self) -> Path:
        """Where the steps are noted, one a line, when the plan asks for it."""
        return self.directory / _STEPS

    def keep_steps(self) -> None:
        """What was noted until now is what was looked for."""
        if self.steps.exists():
            self.steps.rename(self.scouted)

    @property
    def scouted(self) -> Path:
        return self.directory / "scouted"

    @property
    def ballast(self) -> Path:
        return self.directory / _BALLAST

    def write_plan(self, *faults: Fault, trace: bool = False) -> None:
        """Replace the plan; what was fired by the last one may be fired again."""
        self.disarm()
        for fired in self.directory.glob("fired.*"):
            fired.unlink()
        plan = {"faults": [asdict(fault) for fault in faults], "trace": trace}
        self.plan.write_text(json.dumps(plan))

    def read_plan(self) -> tuple[list[Fault], bool]:
        raw: dict[str, Any] = json.loads(self.plan.read_text())
        faults = [Fault(**{**fault, "deeds": tuple(fault["deeds"])}) for fault in raw["faults"]]
        return faults, raw["trace"]

    def arm(self) -> None:
        """From now on events count."""
        (self.directory / _ARMED).touch()

    def disarm(self) -> None:
        (self.directory / _ARMED).unlink(missing_ok=True)

    @property
    def armed(self) -> bool:
        return (self.directory / _ARMED).exists()

    def fired(self, index: int = 0) -> Path:
        """The file that tells that a fault was injected."""
        return self.directory / f"fired.{index}"

    @property
    def any_fired(self) -> bool:
        return any(self.directory.glob("fired.*"))

    @property
    def server(self) -> Path:
        """Holds the id of the server's process."""
        return self.directory / _SERVER
