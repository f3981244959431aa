"""Copies of the database that are made while it is used, and looked at as a whole."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ..domain.errors import Conflict
from .database import Database


@dataclass(frozen=True)
class SnapshotContent:
    """What a snapshot holds. `problems` are SQLite's sentences; without any it is whole."""

    store_id: str = ""
    environments: int = 0
    builds: frozenset[int] = frozenset()
    problems: tuple[str, ...] = ()


def take_snapshot(database: Database, path: Path) -> None:
    """Copy the database, as it is at one moment, to a file that is not there yet.

    Nobody waits for it: who writes goes on. Raises OSError if the file cannot be written.
    """
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with closing(sqlite3.connect(path)) as target:
            # All pages in one step, which is one transaction: in several, each change that somebody
            # makes between two of them would begin the copy anew, perhaps for ever.
            database.read().conn.backup(target, pages=-1)
            # It has to be one file: a log beside it would be forgotten.
            target.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        raise OSError(str(error)) from error


def look_at_snapshot(path: Path) -> SnapshotContent:
    """Read every page of a snapshot, and say what it holds; raise `Conflict` if it is none."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            problems = [row[0] for row in db.execute("PRAGMA integrity_check(10)")]
            if problems != ["ok"]:
                return SnapshotContent(problems=tuple(problems))
            astray = db.execute("PRAGMA foreign_key_check").fetchall()
            store_id = db.execute("SELECT id FROM store").fetchone()
            (environments,) = db.execute(
                "SELECT count(*) FROM environment WHERE deleted_on IS NULL"
            ).fetchone()
            builds = db.execute("SELECT id FROM build WHERE deleted_on IS NULL").fetchall()
    except sqlite3.DatabaseError as error:
        raise Conflict(f"The copy of the database is damaged: {error}.", "Make another.") from error
    return SnapshotContent(
        store_id=str(store_id[0]) if store_id else "",
        environments=environments,
        builds=frozenset(row[0] for row in builds),
        problems=tuple(f"a row of {row[0]} names one of {row[2]} that is gone" for row in astray),
    )
