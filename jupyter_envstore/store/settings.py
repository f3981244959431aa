"""Settings that were changed while the store runs, by level and key, and who changed them when.

A level is the whole store, a namespace, or an environment, by its names: what is set for a name
holds for whatever has it, now or later. An environment that is renamed takes its settings along.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..domain.moments import from_text, to_text
from .database import Database
from .listing import Listing, Page, Where


@dataclass(frozen=True)
class Level:
    """What settings hold for; without names, the whole store."""

    namespace: str = ""
    environment: str = ""

    @property
    def depth(self) -> int:
        """0 for the whole store, 1 for a namespace, 2 for an environment."""
        return bool(self.namespace) + bool(self.environment)

    @property
    def path(self) -> tuple[Level, ...]:
        """This level and those above, the whole store first."""
        above = (Level(), Level(self.namespace))[: self.depth]
        return (*above, self)


@dataclass(frozen=True)
class SettingChange:
    """A key that was set, or reset: then `value` is None."""

    id: int
    at: datetime
    author: str | None
    level: Level
    key: str
    value: Any


class StoredSettings:
    """The rows of ``setting``, and of ``setting_change``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def levels(self, level: Level) -> list[dict[str, Any]]:
        """Return what is set on each level down to this one, in this order, by key."""
        found: dict[Level, dict[str, Any]] = {one: {} for one in level.path}
        rows = self._database.read().query(
            "SELECT namespace, environment, key, value FROM setting"
            " WHERE (namespace = '' AND environment = '')"
            " OR (namespace = ? AND environment IN ('', ?))",
            [level.namespace, level.environment],
        )
        for row in rows:
            one = Level(row["namespace"], row["environment"])
            found[one][row["key"]] = json.loads(row["value"])
        return list(found.values())

    def change(
        self,
        level: Level,
        values: Mapping[str, Any],
        reset: Iterable[str],
        *,
        now: datetime,
        author: str | None,
    ) -> None:
        """Set keys on a level, and reset others; what is so already is no change."""
        with self._database.write() as db:
            before = self.levels(level)[-1]
            place = [level.namespace, level.environment]
            changed: dict[str, Any] = {
                key: value
                for key, value in values.items()
                if key not in before or before[key] != value
            }
            for key, value in changed.items():
                db.execute(
                    "INSERT INTO setting (namespace, environment, key, value) VALUES (?, ?, ?, ?)"
                    " ON CONFLICT DO UPDATE SET value = excluded.value",
                    [*place, key, json.dumps(value)],
                )
            for key in reset:
                if key in before:
                    db.execute(
                        "DELETE FROM setting WHERE namespace = ? AND environment = ? AND key = ?",
                        [*place, key],
                    )
                    changed[key] = None
            for key, value in changed.items():
                db.execute(
                    "INSERT INTO setting_change (at, author, namespace, environment, key, value)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    [to_text(now), author, *place, key, json.dumps(value)],
                )

    def changes(self, listing: Listing, level: Level) -> Page[SettingChange]:
        """Return the changes on a level and on all below it; by default the oldest first."""
        where = Where()
        if level.namespace:
            where = where.also("namespace = ?", level.namespace)
        if level.environment:
            where = where.also("environment = ?", level.environment)
        return listing.run(
            self._database.read(),
            select="SELECT *",
            source="FROM setting_change",
            where=where,
            sortable={"id": "id", "key": "key"},
            default=("id",),
            read=_change,
        )


def _change(row: dict[str, Any]) -> SettingChange:
    return SettingChange(
        id=row["id"],
        at=from_text(row["at"]),
        author=row["author"],
        level=Level(row["namespace"], row["environment"]),
        key=row["key"],
        value=json.loads(row["value"]),
    )
