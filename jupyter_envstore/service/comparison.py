"""Two builds beside each other: what was asked for, what came of it, and what it takes."""

from __future__ import annotations

from dataclasses import dataclass

from ..domain.build import Build, BuildStatus
from ..domain.diff import (
    CompareVersions,
    PackageDifference,
    SpecificationDifference,
    compare_packages,
    compare_specifications,
)
from ..store.builds import Builds
from ..store.listing import Listing
from ..store.packages import Packages


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
        self, *, builds: Builds, packages: Packages, compare_versions: CompareVersions
    ) -> None:
        self._builds = builds
        self._packages = packages
        self._compare_versions = compare_versions

    def compare(self, before_id: int, after_id: int) -> Comparison:
        """Return what differs from one build to another; raise `NotFound`."""
        before, after = self._builds.get(before_id), self._builds.get(after_id)
        asked_before, _ = self._builds.specification(before)
        asked_after, _ = self._builds.specification(after)
        names = (_heading(before), _heading(after))
        both = before.status is after.status is BuildStatus.COMPLETED
        return Comparison(
            before,
            after,
            compare_specifications(asked_before, asked_after, names),
            self._compare_packages(before_id, after_id) if both else None,
        )

    def _compare_packages(self, before_id: int, after_id: int) -> PackageDifference:
        before, after = (
            [stored.package for stored in self._packages.of_build(build_id, Listing()).items]
            for build_id in (before_id, after_id)
        )
        return compare_packages(before, after, self._compare_versions)


def _heading(build: Build) -> str:
    return f"{build.namespace}/{build.name}, build {build.id}"
