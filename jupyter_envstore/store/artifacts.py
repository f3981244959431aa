"""Which files have been made from a build."""

from __future__ import annotations

from dataclasses import dataclass

from .database import Database


@dataclass(frozen=True)
class Artifact:
    """`type` is conda-store's name (``LOGS``, ``LOCKFILE``, ...), `key` where it is."""

    id: int
    type: str
    key: str


class Artifacts:
    """The rows of ``build_artifact``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, build_id: int, artifact_type: str, key: str) -> None:
        with self._database.write() as db:
            db.execute(
                "INSERT INTO build_artifact (build_id, artifact_type, key) VALUES (?, ?, ?)"
                " ON CONFLICT (build_id, artifact_type) DO UPDATE SET key = excluded.key",
                [build_id, artifact_type, key],
            )

    def of_build(self, build_id: int) -> tuple[Artifact, ...]:
        rows = self._database.read().query(
            "SELECT * FROM build_artifact WHERE build_id = ? ORDER BY id", [build_id]
        )
        return tuple(Artifact(row["id"], row["artifact_type"], row["key"]) for row in rows)
