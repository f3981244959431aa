"""Roles and tokens."""

from __future__ import annotations

from sqlite_utils import Database

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


def m0005_access(db: Database) -> None:
    """Roles of namespaces' owners in other namespaces, and tokens."""
    for statement in _ACCESS:
        db.execute(statement)
