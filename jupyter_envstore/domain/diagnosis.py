"""What is wrong, or could go wrong, with a store and what is around it: a value each."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Severity(str, Enum):
    """How much a finding matters."""

    ERROR = "error"
    """Builds or kernels fail because of it, or somebody may change what others run."""
    WARNING = "warning"
    """It will surprise somebody, or costs time or space."""
    INFO = "info"
    """Worth knowing; nothing has to be done."""


@dataclass(frozen=True)
class Finding:
    """One thing that the doctor has to say."""

    code: str
    """Which finding it is, for programs: words with hyphens, documented in the how-to."""
    severity: Severity
    message: str
    """What is the case."""
    meaning: str
    """What follows from it, and why."""
    affects: str
    """Who is hit."""
    command: str | None = None
    """The command that mends it, for a shell; None where there is no such command."""
    paths: tuple[str, ...] = ()
    """Some of the places, at most `SHOWN_PATHS`."""
    mendable: bool = False
    """Whether the server, as the user that it runs as, may mend it by itself."""
    mended: bool = False
    failure: str | None = None
    """Why mending failed, after it was tried."""


SHOWN_PATHS = 5
"""Paths that a finding names; where there are more, its message has their number."""


@dataclass(frozen=True)
class Diagnosis:
    """Everything that was found, the worst first."""

    findings: tuple[Finding, ...] = ()
    unexamined: tuple[str, ...] = field(default=())
    """What could not be looked at as a whole, as sentences."""

    @property
    def is_well(self) -> bool:
        """Whether nothing is left that makes something fail."""
        return not any(
            finding.severity is Severity.ERROR and not finding.mended for finding in self.findings
        )


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return findings with the worst first, those of one severity by their code."""
    rank = {severity: number for number, severity in enumerate(Severity)}
    return tuple(sorted(findings, key=lambda found: (rank[found.severity], found.code)))
