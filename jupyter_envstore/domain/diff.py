"""What differs between two builds: what was asked for, and the packages that came of it.

Always from one build, the earlier in what is said here, to another.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from .build import PackageRow
from .specification import Specification

CompareVersions = Callable[[str, str], int]
"""Negative if the first version is the older one, by conda's order; 0 if they are equal."""

_SEPARATORS = re.compile(r"[-_.]+")


class Direction(str, Enum):
    """Where a package went, by conda's order of versions."""

    UP = "up"
    DOWN = "down"
    SAME = "same"
    """The version is the same: the build, the channel or the archive is another."""


@dataclass(frozen=True)
class ChangedPackage:
    """A package that both builds have, and not the same of."""

    before: PackageRow
    after: PackageRow
    direction: Direction
    what: tuple[str, ...]
    """Of version, build, channel, subdir and archive, those that differ."""


@dataclass(frozen=True)
class PackageDifference:
    """The packages of two builds, by name. A package that pip installed is another than conda's."""

    added: tuple[PackageRow, ...]
    removed: tuple[PackageRow, ...]
    changed: tuple[ChangedPackage, ...]
    unchanged: int


@dataclass(frozen=True)
class ListDifference:
    """Two lists whose order may matter."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    reordered: bool
    """What both have is in another order."""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.reordered)


@dataclass(frozen=True)
class SpecificationDifference:
    """What was asked for; variables are written ``NAME=value``."""

    text: str
    """The texts as they were sent, as a unified diff; empty if they are the same."""
    channels: ListDifference
    dependencies: ListDifference
    pip: ListDifference
    variables: ListDifference


def compare_packages(
    before: Iterable[PackageRow], after: Iterable[PackageRow], compare: CompareVersions
) -> PackageDifference:
    """Return what differs between the packages of two builds, each part in the order of names."""
    old = {_identity(package): package for package in before}
    new = {_identity(package): package for package in after}
    both = [(old[key], new[key]) for key in sorted(old.keys() & new.keys())]
    changed = tuple(
        ChangedPackage(one, other, _direction(one, other, compare), what)
        for one, other in both
        if (what := _what_differs(one, other))
    )
    return PackageDifference(
        added=tuple(new[key] for key in sorted(new.keys() - old.keys())),
        removed=tuple(old[key] for key in sorted(old.keys() - new.keys())),
        changed=changed,
        unchanged=len(both) - len(changed),
    )


def compare_specifications(
    before: Specification, after: Specification, names: tuple[str, str] = ("before", "after")
) -> SpecificationDifference:
    """Return what differs between two specifications; `names` head the diff of their texts."""
    # What differs between lockfiles is what differs between the packages.
    in_words = not (before.is_lockfile or after.is_lockfile)
    return SpecificationDifference(
        text=_text_difference(before.text, after.text, names) if in_words else "",
        channels=compare_lists(before.channels, after.channels),
        # The solver does not care in which order it is asked.
        dependencies=compare_lists(before.match_specs, after.match_specs, ordered=False),
        pip=compare_lists(before.pip, after.pip),
        variables=compare_lists(_variables(before), _variables(after), ordered=False),
    )


def compare_lists(
    before: Iterable[str], after: Iterable[str], *, ordered: bool = True
) -> ListDifference:
    """Return what differs between two lists; without `ordered` their order does not matter."""
    old, new = list(dict.fromkeys(before)), list(dict.fromkeys(after))
    kept = [item for item in old if item in new]
    return ListDifference(
        added=tuple(item for item in new if item not in old),
        removed=tuple(item for item in old if item not in new),
        reordered=ordered and kept != [item for item in new if item in old],
    )


def _identity(package: PackageRow) -> tuple[str, str]:
    # pip's tools spell one name in many ways: PEP 503 says which are the same.
    name = package.name.lower()
    return (_SEPARATORS.sub("-", name) if package.manager == "pip" else name), package.manager


def _what_differs(before: PackageRow, after: PackageRow) -> tuple[str, ...]:
    what = [
        name
        for name in ("version", "build", "channel", "subdir")
        if getattr(before, name) != getattr(after, name)
    ]
    if not what and before.sha256 and after.sha256 and before.sha256 != after.sha256:
        what.append("archive")
    return tuple(what)


def _direction(before: PackageRow, after: PackageRow, compare: CompareVersions) -> Direction:
    if before.version == after.version:
        return Direction.SAME
    order = compare(before.version, after.version)
    if order == 0:
        return Direction.SAME
    return Direction.UP if order < 0 else Direction.DOWN


def _text_difference(before: str, after: str, names: tuple[str, str]) -> str:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), *names, lineterm="")
    return "\n".join(lines)


def _variables(specification: Specification) -> list[str]:
    return [f"{name}={value}" for name, value in (specification.variables or {}).items()]
