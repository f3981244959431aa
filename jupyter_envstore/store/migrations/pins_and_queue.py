"""Pins of builds, the order of the queue, and ids that this database did not give out."""

from __future__ import annotations

from sqlite_utils import Database

from .journal_rows import BUILD_ROW, INTO_JOURNAL, NOW

_PINS_AND_TURNS = (
    "ALTER TABLE build ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1))",
    # Whose turn it was when: what the queue is ordered by. `author` is '' where none is known.
    """
    CREATE TABLE turn (
        author TEXT NOT NULL,
        environment_id INTEGER NOT NULL REFERENCES environment (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        PRIMARY KEY (author, environment_id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX turn_number ON turn (author, number)",
    "DROP TRIGGER journal_build_changed",
)

JOURNAL_BUILD_CHANGED = f"""
    CREATE TRIGGER journal_build_changed
    AFTER UPDATE OF status, cancel_requested, deleted_on, pinned ON build
    WHEN OLD.status IS NOT NEW.status
        OR OLD.cancel_requested IS NOT NEW.cancel_requested
        OR OLD.deleted_on IS NOT NEW.deleted_on
        OR OLD.pinned IS NOT NEW.pinned
    BEGIN
        {INTO_JOURNAL} {BUILD_ROW.format(now=NOW)};
    END
    """


def m0002_pins_and_turns(db: Database) -> None:
    """Builds can be pinned, and the queue remembers whose turn it was."""
    for statement in (*_PINS_AND_TURNS, JOURNAL_BUILD_CHANGED):
        db.execute(statement)


def m0003_queue(db: Database) -> None:
    """Whose turn it is in the queue is found without reading builds, however many there are."""
    db.execute(
        "CREATE INDEX build_queue ON build (status, author, environment_id, attempts)"
        " WHERE status = 'QUEUED'"
    )
    db.execute("CREATE INDEX turn_latest ON turn (number)")


def m0004_unknown_builds(db: Database) -> None:
    """Ids that are in use on disk, and that this database did not give out."""
    db.execute(
        """
        CREATE TABLE unknown_builds (
            first_id INTEGER NOT NULL,
            last_id INTEGER NOT NULL,
            CHECK (first_id <= last_id)
        ) STRICT
        """
    )
