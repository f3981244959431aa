"""The packages of finished builds."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from ..domain.build import PackageRow
from ..domain.dependencies import Package, required_by
from .database import Database
from .listing import Listing, Page, Where, contains, literal


@dataclass(frozen=True)
class StoredPackage:
    """A package of a build, with the ids that conda-store's clients expect."""

    id: int
    channel_id: int
    channel_updated: str | None
    package: PackageRow
    required_by: tuple[str, ...] = ()
    """The names of the packages of the same build that depend on it."""


class Packages:
    """The rows of ``package``, ``channel`` and ``build_package``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, build_id: int, packages: Iterable[PackageRow]) -> None:
        """Note what a build consists of; replaces what was noted before."""
        with self._database.write() as db:
            db.execute("DELETE FROM build_package WHERE build_id = ?", [build_id])
            channels: dict[str, int] = {}
            for package in packages:
                if package.channel not in channels:
                    channels[package.channel] = self._channel_id(package.channel)
                package_id = self._package_id(channels[package.channel], package)
                db.execute(
                    "INSERT INTO build_package (build_id, package_id, requested) VALUES (?, ?, ?)"
                    " ON CONFLICT DO NOTHING",
                    [build_id, package_id, package.requested],
                )

    def builds_with(self, sha256: str) -> tuple[int, ...]:
        """Return the ids of the builds that have the package with this hash."""
        rows = self._database.read().query(
            "SELECT build_id FROM build_package"
            " JOIN package ON package.id = build_package.package_id"
            " JOIN build ON build.id = build_package.build_id"
            " WHERE package.sha256 = ? AND build.deleted_on IS NULL ORDER BY build_id",
            [sha256],
        )
        return tuple(row["build_id"] for row in rows)

    def summaries(self, names: Collection[str]) -> dict[str, str]:
        """Return what builds know of the packages with these names: the newest summary of each."""
        marks = ", ".join("?" * len(names))
        rows = self._database.read().query(
            "SELECT name, summary, max(id) FROM package"
            f" WHERE name IN ({marks}) AND manager = 'conda' AND summary IS NOT NULL GROUP BY name",
            list(names),
        )
        return {row["name"]: row["summary"] for row in rows}

    def of_build(
        self,
        build_id: int,
        listing: Listing,
        *,
        search: str | None = None,
        exact: bool = False,
        build: str | None = None,
    ) -> Page[StoredPackage]:
        """Return the packages of a build; `search` looks for a part of the name."""
        where = Where().also("build_package.build_id = ?", build_id)
        if search:
            pattern = literal(search) if exact else contains(search)
            where = where.also("package.name LIKE ? ESCAPE '\\'", pattern)
        if build:
            where = where.also("package.build LIKE ? ESCAPE '\\'", contains(build))
        page = listing.run(
            self._database.read(),
            select="SELECT package.*, channel.name AS channel, channel.last_update,"
            " build_package.requested",
            source="FROM build_package"
            " JOIN package ON package.id = build_package.package_id"
            " JOIN channel ON channel.id = package.channel_id",
            sortable={"channel": "channel.name", "name": "package.name"},
            default=("channel", "name"),
            read=_stored_package,
            where=where,
        )
        needing = required_by(self._depends(build_id)) if page.items else {}
        return page.map(
            lambda stored: replace(
                stored,
                required_by=needing.get(Package(stored.package.manager, stored.package.name), ()),
            )
        )

    def _depends(self, build_id: int) -> dict[Package, list[str]]:
        rows = self._database.read().query(
            "SELECT package.manager, package.name, package.depends FROM build_package"
            " JOIN package ON package.id = build_package.package_id"
            " WHERE build_package.build_id = ?",
            [build_id],
        )
        return {Package(row["manager"], row["name"]): json.loads(row["depends"]) for row in rows}

    def _channel_id(self, name: str) -> int:
        db = self._database.read()
        db.execute("INSERT INTO channel (name) VALUES (?) ON CONFLICT DO NOTHING", [name])
        return int(db.execute("SELECT id FROM channel WHERE name = ?", [name]).fetchone()[0])

    def _package_id(self, channel_id: int, package: PackageRow) -> int:
        db = self._database.read()
        identity = [
            channel_id,
            package.subdir,
            package.name,
            package.version,
            package.build,
            package.sha256 or "",
        ]
        db.execute(
            "INSERT INTO package (channel_id, subdir, name, version, build, sha256, manager,"
            " build_number, url, size, md5, license, summary, depends)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [
                *identity,
                package.manager,
                package.build_number,
                package.url,
                package.size,
                package.md5,
                package.license,
                package.summary,
                json.dumps(package.depends),
            ],
        )
        row = db.execute(
            "SELECT id FROM package WHERE channel_id = ? AND subdir = ? AND name = ?"
            " AND version = ? AND build = ? AND sha256 = ?",
            identity,
        ).fetchone()
        return int(row[0])


def _stored_package(row: dict[str, Any]) -> StoredPackage:
    return StoredPackage(
        id=row["id"],
        channel_id=row["channel_id"],
        channel_updated=row["last_update"],
        package=PackageRow(
            name=row["name"],
            version=row["version"],
            build=row["build"],
            channel=row["channel"],
            subdir=row["subdir"],
            build_number=row["build_number"],
            url=row["url"],
            size=row["size"],
            sha256=row["sha256"] or None,
            md5=row["md5"],
            license=row["license"],
            summary=row["summary"],
            depends=tuple(json.loads(row["depends"])),
            requested=bool(row["requested"]),
            manager=row["manager"],
        ),
    )
