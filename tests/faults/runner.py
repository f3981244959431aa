"""Carries cases out, each in a directory of its own, and says what became of each."""

from __future__ import annotations

import shutil
import subprocess
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.engine.tiny_channel import TinyChannel

from . import jupyter, scenarios, surroundings
from .channel import make_channel
from .plan import NotInjected
from .scenarios import Case
from .stage import Stage

_SCENARIOS = {
    name: getattr(module, name)
    for module, names in {
        scenarios: (
            "build", "first_build", "supervisor", "cancel", "delete_build", "delete_environment",
            "switch", "recovery", "every_attempt", "start",
        ),
        surroundings: ("network", "network_and_kill", "full_disk", "forgotten"),
        jupyter: ("jupyter",),
    }.items()
    for name in names
}  # fmt: skip
_TRIES = 3
_DISK = "24m"
"""The size of the disks that are filled."""


@dataclass(frozen=True)
class Result:
    """What became of a case: `outcome` in words; `problem` is empty if all promises were kept."""

    case: Case
    outcome: str
    problem: str
    seconds: float


class Runner:
    """Carries cases out below a directory; what went wrong is kept there."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._channel: TinyChannel = make_channel(directory / "channel")

    def run(self, case: Case, name: str) -> Result:
        """Carry a case out; its directory has this name, and is removed if all went well.

        Threads and processes do not take turns in the same way each time: where the event of a
        fault does not come, the case is begun again.
        """
        began = time.monotonic()
        for number in range(_TRIES):
            room = f"{name}.{number}" if number else name
            try:
                outcome = self._carry_out(case, room)
            except NotInjected as error:
                problem = f"not injected: {error}"
            except Exception as error:  # noqa: BLE001 -- the campaign goes on
                kind = "" if isinstance(error, AssertionError) else f"{type(error).__name__}: "
                (self._directory / room).mkdir(exist_ok=True)
                (self._directory / room / "problem").write_text(traceback.format_exc())
                return Result(case, "", f"{kind}{error}", time.monotonic() - began)
            else:
                return Result(case, outcome, "", time.monotonic() - began)
        return Result(case, "", problem, time.monotonic() - began)

    def _carry_out(self, case: Case, name: str) -> str:
        with self._room(case, name) as room:
            stage = Stage(room, self._channel, **case.settings)
            outcome: str = _SCENARIOS[case.scenario](stage, case)
        shutil.rmtree(self._directory / name)
        return outcome

    def scout(self, case: Case) -> list[str]:
        """Carry a case out for its steps."""
        name = f"scout-{case.scenario}"
        room = self._directory / name
        room.mkdir()
        stage = Stage(room, self._channel, **case.settings)
        _SCENARIOS[case.scenario](stage, case)
        steps = stage.room.scouted.read_text().splitlines()
        shutil.rmtree(room)
        return steps

    @contextmanager
    def _room(self, case: Case, name: str) -> Iterator[Path]:
        room = self._directory / name
        room.mkdir()
        if case.scenario != "full_disk":
            yield room
            return
        mount = ["mount", "-t", "tmpfs", "-o", f"size={_DISK}", "envstore-faults", str(room)]
        subprocess.run(mount, check=True)
        try:
            yield room
        finally:
            subprocess.run(["umount", "--lazy", str(room)], check=True)
