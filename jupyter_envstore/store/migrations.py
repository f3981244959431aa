"""The schema, step by step.

Tables and triggers are plain SQL: sqlite-utils' ``table.transform()`` would drop the triggers.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("jupyter_envstore")

_NOW = "strftime('%Y-%m-%dT%H:%M:%f', 'now')"

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

_BUILD_ROW = """
    SELECT {now}, 'build', namespace.name, environment.name, NEW.id, NEW.status
    FROM environment JOIN namespace ON namespace.id = environment.namespace_id
    WHERE environment.id = NEW.environment_id
"""

_INTO_JOURNAL = "INSERT INTO journal (at, kind, namespace, environment, build_id, status)"

_TRIGGERS = (
    f"""
    CREATE TRIGGER journal_build_added AFTER INSERT ON build BEGIN
        {_INTO_JOURNAL} {_BUILD_ROW.format(now=_NOW)};
    END
    """,
    f"""
    CREATE TRIGGER journal_build_changed
    AFTER UPDATE OF status, cancel_requested, deleted_on ON build
    WHEN OLD.status IS NOT NEW.status
        OR OLD.cancel_requested IS NOT NEW.cancel_requested
        OR OLD.deleted_on IS NOT NEW.deleted_on
    BEGIN
        {_INTO_JOURNAL} {_BUILD_ROW.format(now=_NOW)};
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
        UPDATE attempt SET ended_on = coalesce(NEW.ended_on, {_NOW}), outcome = NEW.status
        WHERE build_id = NEW.id AND ended_on IS NULL;
    END
    """,
    f"""
    CREATE TRIGGER journal_environment_added AFTER INSERT ON environment BEGIN
        {_INTO_JOURNAL}
        SELECT {_NOW}, 'environment', namespace.name, NEW.name, NULL, NULL
        FROM namespace WHERE namespace.id = NEW.namespace_id;
    END
    """,
    f"""
    CREATE TRIGGER journal_environment_changed
    AFTER UPDATE OF published_build_id, description, deleted_on, name ON environment
    BEGIN
        {_INTO_JOURNAL}
        SELECT {_NOW}, 'environment', namespace.name, NEW.name, NEW.published_build_id, NULL
        FROM namespace WHERE namespace.id = NEW.namespace_id;
    END
    """,
)


@migrations()
def m0001_first_schema(db: Database) -> None:
    """Create all tables, and the triggers that write the journal."""
    for statement in (*_TABLES, *_TRIGGERS):
        db.execute(statement)


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

_JOURNAL_BUILD_CHANGED = f"""
    CREATE TRIGGER journal_build_changed
    AFTER UPDATE OF status, cancel_requested, deleted_on, pinned ON build
    WHEN OLD.status IS NOT NEW.status
        OR OLD.cancel_requested IS NOT NEW.cancel_requested
        OR OLD.deleted_on IS NOT NEW.deleted_on
        OR OLD.pinned IS NOT NEW.pinned
    BEGIN
        {_INTO_JOURNAL} {_BUILD_ROW.format(now=_NOW)};
    END
    """


@migrations()
def m0002_pins_and_turns(db: Database) -> None:
    """Builds can be pinned, and the queue remembers whose turn it was."""
    for statement in (*_PINS_AND_TURNS, _JOURNAL_BUILD_CHANGED):
        db.execute(statement)


@migrations()
def m0003_queue(db: Database) -> None:
    """Whose turn it is in the queue is found without reading builds, however many there are."""
    db.execute(
        "CREATE INDEX build_queue ON build (status, author, environment_id, attempts)"
        " WHERE status = 'QUEUED'"
    )
    db.execute("CREATE INDEX turn_latest ON turn (number)")


@migrations()
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


_ACCESS = (
    """
    CREATE TABLE role_mapping (
        id INTEGER PRIMARY KEY,
        namespace_id INTEGER NOT NULL REFERENCES namespace (id) ON DELETE CASCADE,
        entity TEXT NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('viewer', 'developer', 'admin')),
        UNIQUE (namespace_id, entity, role)
    ) STRICT
    """,
    """
    CREATE TABLE namespace_role (
        id INTEGER PRIMARY KEY,
        namespace_id INTEGER NOT NULL REFERENCES namespace (id) ON DELETE CASCADE,
        other_namespace_id INTEGER NOT NULL REFERENCES namespace (id) ON DELETE CASCADE,
        role TEXT NOT NULL CHECK (role IN ('viewer', 'developer', 'admin')),
        UNIQUE (namespace_id, other_namespace_id)
    ) STRICT
    """,
    "CREATE INDEX namespace_role_other ON namespace_role (other_namespace_id)",
    # Ids are part of tokens: one that was given out never means another token.
    """
    CREATE TABLE token (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        parent_id INTEGER REFERENCES token (id) ON DELETE CASCADE,
        digest TEXT NOT NULL,
        owner TEXT,
        groups TEXT NOT NULL DEFAULT '[]',
        primary_namespace TEXT NOT NULL,
        role_bindings TEXT NOT NULL,
        note TEXT NOT NULL DEFAULT '',
        created_on TEXT NOT NULL,
        expires_on TEXT NOT NULL,
        last_used_on TEXT
    ) STRICT
    """,
    "CREATE INDEX token_parent ON token (parent_id)",
)


@migrations()
def m0005_access(db: Database) -> None:
    """Roles of namespaces' owners in other namespaces, and tokens."""
    for statement in _ACCESS:
        db.execute(statement)


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

_JOURNAL_BUILD_AND_NOTES_CHANGED = _JOURNAL_BUILD_CHANGED.replace(
    "pinned ON build", "pinned, note, tags ON build"
).replace(
    "OR OLD.pinned IS NOT NEW.pinned",
    "OR OLD.pinned IS NOT NEW.pinned\n"
    "        OR OLD.note IS NOT NEW.note\n"
    "        OR OLD.tags IS NOT NEW.tags",
)

_HISTORY_TRIGGERS = (
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
        VALUES (NEW.id, {_NOW}, 'published', NEW.published_build_id);
    END
    """,
    # The other trigger tells of the new name; who knows the old one has to hear of it, too.
    f"""
    CREATE TRIGGER journal_environment_renamed AFTER UPDATE OF name ON environment
    WHEN NEW.name IS NOT OLD.name
    BEGIN
        {_INTO_JOURNAL}
        SELECT {_NOW}, 'environment', namespace.name, OLD.name, NULL, NULL
        FROM namespace WHERE namespace.id = NEW.namespace_id;
    END
    """,
)


@migrations()
def m0006_notes_and_history(db: Database) -> None:
    """Builds carry notes and tags; what is done to environments is kept, with who did it."""
    for statement in (
        *_NOTES_AND_HISTORY,
        _JOURNAL_BUILD_AND_NOTES_CHANGED,
        *_HISTORY_TRIGGERS,
    ):
        db.execute(statement)


_LISTS = (
    # What lists count and sort by, with what decides whether a build is shown: the rows
    # themselves, which have whole specifications in them, are read for the page alone.
    "CREATE INDEX build_listed ON build (id, environment_id) WHERE deleted_on IS NULL",
    "CREATE INDEX build_listed_status ON build (status, environment_id) WHERE deleted_on IS NULL",
    (
        "CREATE INDEX build_listed_scheduled ON build (scheduled_on, id, environment_id)"
        " WHERE deleted_on IS NULL"
    ),
    (
        "CREATE INDEX build_listed_started ON build (started_on, id, environment_id)"
        " WHERE deleted_on IS NULL"
    ),
    (
        "CREATE INDEX build_listed_ended ON build (ended_on, id, environment_id)"
        " WHERE deleted_on IS NULL"
    ),
    "DROP INDEX build_scheduled",
    "CREATE INDEX environment_deleted ON environment (id) WHERE deleted_on IS NOT NULL",
    # Finished builds have two more artifacts, which are made when somebody asks for them.
    """
    INSERT INTO build_artifact (build_id, artifact_type, key)
    SELECT build_id, made.artifact_type, replace(key, 'conda-lock.yml', made.file)
    FROM build_artifact, (
        SELECT 'YAML' AS artifact_type, 'environment.yml' AS file
        UNION ALL SELECT 'CONDA_PACK', 'archive.tar.gz'
    ) AS made
    WHERE build_artifact.artifact_type = 'LOCKFILE'
    """,
)


@migrations()
def m0007_lists(db: Database) -> None:
    """Lists of ten thousand builds are as fast as short ones; artifacts made on request."""
    for statement in _LISTS:
        db.execute(statement)


_SETTINGS = (
    # By name: what is set for a namespace or an environment may be there before it is.
    """
    CREATE TABLE setting (
        namespace TEXT NOT NULL,
        environment TEXT NOT NULL CHECK (environment = '' OR namespace <> ''),
        key TEXT NOT NULL,
        value TEXT NOT NULL CHECK (json_valid(value)),
        PRIMARY KEY (namespace, environment, key)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE setting_change (
        id INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        author TEXT,
        namespace TEXT NOT NULL,
        environment TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL CHECK (json_valid(value))
    ) STRICT
    """,
    "CREATE INDEX setting_change_level ON setting_change (namespace, environment)",
)

_MOVE_SETTINGS = """
    CREATE TRIGGER setting_moves AFTER UPDATE OF name ON environment
    WHEN NEW.name IS NOT OLD.name
    BEGIN
        UPDATE OR REPLACE setting SET environment = NEW.name
        WHERE environment = OLD.name
            AND namespace = (SELECT name FROM namespace WHERE id = NEW.namespace_id);
    END
    """

_DURATION_LIMITS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
_DURATION = "max(0, (julianday({row}.ended_on) - julianday({row}.started_on)) * 86400)"

_DURATIONS = (
    # A histogram that never loses a build, however many are deleted: counters may only grow. What
    # is longer than the last limit is counted at 9e999, which is infinite.
    """
    CREATE TABLE build_duration (
        status TEXT NOT NULL CHECK (status IN ('COMPLETED', 'FAILED', 'CANCELED')),
        up_to REAL NOT NULL,
        builds INTEGER NOT NULL DEFAULT 0,
        seconds REAL NOT NULL DEFAULT 0,
        PRIMARY KEY (status, up_to)
    ) STRICT, WITHOUT ROWID
    """,
    "INSERT INTO build_duration (status, up_to) VALUES "
    + ", ".join(
        f"('{status}', {limit})"
        for status in ("COMPLETED", "FAILED", "CANCELED")
        for limit in (*_DURATION_LIMITS, 9e999)
    ).replace("inf", "9e999"),
    f"""
    UPDATE build_duration SET (builds, seconds) = (
        SELECT count(*), coalesce(sum({_DURATION.format(row="build")}), 0)
        FROM build
        WHERE build.status = build_duration.status AND build.started_on IS NOT NULL
            AND build_duration.up_to = (
                SELECT min(up_to) FROM build_duration AS other
                WHERE other.status = build.status
                    AND other.up_to >= {_DURATION.format(row="build")}
            )
    )
    """,
)

_COUNT_DURATION = f"""
    CREATE TRIGGER build_duration_counted AFTER UPDATE OF status ON build
    WHEN OLD.status = 'BUILDING' AND NEW.status IN ('COMPLETED', 'FAILED', 'CANCELED')
    BEGIN
        UPDATE build_duration
        SET builds = builds + 1, seconds = seconds + {_DURATION.format(row="NEW")}
        WHERE status = NEW.status AND up_to = (
            SELECT min(up_to) FROM build_duration
            WHERE status = NEW.status AND up_to >= {_DURATION.format(row="NEW")}
        );
    END
    """


@migrations()
def m0008_settings_and_durations(db: Database) -> None:
    """Settings can be changed while the store runs; how long builds took is counted."""
    for statement in (*_SETTINGS, _MOVE_SETTINGS, *_DURATIONS, _COUNT_DURATION):
        db.execute(statement)


TRIGGERS = (
    *(sql for sql in _TRIGGERS if "TRIGGER journal_build_changed" not in sql),
    _JOURNAL_BUILD_AND_NOTES_CHANGED,
    *_HISTORY_TRIGGERS,
    _MOVE_SETTINGS,
    _COUNT_DURATION,
)
"""Every trigger as it is after the last migration."""
