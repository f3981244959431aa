"""Environments as they travel between stores: with their past, and without their prefixes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from .build import PackageRow
from .errors import Problem
from .events import Refused

FORMAT = 1
"""Of the file. A version that changes what a part means gets a number of its own."""

EndedStatus = Literal["COMPLETED", "FAILED", "CANCELED"]


@dataclass(frozen=True)
class Manifest:
    """What an export says of itself, before everything else."""

    kind: Literal["envstore-export"]
    format: int
    made_on: datetime
    store_id: str
    environments: int
    builds: int


@dataclass(frozen=True)
class TravellingDeed:
    """One line of an environment's history, with the build's id in the store that it is from."""

    at: datetime
    deed: str
    actor: str | None = None
    build_id: int | None = None
    detail: str | None = None


@dataclass(frozen=True)
class TravellingEnvironment:
    """An environment; its builds follow it, one by one, in the order of `builds`."""

    namespace: str
    name: str
    description: str
    created_on: datetime
    current: int | None
    builds: tuple[int, ...]
    history: tuple[TravellingDeed, ...] = ()


@dataclass(frozen=True)
class TravellingBuild:
    """A build that has ended, by its id in the store that it is from. Sizes are bytes."""

    id: int
    status: EndedStatus
    key_version: Literal[1, 2, 3]
    asked_on: datetime
    scheduled_on: datetime
    ended_on: datetime
    model: dict[str, Any]
    """The specification, as `Specification.model` has it."""
    started_on: datetime | None = None
    status_info: str | None = None
    size: int = 0
    size_own: int = 0
    text: str = ""
    author: str | None = None
    client: str | None = None
    parent_build_id: int | None = None
    pinned: bool = False
    note: str = ""
    tags: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()
    failure: Refused | None = None
    packages: tuple[PackageRow, ...] = field(default_factory=tuple)
