"""Numbers about the store as a whole, for those who watch over it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..domain.build import BuildStatus
from ..domain.moments import from_text
from .database import Database

_BUILDS = """
    SELECT build.status, count(*)
    FROM build JOIN environment ON environment.id = build.environment_id
    WHERE build.deleted_on IS NULL AND environment.deleted_on IS NULL
    GROUP BY build.status
"""


@dataclass(frozen=True)
class Durations:
    """How long builds took that ended in one status, from the beginning of their last attempt.

    They are those of all times, also of builds that have been deleted.
    """

    buckets: tuple[tuple[float, int], ...]
    """For each limit in seconds, the last one infinite, the builds that took longer than the limit
    before it, and no longer than this one."""
    seconds: float
    """All of them together."""


@dataclass(frozen=True)
class Counts:
    """What there is at one moment."""

    namespaces: int
    environments: int
    builds: dict[BuildStatus, int]
    """How many builds have each status."""
    oldest_queued: datetime | None
    """Since when the build waits that waits the longest."""
    durations: dict[BuildStatus, Durations]
    """By the status that builds ended in."""


class Statistics:
    """Counts rows; nothing that it asks takes longer for more packages or longer logs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def counts(self) -> Counts:
        db = self._database.read()
        builds = dict.fromkeys(BuildStatus, 0)
        builds |= {BuildStatus(status): count for status, count in db.execute(_BUILDS)}
        (oldest,) = db.execute(
            "SELECT min(scheduled_on) FROM build WHERE status = 'QUEUED'"
        ).fetchone()
        return Counts(
            namespaces=self._count("namespace"),
            environments=self._count("environment WHERE deleted_on IS NULL"),
            builds=builds,
            oldest_queued=None if oldest is None else from_text(oldest),
            durations=self._durations(),
        )

    def _count(self, source: str) -> int:
        (count,) = self._database.read().execute(f"SELECT count(*) FROM {source}").fetchone()
        return int(count)

    def _durations(self) -> dict[BuildStatus, Durations]:
        rows = self._database.read().execute(
            "SELECT status, up_to, builds, seconds FROM build_duration ORDER BY status, up_to"
        )
        buckets: dict[BuildStatus, list[tuple[float, int]]] = {}
        seconds: dict[BuildStatus, float] = {}
        for name, up_to, builds, together in rows:
            status = BuildStatus(name)
            buckets.setdefault(status, []).append((up_to, builds))
            seconds[status] = seconds.get(status, 0.0) + together
        return {
            status: Durations(tuple(found), seconds[status]) for status, found in buckets.items()
        }
