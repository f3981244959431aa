"""What lists of environments and builds are narrowed to: conda-store's filters, and a scope."""

from __future__ import annotations

from dataclasses import dataclass

from ..domain.build import ArtifactType, BuildStatus
from ..domain.entities import EVERYTHING, Scope
from .listing import Counting, Where, contains
from .notes import TAGGED
from .scope import within

CURRENT_BUILD = """coalesce(environment.published_build_id, (
    SELECT max(id) FROM build
    WHERE build.environment_id = environment.id AND build.deleted_on IS NULL
))"""
"""The build that an environment's filters look at, and that clients see as its current one."""


@dataclass(frozen=True)
class EnvironmentFilter:
    """Which environments; what is about a build is about the current one.

    `search` looks for a part of the namespace or the name, in whatever case. Each of `packages`
    is the whole name of a package that has to be there.
    """

    search: str | None = None
    namespace: str | None = None
    name: str | None = None
    status: BuildStatus | None = None
    artifact: ArtifactType | None = None
    packages: tuple[str, ...] = ()
    scope: Scope = EVERYTHING

    def where(self) -> Where:
        """Return the conditions, on the tables ``environment`` and ``namespace``."""
        where = _environments(self.namespace, self.name, self.scope)
        if self.search:
            pattern = contains(self.search)
            where = where.also(
                "(namespace.name LIKE ? ESCAPE '\\' OR environment.name LIKE ? ESCAPE '\\')",
                pattern,
                pattern,
            )
        if self.status is not None:
            where = where.also(
                f"(SELECT status FROM build WHERE id = {CURRENT_BUILD}) = ?", self.status.value
            )
        for name in self.packages:
            # A look at each environment's build: there are ten times as many builds that have it.
            where = where.also(
                "EXISTS (SELECT 1 FROM package CROSS JOIN build_package"
                " ON build_package.package_id = package.id"
                f" AND build_package.build_id = {CURRENT_BUILD} WHERE package.name = ?)",
                name,
            )
        return _with_artifact(where, CURRENT_BUILD, self.artifact)


@dataclass(frozen=True)
class BuildFilter:
    """Which builds; `packages` as in `EnvironmentFilter`, and each of `tags` has to be there."""

    environment_id: int | None = None
    namespace: str | None = None
    name: str | None = None
    status: BuildStatus | None = None
    artifact: ArtifactType | None = None
    packages: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    scope: Scope = EVERYTHING

    def where(self) -> Where:
        """Return the conditions, on the table ``build`` alone: rows are counted without joins."""
        where = self._of_environments(Where().also("build.deleted_on IS NULL"))
        if self.environment_id is not None:
            where = where.also("build.environment_id = ?", self.environment_id)
        if self.status is not None:
            where = where.also("build.status = ?", self.status.value)
        for tag in self.tags:
            where = where.also(TAGGED, tag)
        return _with_packages(
            _with_artifact(where, "build.id", self.artifact), "build.id", self.packages
        )

    def counting(self) -> Counting:
        """Return how the builds are counted soonest: by what they have, where many have it.

        The index is named where all that is asked of a build is in it: going by the ids, SQLite
        would read the rows themselves, with whole specifications in them.
        """
        others = (self.environment_id, self.namespace, self.name, self.status, *self.tags)
        if any(other is not None for other in others) or not self.scope.is_everything:
            return Counting("FROM build", self.where())
        if self.artifact is None:
            source = "FROM build INDEXED BY build_listed" if self.packages else "FROM build"
            return Counting(source, self.where())
        made = Where().also("made.artifact_type = ?", self.artifact.value)
        for hidden in _HIDDEN:
            made = made.also(f"made.build_id NOT IN ({hidden})")
        counted = _with_packages(made, "made.build_id", self.packages)
        return Counting("FROM build_artifact AS made", counted)

    def _of_environments(self, where: Where) -> Where:
        if self.namespace is None and self.name is None and self.scope.is_everything:
            # There are few of these, if any: the list is short, and the answer fast.
            return where.also(
                "build.environment_id NOT IN"
                " (SELECT id FROM environment WHERE deleted_on IS NOT NULL)"
            )
        wanted = _environments(self.namespace, self.name, self.scope)
        # Many environments: with the plus, SQLite goes through the builds in the order that is
        # wanted, instead of gathering all of them and sorting.
        column = "build.environment_id" if self.name is not None else "+build.environment_id"
        return where.also(
            f"{column} IN (SELECT environment.id FROM environment"
            f" JOIN namespace ON namespace.id = environment.namespace_id {wanted.sql})",
            *wanted.values,
        )


_HIDDEN = (
    "SELECT id FROM build WHERE deleted_on IS NOT NULL",
    """
    SELECT build.id FROM environment JOIN build ON build.environment_id = environment.id
    WHERE environment.deleted_on IS NOT NULL
    """,
)
"""The builds that no list shows: there are few of these, if any."""

ALL_ENVIRONMENTS = EnvironmentFilter()
ALL_BUILDS = BuildFilter()


def _environments(namespace: str | None, name: str | None, scope: Scope) -> Where:
    where = Where().also("environment.deleted_on IS NULL")
    if namespace is not None:
        where = where.also("namespace.name = ?", namespace)
    if name is not None:
        where = where.also("environment.name = ?", name)
    return within(where, scope, "namespace.name", "environment.name")


def _with_artifact(where: Where, build: str, artifact: ArtifactType | None) -> Where:
    if artifact is None:
        return where
    return where.also(
        "EXISTS (SELECT 1 FROM build_artifact"
        f" WHERE build_artifact.build_id = {build} AND artifact_type = ?)",
        artifact.value,
    )


def _with_packages(where: Where, build: str, packages: tuple[str, ...]) -> Where:
    for name in packages:
        where = where.also(
            f"{build} IN (SELECT build_id FROM build_package"
            " JOIN package ON package.id = build_package.package_id WHERE package.name = ?)",
            name,
        )
    return where
