"""What a build's process says while it works, and what the store announces.

A build's events are one JSON object a line. `seq` (the line's number, from 0) and the attempt
they belong to are added by the reader.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from .build import Phase
from .errors import Problem


@dataclass(frozen=True)
class Started:
    """The process runs. `started` is the process's start time in seconds since the epoch."""

    pid: int
    host: str
    engine: str
    started: float
    type: ClassVar[str] = "started"


@dataclass(frozen=True)
class PhaseEntered:
    """A phase begins; the one before it has ended. `seconds` since the process started."""

    phase: Phase
    seconds: float
    type: ClassVar[str] = "phase"


@dataclass(frozen=True)
class Progress:
    """How far the phase is. Totals are None until they are known."""

    phase: Phase
    packages_done: int = 0
    packages_total: int | None = None
    bytes_done: int = 0
    bytes_total: int | None = None
    detail: str | None = None
    """What is being worked on, or waited for."""
    type: ClassVar[str] = "progress"


@dataclass(frozen=True)
class Solved:
    """The packages are known; `download_bytes` are not in the cache yet."""

    packages: int
    download_bytes: int
    type: ClassVar[str] = "solved"


@dataclass(frozen=True)
class Warned:
    """Something the user should know; the build goes on."""

    message: str
    hint: str | None = None
    damaged: str | None = None
    """SHA-256 of a package whose cached files had been changed: builds that link them share it."""
    type: ClassVar[str] = "warning"


@dataclass(frozen=True)
class Repeated:
    """A connection failed in a way that may pass; it is tried again after `delay` seconds."""

    what: str
    attempt: int
    delay: float
    type: ClassVar[str] = "repeat"


@dataclass(frozen=True)
class Refused:
    """A verdict: the build cannot be made, and why.

    `kind` is one of: unsatisfiable, missing-package, channel, network, disk, memory, timeout,
    path, conflict, link-script, pip, integrity, engine, killed, internal.
    """

    kind: str
    message: str
    hint: str | None = None
    explanation: str | None = None
    """The solver's or the tool's own text, in full."""
    problems: tuple[Problem, ...] = ()
    suggestions: tuple[str, ...] = ()
    type: ClassVar[str] = "refused"

    @property
    def summary(self) -> str:
        """All of it as one text, for clients that know only ``status_info``."""
        return "\n".join(part for part in (self.message, self.explanation, self.hint) if part)


@dataclass(frozen=True)
class Finished:
    """A verdict: the prefix is whole. Sizes in bytes; `size_own` is not shared with the cache."""

    size: int
    size_own: int
    packages: str
    """Path of the JSON list of packages (`PackageRow`), relative to the attempt's directory."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Time spent in each phase."""
    type: ClassVar[str] = "finished"


WorkerEvent = Started | PhaseEntered | Progress | Solved | Warned | Repeated | Refused | Finished
WORKER_EVENTS: tuple[type[WorkerEvent], ...] = (
    Started,
    PhaseEntered,
    Progress,
    Solved,
    Warned,
    Repeated,
    Refused,
    Finished,
)


@dataclass(frozen=True)
class StoreEvent:
    """A change of the store that other parts, browsers and servers hear of.

    `kind` is ``build``, ``environment``, ``kernels``, ``progress`` or ``echo``. `seq` numbers the
    changes of the store without gaps, whichever server made them; it is None for progress and
    echoes, which are not kept. `at` is naive UTC, ISO 8601. `echo` is what somebody sent to find
    out whether events come through.
    """

    kind: Literal["build", "environment", "kernels", "progress", "echo"]
    at: str
    seq: int | None = None
    namespace: str | None = None
    environment: str | None = None
    build_id: int | None = None
    status: str | None = None
    progress: Progress | None = None
    echo: str | None = None
