"""The pip section of a specification, read for uv."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from ..domain.credentials import without_credentials

DEFAULT_INDEX = "pypi"
"""What a pip package's channel is called where the specification names no index."""

_UV_OPTIONS = {
    # Not --index-url, over which the variable UV_DEFAULT_INDEX wins.
    "--index-url": "--default-index",
    "--extra-index-url": "--extra-index-url",
    "--trusted-host": "--allow-insecure-host",
}


@dataclass(frozen=True)
class PipSection:
    """Requirements and index options of a pip section."""

    requirements: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    """As uv spells them."""
    index: str = DEFAULT_INDEX
    """The index that packages are listed under, without credentials."""

    @property
    def names(self) -> set[str]:
        return {name for line in self.requirements if (name := _requirement_name(line))}


def read_pip_section(lines: Iterable[str]) -> PipSection:
    """Separate requirements from options, ``--index-url X`` or ``--index-url=X``."""
    requirements: list[str] = []
    options: list[str] = []
    index = DEFAULT_INDEX
    for line in lines:
        if not line.startswith("-"):
            requirements.append(line)
            continue
        option, _, value = re.sub(r"[\s=]+", " ", line.strip(), count=1).partition(" ")
        options += [_UV_OPTIONS.get(option, option), value]
        if option == "--index-url":
            index = without_credentials(value)
    return PipSection(tuple(requirements), tuple(options), index)


def _requirement_name(line: str) -> str | None:
    try:
        return canonicalize_name(Requirement(line).name)
    except InvalidRequirement:
        return None
