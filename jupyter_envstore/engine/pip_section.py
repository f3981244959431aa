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
class PipLine:
    """A requirement of a pip section."""

    text: str
    place: str = ""
    """Where it is in the specification: ``dependencies[2].pip[0]``."""

    @property
    def name(self) -> str | None:
        """The normalised name; None for what is a URL or a path alone."""
        found = self._requirement
        return canonicalize_name(found.name) if found else None

    @property
    def loosened(self) -> tuple[str, ...]:
        """The requirement of any version, unless that is what was asked for."""
        found = self._requirement
        if found is None or not found.specifier:
            return ()
        extras = f"[{','.join(sorted(found.extras))}]" if found.extras else ""
        return (f"{found.name}{extras}",)

    @property
    def _requirement(self) -> Requirement | None:
        try:
            return Requirement(self.text)
        except InvalidRequirement:
            return None


@dataclass(frozen=True)
class PipSection:
    """Requirements and index options of a pip section."""

    lines: tuple[PipLine, ...] = ()
    options: tuple[str, ...] = ()
    """As uv spells them."""
    index: str = DEFAULT_INDEX
    """The index that packages are listed under, without credentials."""

    @property
    def requirements(self) -> tuple[str, ...]:
        return tuple(line.text for line in self.lines)

    @property
    def names(self) -> set[str]:
        return {name for line in self.lines if (name := line.name)}


def read_pip_section(lines: Iterable[str], places: Iterable[str] = ()) -> PipSection:
    """Separate requirements from options, ``--index-url X`` or ``--index-url=X``.

    `places` are those of the lines in the specification, as far as they are known.
    """
    requirements: list[PipLine] = []
    options: list[str] = []
    index = DEFAULT_INDEX
    known = iter(places)
    for line in lines:
        place = next(known, "")
        if not line.startswith("-"):
            requirements.append(PipLine(line, place))
            continue
        option, _, value = re.sub(r"[\s=]+", " ", line.strip(), count=1).partition(" ")
        options += [_UV_OPTIONS.get(option, option), value]
        if option == "--index-url":
            index = without_credentials(value)
    return PipSection(tuple(requirements), tuple(options), index)
