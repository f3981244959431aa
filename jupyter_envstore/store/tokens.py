"""Tokens for programs: what the store keeps of them, which is not the secret."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..domain.moments import from_optional, from_text, to_text
from .database import Database


@dataclass(frozen=True)
class Token:
    """A token. `role_bindings` are roles by entity; `groups` those of the owner when it was made.

    `parent_id` is the token that it was made with, None for one made by a person.
    """

    id: int
    owner: str | None
    groups: tuple[str, ...]
    primary_namespace: str
    role_bindings: Mapping[str, tuple[str, ...]]
    note: str
    created_on: datetime
    expires_on: datetime
    last_used_on: datetime | None = None
    parent_id: int | None = None


class Tokens:
    """The rows of ``token``. A revoked or expired one is removed, with those made with it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, token: Token, digest: str) -> int:
        """Keep a new token with the digest of its secret; return its id."""
        with self._database.write() as db:
            db.execute("DELETE FROM token WHERE expires_on <= ?", [to_text(token.created_on)])
            cursor = db.execute(
                "INSERT INTO token (parent_id, digest, owner, groups, primary_namespace,"
                " role_bindings, note, created_on, expires_on) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    token.parent_id,
                    digest,
                    token.owner,
                    json.dumps(token.groups),
                    token.primary_namespace,
                    json.dumps(dict(token.role_bindings)),
                    token.note,
                    to_text(token.created_on),
                    to_text(token.expires_on),
                ],
            )
            return int(cursor.lastrowid or 0)

    def with_digest(self, token_id: int) -> tuple[Token, str] | None:
        """Return a token and the digest of its secret, whether it has expired or not."""
        for row in self._database.read().query("SELECT * FROM token WHERE id = ?", [token_id]):
            return _token(row), str(row["digest"])
        return None

    def list(self, now: datetime) -> Sequence[Token]:
        """Return the tokens that have not expired, oldest first."""
        rows = self._database.read().query(
            "SELECT * FROM token WHERE expires_on > ? ORDER BY id", [to_text(now)]
        )
        return tuple(_token(row) for row in rows)

    def used(self, token_id: int, now: datetime) -> None:
        with self._database.write() as db:
            db.execute("UPDATE token SET last_used_on = ? WHERE id = ?", [to_text(now), token_id])

    def remove(self, token_id: int) -> None:
        with self._database.write() as db:
            db.execute("DELETE FROM token WHERE id = ?", [token_id])


def _token(row: dict[str, Any]) -> Token:
    return Token(
        id=row["id"],
        owner=row["owner"],
        groups=tuple(json.loads(row["groups"])),
        primary_namespace=row["primary_namespace"],
        role_bindings={
            entity: tuple(roles) for entity, roles in json.loads(row["role_bindings"]).items()
        },
        note=row["note"],
        created_on=from_text(row["created_on"]),
        expires_on=from_text(row["expires_on"]),
        last_used_on=from_optional(row["last_used_on"]),
        parent_id=row["parent_id"],
    )
