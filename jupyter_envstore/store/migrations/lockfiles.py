"""Specifications with lockfiles, told apart without reading them."""

from __future__ import annotations

from sqlite_utils import Database


def m0010_lockfiles(db: Database) -> None:
    """Lists leave out the texts of lockfiles, which are hundreds of times as long as others."""
    for column in ("is_locked", "is_lockfile"):
        db.execute(
            f"ALTER TABLE specification ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0"
            f" CHECK ({column} IN (0, 1))"
        )
