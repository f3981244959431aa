"""The files of watched folders, as they were when a build was last made of them."""

from __future__ import annotations

from sqlite_utils import Database


def m0012_watched_files(db: Database) -> None:
    """Of each file, the content that was dealt with, and the build or the problem that it was."""
    db.execute(
        """
        CREATE TABLE watched_file (
            path TEXT PRIMARY KEY,
            sha256 TEXT NOT NULL,
            at TEXT NOT NULL,
            namespace TEXT,
            environment TEXT,
            build_id INTEGER,
            problem TEXT,
            hint TEXT,
            CHECK ((build_id IS NULL) <> (problem IS NULL))
        ) STRICT, WITHOUT ROWID
        """
    )
