"""Builds that are shelved: their prefixes are gone, and come back when somebody asks for them."""

from __future__ import annotations

from sqlite_utils import Database

from .kernel_pins import JOURNAL_BUILD_AND_PINS_CHANGED
from .notes_and_history import HISTORY_TRIGGERS

_DEEDS = (
    "'asked', 'published', 'switched', 'canceled', 'deleted', 'pinned', 'unpinned', 'annotated',"
    " 'described', 'renamed', 'cloned', 'shelved', 'restored'"
)
_SHELVING = (
    """
    ALTER TABLE build ADD COLUMN shelved_on TEXT
    CHECK (shelved_on IS NULL OR status = 'COMPLETED')
    """,
    # What can be done is a condition of the table, which SQLite cannot change in place; and it does
    # not rename a table that triggers write to.
    "DROP TRIGGER history_asked",
    "DROP TRIGGER history_published",
    f"""
    CREATE TABLE history_new (
        id INTEGER PRIMARY KEY,
        environment_id INTEGER NOT NULL REFERENCES environment (id) ON DELETE CASCADE,
        at TEXT NOT NULL,
        deed TEXT NOT NULL CHECK (deed IN ({_DEEDS})),
        actor TEXT,
        build_id INTEGER,
        detail TEXT
    ) STRICT
    """,
    """
    INSERT INTO history_new (id, environment_id, at, deed, actor, build_id, detail)
    SELECT id, environment_id, at, deed, actor, build_id, detail FROM history
    """,
    "DROP TABLE history",
    "ALTER TABLE history_new RENAME TO history",
    "CREATE INDEX history_environment ON history (environment_id, id)",
    "DROP TRIGGER journal_build_changed",
)

JOURNAL_BUILD_AND_SHELF_CHANGED = JOURNAL_BUILD_AND_PINS_CHANGED.replace(
    "pinned, kernel_pinned,", "pinned, kernel_pinned, shelved_on,"
).replace(
    "OR OLD.kernel_pinned IS NOT NEW.kernel_pinned",
    "OR OLD.kernel_pinned IS NOT NEW.kernel_pinned\n"
    "        OR OLD.shelved_on IS NOT NEW.shelved_on",
)


def m0014_shelving(db: Database) -> None:
    """A finished build can be without its prefix; the history tells of it."""
    triggers = [sql for sql in HISTORY_TRIGGERS if "TRIGGER history_" in sql]
    for statement in (*_SHELVING, *triggers, JOURNAL_BUILD_AND_SHELF_CHANGED):
        db.execute(statement)
