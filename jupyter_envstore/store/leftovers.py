"""Rows that nothing refers to any more."""

from __future__ import annotations

from collections.abc import Collection

from .database import Database

_UNREFERENCED = (
    "DELETE FROM specification WHERE id NOT IN (SELECT specification_id FROM build)",
    "DELETE FROM package WHERE id NOT IN (SELECT package_id FROM build_package)",
)


class Leftovers:
    """What deletions leave in the database until a clean-up."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def deleted_builds(self) -> tuple[int, ...]:
        """Return the ids of deleted builds, without those of deleted environments."""
        rows = self._database.read().query(
            "SELECT build.id FROM build JOIN environment ON environment.id = environment_id"
            " WHERE build.deleted_on IS NOT NULL AND environment.deleted_on IS NULL"
            " ORDER BY build.id"
        )
        return tuple(row["id"] for row in rows)

    def remove_build(self, build_id: int) -> None:
        """Remove the row of a deleted build, and what belongs to it alone."""
        with self._database.write() as db:
            db.execute("DELETE FROM build WHERE id = ? AND deleted_on IS NOT NULL", [build_id])

    def remove_unreferenced(self) -> int:
        """Remove specifications and packages that no build has; return how many rows went."""
        with self._database.write() as db:
            return sum(db.execute(statement).rowcount for statement in _UNREFERENCED)

    def hashes_in_use(self, without: Collection[int] = ()) -> frozenset[str]:
        """Return the SHA-256 of every package that a build has, `without` those that go."""
        marks = ", ".join("?" * len(without))
        rows = self._database.read().query(
            "SELECT DISTINCT package.sha256 FROM package"
            " JOIN build_package ON build_package.package_id = package.id"
            " JOIN build ON build.id = build_package.build_id"
            f" WHERE build.deleted_on IS NULL AND build.id NOT IN ({marks})",
            list(without),
        )
        return frozenset(row["sha256"] for row in rows)
