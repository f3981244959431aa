"""What became of the files of watched folders: one entry a path, for all servers of the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ..domain.errors import EnvStoreError
from ..domain.moments import from_text, to_text
from .database import Database


@dataclass(frozen=True)
class WatchedFile:
    """A file, by the content that was last dealt with: there is a build of it, or a problem."""

    path: str
    sha256: str
    at: datetime
    namespace: str | None = None
    environment: str | None = None
    build_id: int | None = None
    problem: str | None = None
    hint: str | None = None


class WatchedFiles:
    """The rows of ``watched_file``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, path: str) -> WatchedFile | None:
        return next(iter(self._select("WHERE path = ?", [path])), None)

    def all(self) -> tuple[WatchedFile, ...]:
        """Return every file that was ever dealt with, by path."""
        return tuple(self._select("ORDER BY path", []))

    def note_build(
        self, path: str, sha256: str, owner: tuple[str, str], build_id: int, now: datetime
    ) -> bool:
        """Note the build of this content; False if one of it is noted, by this or another server.

        `owner` are the namespace and the name of the environment.
        """
        with self._database.write() as db:
            return bool(
                db.execute(
                    "INSERT INTO watched_file (path, sha256, at, namespace, environment, build_id)"
                    " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET"
                    " sha256 = excluded.sha256, at = excluded.at, namespace = excluded.namespace,"
                    " environment = excluded.environment, build_id = excluded.build_id,"
                    " problem = NULL, hint = NULL"
                    " WHERE sha256 <> excluded.sha256 OR build_id IS NULL",
                    [path, sha256, to_text(now), *owner, build_id],
                ).rowcount
            )

    def note_problem(self, path: str, sha256: str, error: EnvStoreError, now: datetime) -> bool:
        """Note why nothing is built of this content; False if just that is noted already."""
        with self._database.write() as db:
            return bool(
                db.execute(
                    "INSERT INTO watched_file (path, sha256, at, problem, hint)"
                    " VALUES (?, ?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET"
                    " sha256 = excluded.sha256, at = excluded.at, namespace = NULL,"
                    " environment = NULL, build_id = NULL, problem = excluded.problem,"
                    " hint = excluded.hint"
                    " WHERE sha256 <> excluded.sha256"
                    " OR (build_id IS NULL AND problem IS NOT excluded.problem)",
                    [path, sha256, to_text(now), error.message, error.hint],
                ).rowcount
            )

    def _select(self, rest: str, values: list[str]) -> Iterable[WatchedFile]:
        rows = self._database.read().query(f"SELECT * FROM watched_file {rest}", values)
        return (WatchedFile(**{**row, "at": from_text(row["at"])}) for row in rows)
