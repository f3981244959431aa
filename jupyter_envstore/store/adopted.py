"""Rows for builds that are on disk, finished, and have none."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from ..domain.errors import Problem
from ..domain.moments import to_text
from ..domain.origin import Ending
from ..domain.specification import Specification
from .database import Database
from .specifications import specification_id


@dataclass(frozen=True)
class LostBuild:
    """A finished build whose row is gone: all that the row needs."""

    build_id: int
    attempt: int
    prefix: str
    key_version: int
    specification: Specification
    asked_on: datetime
    scheduled_on: datetime
    ending: Ending
    author: str | None = None
    client: str | None = None
    parent_build_id: int | None = None
    warnings: tuple[Problem, ...] = ()


class AdoptedBuilds:
    """Rows of ``build`` that begin as COMPLETED."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert(self, environment_id: int, build: LostBuild) -> int:
        """Add the row and return its id: the build's own, or a new one if another build has it."""
        with self._database.write() as db:
            taken = db.execute("SELECT 1 FROM build WHERE id = ?", [build.build_id]).fetchone()
            cursor = db.execute(
                "INSERT INTO build (id, environment_id, specification_id, status, attempts,"
                " key_version, prefix, asked_on, scheduled_on, started_on, ended_on, size,"
                " size_own, text, author, client, parent_build_id, warnings)"
                " VALUES (?, ?, ?, 'COMPLETED', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    None if taken else build.build_id,
                    environment_id,
                    specification_id(db, build.specification, build.asked_on),
                    build.attempt,
                    build.key_version,
                    build.prefix,
                    to_text(build.asked_on),
                    to_text(build.scheduled_on),
                    to_text(build.scheduled_on),
                    to_text(build.ending.at),
                    build.ending.size,
                    build.ending.size_own,
                    build.specification.text,
                    build.author,
                    build.client,
                    build.parent_build_id,
                    _as_json(build.warnings),
                ],
            )
            return int(cursor.lastrowid or 0)


def _as_json(problems: Iterable[Problem]) -> str:
    return json.dumps([asdict(problem) for problem in problems])
