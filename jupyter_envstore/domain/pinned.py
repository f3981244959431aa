"""A finished build as an ``environment.yml`` with exact versions, like `conda env export`'s.

Unlike conda's it names the environment, and no path: it can be built on another machine.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import SingleQuotedScalarString

from .build import PackageRow
from .specification import Specification

_BOOLEANS_OF_YAML_1_1 = frozenset(["y", "n", "yes", "no", "on", "off"])
"""Texts that are not quoted in YAML 1.2, and mean something else to programs that read 1.1."""


def pinned_environment(specification: Specification, packages: Iterable[PackageRow]) -> str:
    """Return the text: what was asked for, with the packages of the build instead of match specs.

    Packages from a package index are pinned by version, those of channels by build, too.
    """
    rows = sorted(packages, key=lambda row: row.name)
    conda = [f"{row.name}={row.version}={row.build}" for row in rows if row.manager == "conda"]
    pip = [f"{row.name}=={row.version}" for row in rows if row.manager == "pip"]
    document: dict[str, Any] = {
        "name": _text(specification.name),
        "channels": list(specification.channels),
        "dependencies": [*conda, {"pip": pip}] if pip else conda,
    }
    if specification.variables:
        document["variables"] = {
            _text(key): _text(value) if isinstance(value, str) else value
            for key, value in specification.variables.items()
        }
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 4096  # One line for each package, however long.
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()


def _text(text: str) -> str:
    is_boolean = text.lower() in _BOOLEANS_OF_YAML_1_1
    return SingleQuotedScalarString(text) if is_boolean else text
