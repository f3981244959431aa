"""What happened in the store, numbered, whichever server did it. Triggers write most of it."""

from __future__ import annotations

from typing import Any

from ..domain.events import StoreEvent
from ..domain.moments import Clock, to_text, utc_now
from .database import Database


class Journal:
    """The rows of ``journal``."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    def kernels_changed(self, namespace: str, environment: str, build_id: int | None) -> None:
        """Say that an environment's kernelspecs have been written or removed."""
        with self._database.write() as db:
            db.execute(
                "INSERT INTO journal (at, kind, namespace, environment, build_id)"
                " VALUES (?, 'kernels', ?, ?, ?)",
                [to_text(self._clock()), namespace, environment, build_id],
            )

    def roles_changed(self) -> None:
        """Say to everybody that what they may do, and see, may have changed.

        Without a name: those who have lost a role are to hear of it, too.
        """
        with self._database.write() as db:
            db.execute(
                "INSERT INTO journal (at, kind) VALUES (?, 'environment')", [to_text(self._clock())]
            )

    def latest(self) -> int:
        """Return the number of the newest entry; 0 if there is none."""
        row = self._database.read().execute("SELECT max(seq) FROM journal").fetchone()
        return int(row[0] or 0)

    def since(self, seq: int, limit: int = 1000) -> tuple[StoreEvent, ...]:
        """Return the entries after `seq`, oldest first."""
        rows = self._database.read().query(
            "SELECT * FROM journal WHERE seq > ? ORDER BY seq LIMIT ?", [seq, limit]
        )
        return tuple(_event(row) for row in rows)


def _event(row: dict[str, Any]) -> StoreEvent:
    return StoreEvent(
        kind=row["kind"],
        at=row["at"],
        seq=row["seq"],
        namespace=row["namespace"],
        environment=row["environment"],
        build_id=row["build_id"],
        status=row["status"],
    )
