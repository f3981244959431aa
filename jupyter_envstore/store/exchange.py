"""Environments that leave for another store, and those that come from one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from ..domain.build import Build, BuildStatus
from ..domain.exchange import TravellingBuild, TravellingDeed, TravellingEnvironment
from ..domain.moments import from_text, to_optional, to_text
from ..domain.specification import Specification
from .builds import Builds
from .database import Database
from .listing import Listing
from .packages import Packages
from .specifications import specification_id

_ENDED = "('COMPLETED', 'FAILED', 'CANCELED')"


class Departures:
    """Reads environments as they were at one moment."""

    def __init__(self, database: Database, builds: Builds, packages: Packages) -> None:
        self._database = database
        self._builds = builds
        self._packages = packages

    @contextmanager
    def at_one_moment(self) -> Iterator[None]:
        """Read within this, in one thread: changes that are made meanwhile are not seen."""
        connection = self._database.read().conn
        connection.execute("BEGIN")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")

    def environments(self) -> list[TravellingEnvironment]:
        """Return all environments with their history, and the ids of their ended builds."""
        rows = self._database.read().query(
            "SELECT environment.*, namespace.name AS namespace FROM environment"
            " JOIN namespace ON namespace.id = namespace_id WHERE deleted_on IS NULL"
            " ORDER BY namespace.name, environment.name"
        )
        return [
            TravellingEnvironment(
                namespace=row["namespace"],
                name=row["name"],
                description=row["description"],
                created_on=from_text(row["created_on"]),
                current=row["published_build_id"],
                builds=self._ended(row["id"]),
                history=tuple(self._history(row["id"])),
            )
            for row in rows
        ]

    def unfinished(self, environments: Iterable[TravellingEnvironment]) -> int:
        """Return how many builds of these environments wait or run, and so do not leave."""
        owners = [[one.namespace, one.name] for one in environments]
        row = self._database.read().execute(
            "SELECT count(*) FROM build JOIN environment ON environment.id = environment_id"
            " JOIN namespace ON namespace.id = namespace_id WHERE build.deleted_on IS NULL"
            f" AND environment.deleted_on IS NULL AND status NOT IN {_ENDED}"
            " AND json_array(namespace.name, environment.name) IN"
            " (SELECT json(value) FROM json_each(?))",
            [json.dumps(owners)],
        )
        return int(row.fetchone()[0])

    def build(self, build_id: int) -> TravellingBuild:
        """Return a build with its packages."""
        build = self._builds.get(build_id)
        specification, _ = self._builds.specification(build)
        origin = _origin(self._database, build_id)
        return TravellingBuild(
            id=build.id,
            # What was imported leaves as what it was, not as what it could be here.
            status=origin.get("status", build.status.value),
            key_version=build.key_version,  # type: ignore[arg-type]  # the table checks it
            asked_on=build.asked_on,
            scheduled_on=build.scheduled_on,
            started_on=build.started_on,
            ended_on=build.ended_on or build.scheduled_on,
            model=specification.model,
            status_info=origin.get("status_info", build.status_info),
            size=build.size,
            size_own=build.size_own,
            text=build.text,
            author=build.author,
            client=build.client,
            parent_build_id=build.parent_build_id,
            pinned=build.pinned,
            note=build.note,
            tags=build.tags,
            warnings=self._builds.warnings(build_id),
            failure=self._builds.failure(build_id),
            packages=tuple(
                stored.package for stored in self._packages.of_build(build_id, Listing()).items
            ),
        )

    def _ended(self, environment_id: int) -> tuple[int, ...]:
        rows = self._database.read().execute(
            f"SELECT id FROM build WHERE environment_id = ? AND deleted_on IS NULL"
            f" AND status IN {_ENDED} ORDER BY id",
            [environment_id],
        )
        return tuple(row[0] for row in rows)

    def _history(self, environment_id: int) -> Iterator[TravellingDeed]:
        rows = self._database.read().query(
            "SELECT at, deed, actor, build_id, detail FROM history WHERE environment_id = ?"
            " ORDER BY id",
            [environment_id],
        )
        return (TravellingDeed(**{**row, "at": from_text(row["at"])}) for row in rows)


class Arrivals:
    """Writes what comes from another store; what is there already stays as it is."""

    def __init__(self, database: Database, builds: Builds, packages: Packages) -> None:
        self._database = database
        self._builds = builds
        self._packages = packages

    def known(self, environment_id: int, store_id: str) -> dict[int, int]:
        """Return the builds of an environment that came from a store: their ids there, and here."""
        rows = self._database.read().execute(
            "SELECT json_extract(imported_from, '$.build_id'), id FROM build"
            " WHERE environment_id = ? AND json_extract(imported_from, '$.store_id') = ?",
            [environment_id, store_id],
        )
        return {int(there): here for there, here in rows}

    def add(
        self,
        environment_id: int,
        build: TravellingBuild,
        specification: Specification,
        store_id: str,
        parent_build_id: int | None,
    ) -> Build:
        """Add a build that has no prefix here, and return it.

        One that was COMPLETED is so again once its lockfile is here: see `shelve`.
        """
        was_completed = build.status == BuildStatus.COMPLETED.value
        status = BuildStatus.CANCELED if was_completed else BuildStatus(build.status)
        said = (
            f"It was COMPLETED in the store that it was imported from, as build {build.id}; "
            "neither its prefix nor its lockfile came along, so it cannot be restored here."
        )
        origin = {
            "store_id": store_id,
            "build_id": build.id,
            "status": build.status,
            "status_info": build.status_info,
        }
        with self._database.write() as db:
            cursor = db.execute(
                "INSERT INTO build (environment_id, specification_id, status, status_info,"
                " key_version, size, size_own, prefix, asked_on, scheduled_on, started_on,"
                " ended_on, text, author, client, parent_build_id, warnings, failure, pinned, note,"
                " imported_from)"
                f" VALUES (?, ?, ?, ?, ?, ?, ?, hex(randomblob(16)), {', '.join('?' * 13)})",
                [
                    environment_id,
                    specification_id(db, specification, build.asked_on),
                    status.value,
                    said if was_completed else build.status_info,
                    build.key_version,
                    build.size,
                    build.size_own,
                    to_text(build.asked_on),
                    to_text(build.scheduled_on),
                    to_optional(build.started_on),
                    to_text(build.ended_on),
                    build.text,
                    build.author,
                    build.client,
                    parent_build_id,
                    json.dumps([asdict(warning) for warning in build.warnings]),
                    json.dumps(asdict(build.failure)) if build.failure else None,
                    build.pinned,
                    build.note,
                    json.dumps(origin),
                ],
            )
            made = self._builds.by_id([int(cursor.lastrowid or 0)])[int(cursor.lastrowid or 0)]
            made = replace(made, prefix=self._builds.prefix_of(made))
            # The tags apart: a trigger keeps their index when they change.
            db.execute(
                "UPDATE build SET prefix = ?, tags = ? WHERE id = ?",
                [made.prefix, json.dumps(build.tags, ensure_ascii=False), made.id],
            )
            self._packages.record(made.id, build.packages)
        return made

    def shelve(self, build_id: int, now: datetime) -> None:
        """Let a build be COMPLETED and shelved, if it was COMPLETED where it is from.

        Its lockfile is here: it can be restored. One that was restored already stays as it is. To
        bring it here is what the store has tried once: markers of prefixes count from there.
        """
        with self._database.write() as db:
            db.execute(
                "UPDATE build SET status = 'COMPLETED', shelved_on = ?,"
                " attempts = max(attempts, 1),"
                " status_info = json_extract(imported_from, '$.status_info')"
                " WHERE id = ? AND status = 'CANCELED'"
                " AND json_extract(imported_from, '$.status') = 'COMPLETED'",
                [to_text(now), build_id],
            )

    def merge_history(self, environment_id: int, deeds: Iterable[TravellingDeed]) -> None:
        """Add the deeds that are not there, and put all of the environment in their order."""
        with self._database.write() as db:
            rows = db.query(
                "SELECT at, deed, actor, build_id, detail FROM history WHERE environment_id = ?"
                " ORDER BY id",
                [environment_id],
            )
            there = [TravellingDeed(**{**row, "at": from_text(row["at"])}) for row in rows]
            both = dict.fromkeys([*deeds, *there])
            db.execute("DELETE FROM history WHERE environment_id = ?", [environment_id])
            for deed in sorted(both, key=lambda one: one.at):
                values: list[Any] = [environment_id, to_text(deed.at), deed.deed, deed.actor]
                db.execute(
                    "INSERT INTO history (environment_id, at, deed, actor, build_id, detail)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    [*values, deed.build_id, deed.detail],
                )


def _origin(database: Database, build_id: int) -> dict[str, Any]:
    row = (
        database.read()
        .execute("SELECT imported_from FROM build WHERE id = ?", [build_id])
        .fetchone()
    )
    return json.loads(row[0]) if row and row[0] else {}
