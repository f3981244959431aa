"""Packages whose cached files had been changed: the builds that link them are told so."""

from __future__ import annotations

from ..domain.errors import Problem
from ..domain.events import Warned
from ..store.builds import Builds
from ..store.packages import Packages


def warn_of_damage(warning: Warned, found_by: int, builds: Builds, packages: Packages) -> None:
    """Leave a warning on every other build that has the package that a build found damaged."""
    affected = packages.builds_with(warning.damaged) if warning.damaged else ()
    for other in affected:
        if other != found_by:
            builds.add_warning(
                other,
                Problem(
                    "Files that this build shares with the package cache were changed: "
                    f"build {found_by} found it out. {warning.message}",
                    hint="Repair this build, or build the environment again.",
                ),
            )
