"""Specifications: what was asked for, each kept once however many builds were made of it."""

from __future__ import annotations

import json
from datetime import datetime

import sqlite_utils

from ..domain.moments import to_text
from ..domain.specification import Specification


def specification_id(db: sqlite_utils.Database, specification: Specification, now: datetime) -> int:
    """Return the id of a specification, noted now if it is new; part of a transaction."""
    db.execute(
        "INSERT INTO specification (name, model, sha256, content_id, created_on, is_locked,"
        " is_lockfile) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (content_id) DO NOTHING",
        [
            specification.name,
            json.dumps(specification.model),
            specification.sha256,
            specification.content_id,
            to_text(now),
            specification.lock is not None,
            specification.is_lockfile,
        ],
    )
    row = db.execute(
        "SELECT id FROM specification WHERE content_id = ?", [specification.content_id]
    ).fetchone()
    return int(row[0])
