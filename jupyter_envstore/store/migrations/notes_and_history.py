"""Notes and tags of builds, and the history of environments."""

from __future__ import annotations

from sqlite_utils import Database

from .journal_rows import INTO_JOURNAL, NOW
from .pins_and_queue import JOURNAL_BUILD_CHANGED

_NOTES_AND_HISTORY = (
    "ALTER TABLE build ADD COLUMN note TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE build ADD COLUMN tags TEXT NOT NULL DEFAULT '[]'",
    # An index of `build.tags`, which a trigger keeps.
    """
    CREATE TABLE build_tag (
        tag TEXT NOT NULL,
        build_id INTEGER NOT NULL REFERENCES build (id) ON DELETE CASCADE,
        PRIMARY KEY (tag, build_id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX build_tag_build ON build_tag (build_id)",
    # By the environment's id: it keeps its history under another name.
    """
    CREATE TABLE history (
        id INTEGER PRIMARY KEY,
        environment_id INTEGER NOT NULL REFERENCES environment (id) ON DELETE CASCADE,
        at TEXT NOT NULL,
        deed TEXT NOT NULL CHECK (deed IN ('asked', 'published', 'switched', 'canceled', 'deleted',
            'pinned', 'unpinned', 'annotated', 'described', 'renamed', 'cloned')),
        actor TEXT,
        build_id INTEGER,
        detail TEXT
    ) STRICT
    """,
    "CREATE INDEX history_environment ON history (environment_id, id)",
    """
    INSERT INTO history (environment_id, at, deed, actor, build_id)
    SELECT environment_id, asked_on, 'asked', author, id FROM build ORDER BY id
    """,
    "DROP TRIGGER journal_build_changed",
)

JOURNAL_BUILD_AND_NOTES_CHANGED = JOURNAL_BUILD_CHANGED.replace(
    "pinned ON build", "pinned, note, tags ON build"
).replace(
    "OR OLD.pinned IS NOT NEW.pinned",
    "OR OLD.pinned IS NOT NEW.pinned\n"
    "        OR OLD.note IS NOT NEW.note\n"
    "        OR OLD.tags IS NOT NEW.tags",
)

HISTORY_TRIGGERS = (
    """
    CREATE TRIGGER build_tags AFTER UPDATE OF tags ON build BEGIN
        DELETE FROM build_tag WHERE build_id = NEW.id;
        INSERT OR IGNORE INTO build_tag (tag, build_id)
        SELECT value, NEW.id FROM json_each(NEW.tags);
    END
    """,
    """
    CREATE TRIGGER history_asked AFTER INSERT ON build BEGIN
        INSERT INTO history (environment_id, at, deed, actor, build_id)
        VALUES (NEW.environment_id, NEW.asked_on, 'asked', NEW.author, NEW.id);
    END
    """,
    # A switch is noted with who made it; this is what nobody asked for at that moment.
    f"""
    CREATE TRIGGER history_published AFTER UPDATE OF published_build_id ON environment
    WHEN NEW.published_build_id IS NOT OLD.published_build_id
        AND NEW.published_build_id IS NOT NULL
        AND NEW.switched_on IS OLD.switched_on
    BEGIN
        INSERT INTO history (environment_id, at, deed, build_id)
        VALUES (NEW.id, {NOW}, 'published', NEW.published_build_id);
    END
    """,
    # The other trigger tells of the new name; who knows the old one has to hear of it, too.
    f"""
    CREATE TRIGGER journal_environment_renamed AFTER UPDATE OF name ON environment
    WHEN NEW.name IS NOT OLD.name
    BEGIN
        {INTO_JOURNAL}
        SELECT {NOW}, 'environment', namespace.name, OLD.name, NULL, NULL
        FROM namespace WHERE namespace.id = NEW.namespace_id;
    END
    """,
)


def m0006_notes_and_history(db: Database) -> None:
    """Builds carry notes and tags; what is done to environments is kept, with who did it."""
    for statement in (
        *_NOTES_AND_HISTORY,
        JOURNAL_BUILD_AND_NOTES_CHANGED,
        *HISTORY_TRIGGERS,
    ):
        db.execute(statement)
