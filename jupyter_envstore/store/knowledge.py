"""What the database knows of the builds on disk: which it has given up, which it never heard of.

A database that is new, that was restored from a backup, or that has lost its last transactions
is behind the disk. It then knows neither the ids that were given out after it was written, nor how
the builds ended that it has as queued or running. None of that may be taken for litter.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from enum import Enum

from ..domain.build import BuildStatus
from ..domain.moments import to_text
from ..domain.origin import Origin
from .database import Database


class Standing(Enum):
    """What the database says of an attempt that left a prefix."""

    OWNED = "owned"
    """A build has this prefix."""
    GIVEN_UP = "given up"
    """The build was deleted, it failed, or another attempt took the place of this one."""
    UNKNOWN = "unknown"
    """The database never heard of it."""


class Knowledge:
    """The rows of ``unknown_builds``, and what can be told from the ids of builds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def standing(self, origin: Origin, prefix: str) -> Standing:
        """Return what is known of the attempt that made the prefix at this path."""
        row = next(
            self._database.read().query(
                "SELECT status, attempts, prefix, asked_on, deleted_on FROM build WHERE id = ?",
                [origin.build_id],
            ),
            None,
        )
        if row is None:
            return Standing.GIVEN_UP if self.was_issued(origin.build_id) else Standing.UNKNOWN
        if origin.record is not None and to_text(origin.record.asked_on) != row["asked_on"]:
            return Standing.UNKNOWN  # Another build, which had this id before a restore.
        if row["deleted_on"] is not None or origin.attempt < row["attempts"]:
            return Standing.GIVEN_UP
        if origin.attempt > row["attempts"]:
            return Standing.UNKNOWN
        status = BuildStatus(row["status"])
        if status not in (BuildStatus.COMPLETED, BuildStatus.BUILDING):
            return Standing.GIVEN_UP
        # Elsewhere it is a copy that somebody made of the prefix.
        return Standing.OWNED if row["prefix"] == prefix else Standing.UNKNOWN

    def was_issued(self, build_id: int) -> bool:
        """Tell whether the database itself has given this id to a build, deleted by now or not."""
        read = self._database.read()
        unknown = read.execute(
            "SELECT 1 FROM unknown_builds WHERE ? BETWEEN first_id AND last_id", [build_id]
        ).fetchone()
        return unknown is None and build_id <= self._issued()

    def removed(self, build_ids: Collection[int]) -> set[int]:
        """Return those of these ids that were given to builds whose rows have been removed."""
        rows = self._database.read().execute(
            "SELECT value FROM json_each(?) WHERE value <= ? AND NOT EXISTS"
            " (SELECT 1 FROM build WHERE id = value) AND NOT EXISTS"
            " (SELECT 1 FROM unknown_builds WHERE value BETWEEN first_id AND last_id)",
            [json.dumps(sorted(build_ids)), self._issued()],
        )
        return {int(row[0]) for row in rows}

    def learn_of(self, highest: int) -> bool:
        """Never give out an id up to `highest`, which is in use on disk; tell if that is news.

        The ids that are skipped are remembered as unknown: the builds that had them are not given
        up, whatever becomes of their rows.
        """
        # Ids are committed before anything on disk has them: who looks at the disk first, and
        # then here, finds an id that is too high only if the database has lost it.
        with self._database.write() as db:
            issued = self._issued()
            if highest <= issued:
                return False
            db.execute("INSERT INTO unknown_builds VALUES (?, ?)", [issued + 1, highest])
            if db.execute("SELECT 1 FROM sqlite_sequence WHERE name = 'build'").fetchone():
                db.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'build'", [highest])
            else:
                db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('build', ?)", [highest])
        return True

    def _issued(self) -> int:
        row = (
            self._database.read()
            .execute("SELECT seq FROM sqlite_sequence WHERE name = 'build'")
            .fetchone()
        )
        return int(row[0]) if row else 0
