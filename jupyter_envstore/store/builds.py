"""The queue and the history of builds."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import sqlite_utils

from ..domain.build import Build, BuildStatus
from ..domain.build_key import build_key
from ..domain.errors import Conflict, NotFound, Problem
from ..domain.events import Refused
from ..domain.layout import Layout
from ..domain.moments import from_optional, from_text, to_optional, to_text
from ..domain.specification import Specification, from_model
from .database import Database
from .filters import ALL_BUILDS, BuildFilter
from .listing import Listing, Page, Where
from .queue import claim_next
from .specifications import specification_id

_COLUMNS = """
    SELECT build.*, environment.name AS environment_name, namespace.name AS namespace,
        specification.name AS specification_name, specification.sha256 AS sha256,
        specification.is_locked AS is_locked, specification.is_lockfile AS is_lockfile
"""
_SOURCE = """
    FROM build
    JOIN environment ON environment.id = build.environment_id
    JOIN namespace ON namespace.id = environment.namespace_id
    JOIN specification ON specification.id = build.specification_id
"""
_SORTABLE = {
    "id": "build.id",
    "scheduled_on": "build.scheduled_on",
    "started_on": "build.started_on",
    "ended_on": "build.ended_on",
}


class Builds:
    """The rows of ``build``."""

    def __init__(self, database: Database, layout: Layout) -> None:
        self._database = database
        self._layout = layout

    # -- asking for a build ---------------------------------------------------------------------

    def submit(
        self,
        environment_id: int,
        specification: Specification,
        *,
        key_version: int,
        now: datetime,
        author: str | None = None,
        client: str | None = None,
        parent_build_id: int | None = None,
    ) -> Build:
        """Queue a build and return it, with its key's prefix."""
        with self._database.write() as db:
            now = self._after_last_switch(db, environment_id, now)
            cursor = db.execute(
                "INSERT INTO build (environment_id, specification_id, status, key_version, prefix,"
                " asked_on, scheduled_on, text, author, client, parent_build_id, warnings)"
                " VALUES (?, ?, 'QUEUED', ?, hex(randomblob(16)), ?, ?, ?, ?, ?, ?, ?)",
                [
                    environment_id,
                    specification_id(db, specification, now),
                    key_version,
                    to_text(now),
                    to_text(now),
                    specification.text,
                    author,
                    client,
                    parent_build_id,
                    _problems_text(specification.warnings),
                ],
            )
            build = self._get(int(cursor.lastrowid or 0))
            build = replace(build, prefix=self.prefix_of(build))
            db.execute("UPDATE build SET prefix = ? WHERE id = ?", [build.prefix, build.id])
            return build

    def prefix_of(self, build: Build) -> str:
        """Return where the present attempt of a build goes."""
        return self._layout.prefix(build.namespace, self.key_of(build), build.key_version)

    def key_of(self, build: Build) -> str:
        """Return the directory name of the present attempt of a build."""
        return build_key(
            build.key_version,
            sha256=build.sha256,
            scheduled_on=build.scheduled_on,
            build_id=build.id,
            namespace=build.namespace,
            # The environment may have another name by now.
            name=build.specification_name or build.name,
        )

    def _after_last_switch(
        self, db: sqlite_utils.Database, environment_id: int, now: datetime
    ) -> datetime:
        """Return `now`, or a later moment if the clock was set back since the user's last switch.

        What is asked for after a switch has to look like it: see `may_publish`.
        """
        row = db.execute(
            "SELECT switched_on FROM environment WHERE id = ?", [environment_id]
        ).fetchone()
        if row is None or row[0] is None:
            return now
        return max(now, from_text(row[0]) + timedelta(microseconds=1))

    # -- the queue --------------------------------------------------------------------------

    def claim(self, owner: str, now: datetime) -> Build | None:
        """Take the build whose turn it is, if one waits: at most one server gets it."""
        with self._database.write() as db:
            build_id = claim_next(db, owner, to_text(now))
            return None if build_id is None else self._get(build_id)

    def save(self, before: Build, after: Build) -> Build:
        """Write what `lifecycle.advance` decided; raise `Conflict` if the row changed meanwhile."""
        if after.status is BuildStatus.QUEUED:
            after = replace(after, prefix=self.prefix_of(after))
        with self._database.write() as db:
            changed = db.execute(
                "UPDATE build SET status = ?, status_info = ?, cancel_requested = ?, attempts = ?,"
                " releases = ?, owner = ?, prefix = ?, scheduled_on = ?, started_on = ?,"
                " ended_on = ?, size = ?, size_own = ?"
                " WHERE id = ? AND status = ? AND owner IS ? AND attempts = ?"
                " AND cancel_requested = ?",
                [
                    after.status.value,
                    after.status_info,
                    after.cancel_requested,
                    after.attempts,
                    after.releases,
                    after.owner,
                    after.prefix,
                    to_text(after.scheduled_on),
                    to_optional(after.started_on),
                    to_optional(after.ended_on),
                    after.size,
                    after.size_own,
                    before.id,
                    before.status.value,
                    before.owner,
                    before.attempts,
                    before.cancel_requested,
                ],
            ).rowcount
        if changed != 1:
            raise Conflict(f"Build {before.id} changed meanwhile.", "Look again, then decide.")
        return after

    def waiting(self) -> int:
        """Return how many builds are queued."""
        row = self._database.read().execute("SELECT count(*) FROM build WHERE status = 'QUEUED'")
        return int(row.fetchone()[0])

    def running(self) -> tuple[Build, ...]:
        """Return the builds that are BUILDING, whichever server runs them."""
        return self._select(Where().also("build.status = 'BUILDING'"))

    # -- reading ----------------------------------------------------------------------------

    def get(self, build_id: int) -> Build:
        """Return a build that is not deleted; raise `NotFound`."""
        found = self._select(
            Where()
            .also("build.id = ?", build_id)
            .also("build.deleted_on IS NULL")
            .also("environment.deleted_on IS NULL")
        )
        if not found:
            raise NotFound("build id does not exist")
        return found[0]

    def find(self, build_id: int, *, cancel_requested: bool | None = None) -> Build | None:
        """Return a build, also one of a deleted environment; None if it is gone."""
        where = Where().also("build.id = ?", build_id)
        if cancel_requested is not None:
            where = where.also("build.cancel_requested = ?", cancel_requested)
        return next(iter(self._select(where)), None)

    def exists(self, build_id: int) -> bool:
        """Tell whether a build is there and has not been deleted."""
        row = self._database.read().execute(
            "SELECT 1 FROM build WHERE id = ? AND deleted_on IS NULL", [build_id]
        )
        return row.fetchone() is not None

    def unended(self, build_ids: Collection[int]) -> set[int]:
        """Return which of the builds wait or run."""
        rows = self._database.read().execute(
            "SELECT id FROM build WHERE id IN (SELECT value FROM json_each(?))"
            " AND status IN ('QUEUED', 'BUILDING')",
            [json.dumps(list(build_ids))],
        )
        return {row[0] for row in rows}

    def of_environment(
        self, environment_id: int, *, also_deleted: bool = False
    ) -> tuple[Build, ...]:
        """Return every build of an environment, oldest first."""
        where = Where().also("build.environment_id = ?", environment_id)
        return self._select(where if also_deleted else where.also("build.deleted_on IS NULL"))

    def published(self) -> tuple[Build, ...]:
        """Return the current build of every environment."""
        return self._select(
            Where()
            .also("build.id = environment.published_build_id")
            .also("environment.deleted_on IS NULL")
        )

    def with_kernels_of_their_own(self, environment_id: int | None = None) -> tuple[Build, ...]:
        """Return the builds, of one environment or of all, whose kernels are pinned."""
        where = (
            Where()
            .also("build.kernel_pinned")
            .also("build.status = 'COMPLETED'")
            .also("build.deleted_on IS NULL")
            .also("environment.deleted_on IS NULL")
        )
        if environment_id is not None:
            where = where.also("build.environment_id = ?", environment_id)
        return self._select(where)

    def ended(self, newest: int, environment_id: int | None = None) -> tuple[Build, ...]:
        """Return the `newest` builds that have ended, and the current one, of each environment.

        With `environment_id`, those of that environment alone.
        """
        ended = Where().also("deleted_on IS NULL").also("status NOT IN ('QUEUED', 'BUILDING')")
        wanted = Where().also("environment.deleted_on IS NULL").also("build.shelved_on IS NULL")
        if environment_id is not None:
            ended = ended.also("environment_id = ?", environment_id)
            wanted = wanted.also("build.environment_id = ?", environment_id)
        return self._select(
            wanted.also(
                "(build.id = environment.published_build_id OR build.id IN (SELECT id FROM ("
                "SELECT id, row_number() OVER (PARTITION BY environment_id ORDER BY id DESC)"
                f" AS place FROM build {ended.sql}) WHERE place <= ?))",
                *ended.values,
                newest,
            )
        )

    def list(self, listing: Listing, wanted: BuildFilter = ALL_BUILDS) -> Page[Build]:
        """Return a page of builds, in two queries however many there are.

        Those of lockfiles are without their texts, which are too long for a list.
        """
        return listing.run(
            self._database.read(),
            select=_COLUMNS,
            source="FROM build",
            sortable=_SORTABLE,
            default=("id",),
            read=_listed_build,
            where=wanted.where(),
            counting=wanted.counting(),
            key="build.id",
            joined=_SOURCE,
        )

    def by_id(self, build_ids: Collection[int]) -> dict[int, Build]:
        """Return those of the builds that are there, deleted ones too, in one query."""
        where = Where().also(
            "build.id IN (SELECT value FROM json_each(?))", json.dumps(list(build_ids))
        )
        return {build.id: build for build in self._select(where)}

    def specification(self, build: Build) -> tuple[Specification, datetime]:
        """Return what was asked for, and when it was first asked for."""
        row = next(
            self._database.read().query(
                "SELECT model, created_on FROM specification WHERE id = ?", [build.specification_id]
            )
        )
        return from_model(json.loads(row["model"]), build.text), from_text(row["created_on"])

    def prefixes(self) -> dict[str, tuple[int, BuildStatus]]:
        """Return the prefix of every build that has not been deleted, with its id and status."""
        rows = self._database.read().query(
            "SELECT prefix, id, status FROM build WHERE deleted_on IS NULL"
        )
        return {row["prefix"]: (row["id"], BuildStatus(row["status"])) for row in rows}

    def finished_prefixes(self) -> tuple[str, ...]:
        """Return the prefixes of completed builds that are neither deleted nor shelved."""
        rows = self._database.read().query(
            "SELECT prefix FROM build WHERE deleted_on IS NULL AND status = 'COMPLETED'"
            " AND shelved_on IS NULL ORDER BY id"
        )
        return tuple(row["prefix"] for row in rows)

    def shelved(self) -> tuple[Build, ...]:
        """Return the builds that are shelved."""
        return self._select(
            Where().also("build.shelved_on IS NOT NULL").also("build.deleted_on IS NULL")
        )

    # -- remarks and the end ---------------------------------------------------------------------

    def add_warning(self, build_id: int, warning: Problem) -> None:
        with self._database.write() as db:
            db.execute(
                "UPDATE build SET warnings = json_insert(warnings, '$[#]', json(?)) WHERE id = ?",
                [json.dumps(asdict(warning)), build_id],
            )

    def warnings(self, build_id: int) -> tuple[Problem, ...]:
        row = (
            self._database.read()
            .execute("SELECT warnings FROM build WHERE id = ?", [build_id])
            .fetchone()
        )
        return tuple(map(Problem.from_json, json.loads(row[0]))) if row else ()

    def set_failure(self, build_id: int, failure: Refused) -> None:
        with self._database.write() as db:
            db.execute(
                "UPDATE build SET failure = ? WHERE id = ?",
                [json.dumps(asdict(failure)), build_id],
            )

    def failure(self, build_id: int) -> Refused | None:
        row = (
            self._database.read()
            .execute("SELECT failure FROM build WHERE id = ?", [build_id])
            .fetchone()
        )
        if row is None or row[0] is None:
            return None
        raw = json.loads(row[0])
        raw["problems"] = tuple(map(Problem.from_json, raw["problems"]))
        raw["suggestions"] = tuple(raw["suggestions"])
        return Refused(**raw)

    def pin(self, build_id: int, *, pinned: bool) -> None:
        """Keep a build from deletion and clean-up, or stop to."""
        with self._database.write() as db:
            db.execute("UPDATE build SET pinned = ? WHERE id = ?", [pinned, build_id])

    def pin_kernel(self, build_id: int, *, pinned: bool) -> None:
        """Let a build have its kernels for itself, or no longer."""
        with self._database.write() as db:
            db.execute("UPDATE build SET kernel_pinned = ? WHERE id = ?", [pinned, build_id])

    def shelve(self, build_id: int, now: datetime | None) -> None:
        """Note since when a build has no prefix; None when it has it back."""
        with self._database.write() as db:
            db.execute("UPDATE build SET shelved_on = ? WHERE id = ?", [to_optional(now), build_id])

    def note_use(self, build_id: int, now: datetime) -> None:
        """Note that a build is used; nothing happens to one that is not there."""
        with self._database.write() as db:
            db.execute("UPDATE build SET last_used_on = ? WHERE id = ?", [to_text(now), build_id])

    def mark_deleted(self, build_id: int, now: datetime) -> None:
        with self._database.write() as db:
            db.execute("UPDATE build SET deleted_on = ? WHERE id = ?", [to_text(now), build_id])

    # -- rows -----------------------------------------------------------------------------------

    def _get(self, build_id: int) -> Build:
        return self._select(Where().also("build.id = ?", build_id))[0]

    def _select(self, where: Where) -> tuple[Build, ...]:
        rows = self._database.read().query(
            f"{_COLUMNS} {_SOURCE} {where.sql} ORDER BY build.id", where.values
        )
        return tuple(_build(row) for row in rows)


def _problems_text(problems: tuple[Problem, ...]) -> str:
    return json.dumps([asdict(problem) for problem in problems])


def _listed_build(row: dict[str, Any]) -> Build:
    return _build({**row, "text": ""} if row["is_lockfile"] else row)


def _build(row: dict[str, Any]) -> Build:
    return Build(
        id=row["id"],
        environment_id=row["environment_id"],
        namespace=row["namespace"],
        name=row["environment_name"],
        specification_id=row["specification_id"],
        sha256=row["sha256"],
        status=BuildStatus(row["status"]),
        key_version=row["key_version"],
        asked_on=from_text(row["asked_on"]),
        scheduled_on=from_text(row["scheduled_on"]),
        attempts=row["attempts"],
        releases=row["releases"],
        cancel_requested=bool(row["cancel_requested"]),
        pinned=bool(row["pinned"]),
        kernel_pinned=bool(row["kernel_pinned"]),
        owner=row["owner"],
        started_on=from_optional(row["started_on"]),
        ended_on=from_optional(row["ended_on"]),
        status_info=row["status_info"],
        size=row["size"],
        size_own=row["size_own"],
        text=row["text"],
        author=row["author"],
        client=row["client"],
        parent_build_id=row["parent_build_id"],
        prefix=row["prefix"],
        specification_name=row["specification_name"],
        locked=bool(row["is_locked"]),
        note=row["note"],
        tags=tuple(json.loads(row["tags"])),
        shelved_on=from_optional(row["shelved_on"]),
        last_used_on=from_optional(row["last_used_on"]),
        imported=row["imported_from"] is not None,
    )
