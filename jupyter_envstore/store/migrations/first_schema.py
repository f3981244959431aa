"""The first schema: all tables, and the triggers that write the journal."""

from __future__ import annotations

from sqlite_utils import Database

from .journal_rows import BUILD_ROW, INTO_JOURNAL, NOW

_TABLES = (
    """
    CREATE TABLE store (
        id TEXT NOT NULL,
        needs_adoption INTEGER NOT NULL DEFAULT 0 CHECK (needs_adoption IN (0, 1))
    ) STRICT
    """,
    """
    CREATE TABLE namespace (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        metadata TEXT NOT NULL DEFAULT '{}'
    ) STRICT
    """,
    """
    CREATE TABLE environment (
        id INTEGER PRIMARY KEY,
        namespace_id INTEGER NOT NULL REFERENCES namespace (id),
        name TEXT NOT NULL,
        description TEXT NOT NULL DEFAULT '',
        published_build_id INTEGER REFERENCES build (id) DEFERRABLE INITIALLY DEFERRED,
        switched_on TEXT,
        created_on TEXT NOT NULL,
        deleted_on TEXT
    ) STRICT
    """,
    # A name is free again as soon as its environment is deleted, while the files still go.
    """
    CREATE UNIQUE INDEX environment_name ON environment (namespace_id, name)
        WHERE deleted_on IS NULL
    """,
    """
    CREATE TABLE specification (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        model TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        content_id TEXT NOT NULL UNIQUE,
        created_on TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE build (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        environment_id INTEGER NOT NULL REFERENCES environment (id) ON DELETE CASCADE,
        specification_id INTEGER NOT NULL REFERENCES specification (id),
        status TEXT NOT NULL
            CHECK (status IN ('QUEUED', 'BUILDING', 'COMPLETED', 'FAILED', 'CANCELED')),
        status_info TEXT,
        cancel_requested INTEGER NOT NULL DEFAULT 0 CHECK (cancel_requested IN (0, 1)),
        attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
        releases INTEGER NOT NULL DEFAULT 0 CHECK (releases BETWEEN 0 AND attempts),
        owner TEXT,
        key_version INTEGER NOT NULL CHECK (key_version IN (1, 2, 3)),
        prefix TEXT NOT NULL,
        asked_on TEXT NOT NULL,
        scheduled_on TEXT NOT NULL,
        started_on TEXT,
        ended_on TEXT,
        deleted_on TEXT,
        size INTEGER NOT NULL DEFAULT 0,
        size_own INTEGER NOT NULL DEFAULT 0,
        text TEXT NOT NULL,
        author TEXT,
        client TEXT,
        parent_build_id INTEGER,
        warnings TEXT NOT NULL DEFAULT '[]',
        failure TEXT,
        CHECK ((status = 'BUILDING') = (owner IS NOT NULL)),
        CHECK ((status IN ('COMPLETED', 'FAILED', 'CANCELED')) = (ended_on IS NOT NULL)),
        CHECK (NOT (status <> 'BUILDING' AND cancel_requested AND status <> 'CANCELED'))
    ) STRICT
    """,
    "CREATE INDEX build_environment ON build (environment_id, id)",
    "CREATE INDEX build_scheduled ON build (scheduled_on)",
    # The queue, and what runs, are asked for all the time. SQLite cannot tell that a partial
    # index on these two states would do for one of them.
    "CREATE INDEX build_status ON build (status, id)",
    "CREATE UNIQUE INDEX build_prefix ON build (prefix) WHERE deleted_on IS NULL",
    """
    CREATE TABLE attempt (
        build_id INTEGER NOT NULL REFERENCES build (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        owner TEXT NOT NULL,
        started_on TEXT NOT NULL,
        ended_on TEXT,
        outcome TEXT,
        PRIMARY KEY (build_id, number)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE channel (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        last_update TEXT
    ) STRICT
    """,
    """
    CREATE TABLE package (
        id INTEGER PRIMARY KEY,
        channel_id INTEGER NOT NULL REFERENCES channel (id),
        manager TEXT NOT NULL CHECK (manager IN ('conda', 'pip')),
        name TEXT NOT NULL,
        version TEXT NOT NULL,
        build TEXT NOT NULL,
        build_number INTEGER NOT NULL,
        subdir TEXT NOT NULL,
        url TEXT NOT NULL,
        size INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        md5 TEXT,
        license TEXT,
        summary TEXT,
        depends TEXT NOT NULL DEFAULT '[]',
        UNIQUE (channel_id, subdir, name, version, build, sha256)
    ) STRICT
    """,
    "CREATE INDEX package_name ON package (name)",
    """
    CREATE TABLE build_package (
        build_id INTEGER NOT NULL REFERENCES build (id) ON DELETE CASCADE,
        package_id INTEGER NOT NULL REFERENCES package (id),
        requested INTEGER NOT NULL CHECK (requested IN (0, 1)),
        PRIMARY KEY (build_id, package_id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX build_package_package ON build_package (package_id)",
    """
    CREATE TABLE build_artifact (
        id INTEGER PRIMARY KEY,
        build_id INTEGER NOT NULL REFERENCES build (id) ON DELETE CASCADE,
        artifact_type TEXT NOT NULL,
        key TEXT NOT NULL,
        UNIQUE (build_id, artifact_type)
    ) STRICT
    """,
    """
    CREATE TABLE journal (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('build', 'environment', 'kernels')),
        namespace TEXT,
        environment TEXT,
        build_id INTEGER,
        status TEXT
    ) STRICT
    """,
)


TRIGGERS = (
    f"""
    CREATE TRIGGER journal_build_added AFTER INSERT ON build BEGIN
        {INTO_JOURNAL} {BUILD_ROW.format(now=NOW)};
    END
    """,
    f"""
    CREATE TRIGGER journal_build_changed
    AFTER UPDATE OF status, cancel_requested, deleted_on ON build
    WHEN OLD.status IS NOT NEW.status
        OR OLD.cancel_requested IS NOT NEW.cancel_requested
        OR OLD.deleted_on IS NOT NEW.deleted_on
    BEGIN
        {INTO_JOURNAL} {BUILD_ROW.format(now=NOW)};
    END
    """,
    """
    CREATE TRIGGER attempt_begins AFTER UPDATE OF status ON build
    WHEN OLD.status = 'QUEUED' AND NEW.status = 'BUILDING'
    BEGIN
        INSERT INTO attempt (build_id, number, owner, started_on)
        VALUES (NEW.id, NEW.attempts, NEW.owner, NEW.started_on);
    END
    """,
    f"""
    CREATE TRIGGER attempt_ends AFTER UPDATE OF status ON build
    WHEN OLD.status = 'BUILDING' AND NEW.status <> 'BUILDING'
    BEGIN
        UPDATE attempt SET ended_on = coalesce(NEW.ended_on, {NOW}), outcome = NEW.status
        WHERE build_id = NEW.id AND ended_on IS NULL;
    END
    """,
    f"""
    CREATE TRIGGER journal_environment_added AFTER INSERT ON environment BEGIN
        {INTO_JOURNAL}
        SELECT {NOW}, 'environment', namespace.name, NEW.name, NULL, NULL
        FROM namespace WHERE namespace.id = NEW.namespace_id;
    END
    """,
    f"""
    CREATE TRIGGER journal_environment_changed
    AFTER UPDATE OF published_build_id, description, deleted_on, name ON environment
    BEGIN
        {INTO_JOURNAL}
        SELECT {NOW}, 'environment', namespace.name, NEW.name, NEW.published_build_id, NULL
        FROM namespace WHERE namespace.id = NEW.namespace_id;
    END
    """,
)


def m0001_first_schema(db: Database) -> None:
    """Create all tables, and the triggers that write the journal."""
    for statement in (*_TABLES, *TRIGGERS):
        db.execute(statement)
