"""``jupyter envstore doctor``: says what is wrong around a store, and mends what it may."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

from traitlets import Bool

from ..domain.diagnosis import Diagnosis, Finding
from .command import Command, Services


class Doctor(Command):
    """The command."""

    description = """Say what is wrong around a store: modes, owners, locks, disks, conda's files.

    Each finding says what it means, who is hit, and the command that mends it. It ends with 1 if
    something is left that makes builds or kernels fail. Servers may run."""
    examples = """
    jupyter envstore doctor
    jupyter envstore doctor --fix         # and mend what this user may mend
    """
    flags: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        **Command.flags,
        "fix": ({"Doctor": {"fix": True}}, "Mend what this user may mend."),
    }

    fix = Bool(False, help="Mend what this user may mend.").tag(config=True)

    def work(self, services: Services) -> bool:
        """Examine, and mend if that is asked for; all is well without an error that is left."""
        doctor = services.doctor
        diagnosis = doctor.mend() if self.fix else doctor.examine()
        self.answer(dataclasses.asdict(diagnosis))
        for line in _lines(diagnosis, fixing=self.fix):
            self.say(line)
        return diagnosis.is_well


def _lines(diagnosis: Diagnosis, *, fixing: bool) -> list[str]:
    lines = [line for found in diagnosis.findings for line in _about(found, fixing=fixing)]
    lines += diagnosis.unexamined
    number = len(diagnosis.findings)
    lines.append("Nothing was found." if number == 0 else f"{number} found.")
    return lines


def _about(found: Finding, *, fixing: bool) -> list[str]:
    lines = [
        f"{found.severity.value.upper()} {found.code}: {found.message}",
        f"  What it means: {found.meaning}",
        f"  Who is hit: {found.affects}",
        *(f"  {path}" for path in found.paths),
    ]
    if found.mended:
        lines.append("  Mended.")
    elif found.failure is not None:
        lines.append(f"  Not mended: {found.failure}")
    if not found.mended and found.command is not None:
        lines.append(f"  To mend it: {found.command}")
    if found.mendable and not fixing:
        lines.append("  Or: jupyter envstore doctor --fix")
    return lines
