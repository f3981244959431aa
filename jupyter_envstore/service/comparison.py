"""Two builds beside each other: what was asked for, what came of it, and what it takes."""

from __future__ import annotations

from dataclasses import dataclass

from ..domain.build import Build, BuildStatus, PackageRow
from ..domain.diff import (
    CompareVersions,
    PackageDifference,
    SpecificationDifference,
    compare_packages,
    compare_specifications,
)
from ..domain.specification import Specification
from ..store.builds import Builds
from ..store.listing import Listing
from ..store.packages import Packages
from .shared_files import specification_of
from .shared_packages import SharedPackages
from .shared_stores import SharedStores


@dataclass(frozen=True)
class Comparison:
    """What differs from the build `before` to the build `after`."""

    before: Build
    after: Build
    specification: SpecificationDifference
    packages: PackageDifference | None
    """None while one of the two has no packages: it is not COMPLETED."""


class ComparisonService:
    """Compares builds, of one environment or of two."""

    def __init__(
        self,
        *,
        builds: Builds,
        packages: Packages,
        shared: SharedStores,
        shared_packages: SharedPackages,
        compare_versions: CompareVersions,
    ) -> None:
        self._builds = builds
        self._packages = packages
        self._shared = shared
        self._shared_packages = shared_packages
        self._compare_versions = compare_versions

    def compare(self, before_id: int, after_id: int) -> Comparison:
        """Return what differs from one build to another; raise `NotFound`."""
        before, asked_before = self._asked(before_id)
        after, asked_after = self._asked(after_id)
        names = (_heading(before), _heading(after))
        both = before.status is after.status is BuildStatus.COMPLETED
        return Comparison(
            before,
            after,
            compare_specifications(asked_before, asked_after, names),
            self._compare_packages(before_id, after_id) if both else None,
        )

    def _compare_packages(self, before_id: int, after_id: int) -> PackageDifference:
        before, after = self._packages_of(before_id), self._packages_of(after_id)
        return compare_packages(before, after, self._compare_versions)

    def _asked(self, build_id: int) -> tuple[Build, Specification]:
        if found := self._shared.get(build_id):
            build = found.view.build
            return build, specification_of(found) or Specification(build.name)
        build = self._builds.get(build_id)
        return build, self._builds.specification(build)[0]

    def _packages_of(self, build_id: int) -> list[PackageRow]:
        if found := self._shared.get(build_id):
            return list(self._shared_packages.rows(found))
        return [stored.package for stored in self._packages.of_build(build_id, Listing()).items]


def _heading(build: Build) -> str:
    return f"{build.namespace}/{build.name}, build {build.id}"
