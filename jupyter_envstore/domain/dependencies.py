"""Which packages of a build need which others."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_NAME = re.compile(r"\s*(?:\S+::)?(?P<name>[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)")
_EXTRA = re.compile(r";.*\bextra\s*==")


class Package(NamedTuple):
    """A package of a build: ``conda`` or ``pip`` is its manager."""

    manager: str
    name: str


def required_by(
    depends: Mapping[Package, Iterable[str]],
) -> dict[Package, tuple[str, ...]]:
    """Return, for each package that others need, their names in alphabetical order.

    `depends` has match specs of conda packages and requirements (PEP 508) of pip packages. conda
    packages need conda packages only; pip's need whatever has the name, as they see both. What a
    requirement has for an extra is not counted: whether the extra was asked for is not known.
    """
    by_pip_name: dict[str, list[Package]] = defaultdict(list)
    for package in depends:
        by_pip_name[_normalized(package.name)].append(package)
    needing: dict[Package, set[str]] = defaultdict(set)
    for package, texts in depends.items():
        for text in texts:
            for needed in _needed(package, text, depends, by_pip_name):
                if needed != package:
                    needing[needed].add(package.name)
    return {package: tuple(sorted(names)) for package, names in needing.items()}


def _needed(
    package: Package,
    text: str,
    known: Mapping[Package, object],
    by_pip_name: Mapping[str, list[Package]],
) -> list[Package]:
    match = _NAME.match(text)
    if match is None:
        return []
    if package.manager == "conda":
        needed = Package("conda", match["name"].lower())
        return [needed] if needed in known else []
    if _EXTRA.search(text):
        return []
    return by_pip_name.get(_normalized(match["name"]), [])


def _normalized(name: str) -> str:
    """Return a name as PEP 503 has it."""
    return re.sub(r"[-_.]+", "-", name).lower()
