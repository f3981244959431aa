"""Which environments a role is about: conda-store's entities, ``namespace/environment`` with ``*``.

A ``*`` stands for any characters, also for none: ``team-*/*`` is every environment of every
namespace that begins with ``team-``. conda-store calls these ARNs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# A colon is in the names of the namespaces of shared stores only.
_PART = r"[A-Za-z0-9\-+_@$&?^~.=:*]{1,255}"
_ENTITY = re.compile(f"{_PART}/{_PART}")
_MAX_STARS = 8


def is_entity(text: str) -> bool:
    """Return whether a text is an entity: two names with or without ``*``, and one slash."""
    return _ENTITY.fullmatch(text) is not None and text.count("*") <= _MAX_STARS


def covers(entity: str, namespace: str, name: str) -> bool:
    """Return whether an entity matches an environment."""
    return _matches(entity, f"{namespace}/{name}")


def covers_namespace(entity: str, namespace: str) -> bool:
    """Return whether an entity matches a namespace, or something in it."""
    return _matches(entity.partition("/")[0], namespace)


def covers_within(wide: str, narrow: str) -> bool:
    """Return whether `wide` matches everything that `narrow` matches."""
    # No name has a star: one in `narrow` can only be matched by a star in `wide`.
    return _matches(wide, narrow)


@dataclass(frozen=True)
class Scope:
    """What a list may show: of each of `limits`, at least one entity has to match."""

    limits: tuple[tuple[str, ...], ...] = ()

    def __and__(self, other: Scope) -> Scope:
        return Scope((*self.limits, *(limit for limit in other.limits if limit not in self.limits)))

    @property
    def is_everything(self) -> bool:
        return not self.limits

    def shows(self, namespace: str, name: str | None = None) -> bool:
        """Return whether an environment may be shown, or without `name` a namespace."""
        return all(
            any(
                covers_namespace(entity, namespace)
                if name is None
                else covers(entity, namespace, name)
                for entity in limit
            )
            for limit in self.limits
        )


EVERYTHING = Scope()
NOTHING = Scope(((),))


def _matches(pattern: str, text: str) -> bool:
    """Match part by part. A regular expression with many stars could take for ever."""
    patterns, texts = pattern.split("/"), text.split("/")
    return len(patterns) == len(texts) and all(map(_matches_part, patterns, texts))


def _matches_part(pattern: str, text: str) -> bool:
    first, *rest = pattern.split("*")
    if not rest:
        return text == first
    *middle, last = rest
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    position, end = len(first), len(text) - len(last)
    for piece in middle:
        found = text.find(piece, position, end)
        if found < 0:
            return False
        position = found + len(piece)
    return True
