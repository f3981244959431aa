"""A finished build as an ``environment.yml`` with exact versions, like `conda env export`'s.

Unlike conda's it names the environment, and no path: it can be built on another machine.
"""

from __future__ import annotations

from collections.abc import Iterable

from .build import PackageRow
from .environment_text import environment_text
from .specification import Specification


def pinned_environment(specification: Specification, packages: Iterable[PackageRow]) -> str:
    """Return the text: what was asked for, with the packages of the build instead of match specs.

    Packages from a package index are pinned by version, those of channels by build, too.
    """
    rows = sorted(packages, key=lambda row: row.name)
    return environment_text(
        name=specification.name,
        channels=specification.channels,
        conda=[f"{row.name}={row.version}={row.build}" for row in rows if row.manager == "conda"],
        pip=[f"{row.name}=={row.version}" for row in rows if row.manager == "pip"],
        variables=specification.variables,
    )
