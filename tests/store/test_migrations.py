from __future__ import annotations

import re
import sqlite3

import pytest

from jupyter_envstore.domain.errors import StoreUnusable
from jupyter_envstore.store import migrations

TRIGGERS = {
    "attempt_begins",
    "attempt_ends",
    "build_duration_counted",
    "build_tags",
    "history_asked",
    "history_published",
    "journal_build_added",
    "journal_build_changed",
    "journal_environment_added",
    "journal_environment_changed",
    "journal_environment_renamed",
    "setting_moves",
}


def schema(database, kind=None):
    """Return the SQL of everything in the database, or of one kind of thing, by name."""
    rows = database.read().execute("SELECT type, name, sql FROM sqlite_master")
    return {name: _normal(sql or "") for type_, name, sql in rows if kind in (None, type_)}


def _normal(sql):
    return re.sub(r"\s+", " ", sql).strip()


def test_the_triggers_are_those_that_were_written(database):
    """``table.transform()`` in a migration would drop them without a word."""
    written = {_normal(sql) for sql in migrations.TRIGGERS}
    found = schema(database, "trigger")
    assert set(found) == TRIGGERS
    assert set(found.values()) == written


def test_every_table_of_the_store_is_strict(database):
    strict = dict(database.read().execute("SELECT name, strict FROM pragma_table_list").fetchall())
    tables = {name for name in schema(database, "table") if not name.startswith(("sqlite_", "_"))}
    assert {"build", "environment", "journal", "package", "store"} <= tables
    assert {name for name in tables if not strict[name]} == set()


def test_applying_again_changes_nothing(database, open_database, submit):
    submit()
    before = schema(database)
    with database.write() as db:
        migrations.migrations.apply(db)
    assert schema(database) == before
    assert schema(open_database()) == before
    assert database.read().execute("SELECT count(*) FROM build").fetchone() == (1,)


def test_a_migration_that_fails_leaves_nothing(tmp_path, open_database):
    path = tmp_path / "foreign.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE journal (x)")
    connection.commit()
    with pytest.raises(StoreUnusable, match="journal already exists"):
        open_database(str(path))
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master")]
    connection.close()
    assert [name for name in tables if not name.startswith("_")] == ["journal"]


# -- rows that cannot be ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        "status = 'PUBLISHING'",
        "status = 'BUILDING'",  # without an owner
        "owner = 'server-a'",  # while it is queued
        "status = 'COMPLETED'",  # without an end
        "ended_on = '2026-01-01T00:00:00'",  # while it is queued
        "cancel_requested = 1",  # while it is queued
        "cancel_requested = 2",
        "status = 'FAILED', ended_on = '2026-01-01T00:00:00', cancel_requested = 1",
        "attempts = -1",
        "attempts = 1, releases = 2",
        "releases = -1",
        "key_version = 4",
        "environment_id = 999",
        "specification_id = 999",
        "prefix = NULL",
        "size = 'large'",
    ],
)
def test_impossible_builds_are_refused(database, submit, change):
    build = submit()
    with pytest.raises(sqlite3.IntegrityError), database.write() as db:
        db.execute(f"UPDATE build SET {change} WHERE id = ?", [build.id])


def test_no_two_builds_share_a_prefix(database, submit):
    one, other = submit(), submit()
    with pytest.raises(sqlite3.IntegrityError, match="prefix"), database.write() as db:
        db.execute("UPDATE build SET prefix = ? WHERE id = ?", [one.prefix, other.id])


def test_only_a_build_that_is_there_can_be_published(database, submit):
    build = submit()
    with pytest.raises(sqlite3.IntegrityError), database.write() as db:
        db.execute(
            "UPDATE environment SET published_build_id = 999 WHERE id = ?", [build.environment_id]
        )


def test_ids_of_builds_are_never_used_again(database, submit, environments):
    """A log, a link or a kernel of an old build must not seem to belong to a new one."""
    build = submit()
    environments.remove(build.environment_id)
    assert submit().id > build.id
