"""What people write on builds: a note, and tags by which builds are found."""

from __future__ import annotations

import json
from collections.abc import Iterable

from .database import Database

TAGGED = "build.id IN (SELECT build_id FROM build_tag WHERE tag = ?)"
"""The condition for builds that have a tag; ``build_tag`` is kept by a trigger."""


class Notes:
    """The columns ``note`` and ``tags`` of ``build``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, build_id: int, note: str, tags: Iterable[str]) -> None:
        """Replace both."""
        with self._database.write() as db:
            db.execute(
                "UPDATE build SET note = ?, tags = ? WHERE id = ?",
                [note, json.dumps(list(tags), ensure_ascii=False), build_id],
            )
