"""Builds that came from another store: from which, and what they were there."""

from __future__ import annotations

from sqlite_utils import Database


def m0013_imports(db: Database) -> None:
    """A build knows where it was imported from, so that it is imported once."""
    db.execute(
        "ALTER TABLE build ADD COLUMN imported_from TEXT"
        " CHECK (imported_from IS NULL OR json_valid(imported_from))"
    )
