"""A finished build as an ``environment.yml`` with exact versions, like `conda env export`'s.

Unlike conda's it names the environment, and no path: it can be built on another machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from packaging.utils import canonicalize_name

from .build import PackageRow
from .environment_text import environment_text
from .pip_lines import direct_reference, directly_named
from .specification import Specification

_PYPI_FILES = "files.pythonhosted.org"


def pinned_environment(specification: Specification, packages: Iterable[PackageRow]) -> str:
    """Return the text: what was asked for, with the packages of the build instead of match specs.

    Packages of channels are pinned by version and build, those of a package index by version.
    What was named by its archive is named so still, with its hash, and so is what a lockfile has
    from elsewhere than PyPI: no index is told that has it. Files of this machine are not named.
    """
    rows = sorted(packages, key=lambda row: row.name)
    named = directly_named(specification.pip)
    pip = [_pinned(row, named, specification) for row in rows if row.manager == "pip"]
    options = [line for line in specification.pip if line.startswith("-")]
    return environment_text(
        name=specification.name,
        channels=specification.channels,
        conda=[f"{row.name}={row.version}={row.build}" for row in rows if row.manager == "conda"],
        pip=[*options, *pip] if pip else (),
        variables=specification.variables,
    )


def _pinned(row: PackageRow, named: set[str], specification: Specification) -> str:
    url = urlsplit(row.url)
    is_elsewhere = specification.is_lockfile and url.hostname != _PYPI_FILES
    if url.scheme in ("http", "https") and (is_elsewhere or canonicalize_name(row.name) in named):
        return direct_reference(row.name, row.url, row.sha256, row.md5)
    return f"{row.name}=={row.version}"
