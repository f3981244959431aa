"""The only place where a build's status changes: a fact in, the new build and effects out.

========== ========= ================= =================== =================== ===================
from       Claimed   CancelAsked       Finished            Died                Orphaned
========== ========= ================= =================== =================== ===================
QUEUED     BUILDING  CANCELED          --                  --                  --
BUILDING   --        flag, StopWorker  COMPLETED, Publish  FAILED or CANCELED, QUEUED, FAILED or
                                                           Discard             CANCELED, Discard
ended      --        unchanged         --                  --                  --
========== ========= ================= =================== =================== ===================

"--" raises `InvalidTransition`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .build import Build, BuildStatus


@dataclass(frozen=True)
class Claimed:
    """A server took the build from the queue."""

    owner: str
    at: datetime


@dataclass(frozen=True)
class CancelAsked:
    """Somebody wants it stopped."""

    at: datetime


@dataclass(frozen=True)
class Finished:
    """Its prefix is whole."""

    at: datetime
    size: int = 0
    size_own: int = 0


@dataclass(frozen=True)
class Died:
    """Its process ended without a whole prefix."""

    at: datetime
    reason: str


@dataclass(frozen=True)
class Orphaned:
    """Its server or supervisor is gone; `counted` is False after a clean stop of the server."""

    at: datetime
    max_attempts: int
    counted: bool = True


Fact = Claimed | CancelAsked | Finished | Died | Orphaned


@dataclass(frozen=True)
class Publish:
    """Point the environment at the build, unless publishing would go backwards."""


@dataclass(frozen=True)
class Discard:
    """Remove what the attempt left on disk."""


@dataclass(frozen=True)
class StopWorker:
    """Tell the attempt's process to end."""


Effect = Publish | Discard | StopWorker


@dataclass(frozen=True)
class Decision:
    """The build as it is from now on, and what has to be done about it."""

    build: Build
    effects: tuple[Effect, ...] = ()


class InvalidTransition(Exception):
    """A fact that cannot be true of a build in this state: a bug in the caller."""

    def __init__(self, build: Build, fact: Fact) -> None:
        super().__init__(
            f"build {build.id} is {build.status.value}: {type(fact).__name__} cannot happen"
        )


CANCELED_INFO = "build {id} marked as CANCELED due to being canceled from the REST API"
"""conda-store's sentence; its clients look for it in the log and in ``status_info``."""


def advance(build: Build, fact: Fact) -> Decision:
    """Apply a fact to a build. Pure; raises `InvalidTransition` for an impossible pair."""
    if build.status.ended:
        if isinstance(fact, CancelAsked):
            return Decision(build)
        raise InvalidTransition(build, fact)
    if build.status is BuildStatus.QUEUED:
        return _advance_queued(build, fact)
    return _advance_building(build, fact)


def _advance_queued(build: Build, fact: Fact) -> Decision:
    if isinstance(fact, Claimed):
        return Decision(
            replace(
                build,
                status=BuildStatus.BUILDING,
                owner=fact.owner,
                started_on=fact.at,
                attempts=build.attempts + 1,
            )
        )
    if isinstance(fact, CancelAsked):
        return Decision(
            _ended(build, BuildStatus.CANCELED, fact.at, CANCELED_INFO.format(id=build.id))
        )
    raise InvalidTransition(build, fact)


def _advance_building(build: Build, fact: Fact) -> Decision:
    if isinstance(fact, CancelAsked):
        return Decision(replace(build, cancel_requested=True), (StopWorker(),))
    if isinstance(fact, Finished):
        done = _ended(build, BuildStatus.COMPLETED, fact.at, None)
        # The flag is cleared: the cancel came too late, and its reply says so.
        done = replace(done, cancel_requested=False, size=fact.size, size_own=fact.size_own)
        return Decision(done, (Publish(),))
    if isinstance(fact, (Died, Orphaned)) and build.cancel_requested:
        info = CANCELED_INFO.format(id=build.id)
        return Decision(_ended(build, BuildStatus.CANCELED, fact.at, info), (Discard(),))
    if isinstance(fact, Died):
        return Decision(_ended(build, BuildStatus.FAILED, fact.at, fact.reason), (Discard(),))
    if isinstance(fact, Orphaned):
        return _orphaned(build, fact)
    raise InvalidTransition(build, fact)


def _orphaned(build: Build, fact: Orphaned) -> Decision:
    releases = build.releases if fact.counted else build.releases + 1
    tries = build.attempts - releases
    if tries >= fact.max_attempts:
        reason = (
            f"What ran this build, its server or its supervisor, went away {tries} times. "
            "It is not tried again by itself; rebuild it when the cause is gone."
        )
        return Decision(_ended(build, BuildStatus.FAILED, fact.at, reason), (Discard(),))
    queued = replace(
        build,
        status=BuildStatus.QUEUED,
        owner=None,
        started_on=None,
        releases=releases,
        scheduled_on=next_schedule(build.scheduled_on, fact.at),
    )
    return Decision(queued, (Discard(),))


def next_schedule(previous: datetime, now: datetime) -> datetime:
    """When the next attempt is scheduled: a whole second later, as keys truncate to seconds."""
    return max(now, previous.replace(microsecond=0) + timedelta(seconds=1))


def _ended(build: Build, status: BuildStatus, at: datetime, info: str | None) -> Build:
    return replace(build, status=status, owner=None, ended_on=at, status_info=info)
