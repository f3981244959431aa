"""What a Python project needs, by its pyproject.toml: its own requirements, extras and groups.

Sources of the formats: PEP 621 (``[project]``), PEP 735 (``[dependency-groups]``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

DEFAULT = "default"
"""What pixi calls the feature that a project's own requirements belong to."""


@dataclass(frozen=True)
class _Part:
    """The requirements of an extra or of a group, and the others that it includes."""

    requirements: tuple[str, ...]
    includes: tuple[str, ...]


@dataclass(frozen=True)
class ProjectNeeds:
    """The tables of a pyproject.toml that say what the project needs."""

    document: Mapping[str, Any]

    @property
    def name(self) -> str | None:
        return _text(self._project.get("name"))

    @property
    def requires_python(self) -> str | None:
        return _text(self._project.get("requires-python"))

    @property
    def is_dynamic(self) -> bool:
        """Whether the requirements are known only when the project is built."""
        return "dependencies" in _texts(self._project.get("dynamic"))

    @property
    def choices(self) -> tuple[str, ...]:
        """The names of extras and groups: one may be both."""
        return tuple(dict.fromkeys([*self._extras, *self._groups]))

    @property
    def python(self) -> str | None:
        """A match spec for the Pythons that the project accepts; None where it says nothing.

        Raises packaging's `InvalidSpecifier` for what is no range of versions.
        """
        text = self.requires_python
        if text is None:
            return None
        SpecifierSet(text)
        bounds = [re.sub(r"\s+", "", part) for part in text.split(",") if part.strip()]
        return f"python {','.join(_bound(bound) for bound in bounds)}".strip()

    def requirements(self, name: str) -> tuple[str, ...]:
        """Return the requirements of an extra, a group, or both; of the project for ``default``."""
        own = _texts(self._project.get("dependencies")) if name == DEFAULT else []
        return tuple(
            dict.fromkeys([*own, *_closure(self._extras, name), *_closure(self._groups, name)])
        )

    @property
    def _project(self) -> Mapping[str, Any]:
        return _table(self.document.get("project"))

    @cached_property
    def _extras(self) -> dict[str, _Part]:
        """The extras: one names others as extras of the project itself, ``project[other]``."""
        table = _table(self._project.get("optional-dependencies"))
        names: dict[str, str] = {canonicalize_name(name): name for name in table}
        parts = {}
        for name, items in table.items():
            own = {text: self._own_extras(text) for text in _texts(items)}
            parts[name] = _Part(
                tuple(text for text, extras in own.items() if extras is None),
                tuple(
                    names[extra]
                    for extras in own.values()
                    for extra in extras or ()
                    if extra in names
                ),
            )
        return parts

    @cached_property
    def _groups(self) -> dict[str, _Part]:
        table = _table(self.document.get("dependency-groups"))
        return {
            name: _Part(
                tuple(_texts(items)),
                tuple(
                    item["include-group"]
                    for item in _listed(items)
                    if isinstance(item, Mapping) and isinstance(item.get("include-group"), str)
                ),
            )
            for name, items in table.items()
        }

    def _own_extras(self, text: str) -> list[str] | None:
        """Return the extras that a requirement of the project itself names; None for others."""
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            return None
        name = self.name
        if name is None or canonicalize_name(requirement.name) != canonicalize_name(name):
            return None
        return sorted(canonicalize_name(extra) for extra in requirement.extras)


def _closure(parts: Mapping[str, _Part], name: str) -> Iterable[str]:
    """Yield the requirements of a part and of all that it includes, however they refer around."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        part = parts.get(waiting[0])
        following = waiting.pop(0)
        if part is None or following in seen:
            continue
        seen.add(following)
        yield from part.requirements
        waiting += part.includes


def _bound(bound: str) -> str:
    """Return a bound of PEP 440 as match specs have it."""
    if bound.startswith("==") and bound.endswith(".*"):
        return bound.removeprefix("==")
    return bound.replace("===", "==")


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    return [item for item in _listed(value) if isinstance(item, str)]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
