"""What was done to an environment, by whom and when, under whatever names it has had.

Triggers note what nobody has to be asked for: that a build was asked for, and that one became
current when it had finished. The use cases note the rest, in the transaction that does it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from ..domain.build import BuildStatus
from ..domain.moments import Clock, from_text, to_text, utc_now
from .database import Database
from .listing import Listing, Page, Where

Deed = Literal[
    "asked",
    "published",
    "switched",
    "canceled",
    "deleted",
    "pinned",
    "unpinned",
    "annotated",
    "described",
    "renamed",
    "cloned",
    "shelved",
    "restored",
]
"""What can be done. The first two are written by triggers."""

DEEDS: tuple[Deed, ...] = get_args(Deed)


@dataclass(frozen=True)
class HistoryEntry:
    """One deed."""

    id: int
    at: datetime
    deed: Deed
    actor: str | None
    """None where nobody asked, and where Jupyter does not know who did."""
    build_id: int | None
    build_status: BuildStatus | None
    """What became of the build until now; None if it is gone."""
    detail: str | None
    """The former name for `renamed`, the origin for `cloned`, the new text for `described`, the
    rule for what a clean-up has `deleted`."""


class History:
    """The rows of ``history``."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    def note(
        self,
        environment_id: int,
        deed: Deed,
        *,
        actor: str | None,
        build_id: int | None = None,
        detail: str | None = None,
    ) -> None:
        """Add a deed; part of the transaction that does it."""
        with self._database.write() as db:
            db.execute(
                "INSERT INTO history (environment_id, at, deed, actor, build_id, detail)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [environment_id, to_text(self._clock()), deed, actor, build_id, detail],
            )

    def of_environment(self, environment_id: int, listing: Listing) -> Page[HistoryEntry]:
        """Return the deeds in the order in which they were done."""
        return listing.run(
            self._database.read(),
            select="SELECT history.*, build.status AS build_status",
            source="FROM history LEFT JOIN build ON build.id = history.build_id",
            sortable={"id": "history.id"},
            default=("id",),
            read=_entry,
            where=Where().also("history.environment_id = ?", environment_id),
        )


def _entry(row: dict[str, Any]) -> HistoryEntry:
    status = row["build_status"]
    return HistoryEntry(
        id=row["id"],
        at=from_text(row["at"]),
        deed=row["deed"],
        actor=row["actor"],
        build_id=row["build_id"],
        build_status=None if status is None else BuildStatus(status),
        detail=row["detail"],
    )
