"""Settings that change while the store runs, and a histogram of how long builds took."""

from __future__ import annotations

from sqlite_utils import Database

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

MOVE_SETTINGS = """
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

COUNT_DURATION = f"""
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


def m0008_settings_and_durations(db: Database) -> None:
    """Settings can be changed while the store runs; how long builds took is counted."""
    for statement in (*_SETTINGS, MOVE_SETTINGS, *_DURATIONS, COUNT_DURATION):
        db.execute(statement)
