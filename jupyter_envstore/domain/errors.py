"""Every error that a person sees: a sentence, a hint, and never a word of HTTP."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with, or worth knowing about, what a user sent.

    Lines and columns count from 1, as editors do; the end is exclusive. They are None where the
    problem has no place in a text.
    """

    message: str
    place: str = ""
    """Where in the document, e.g. ``dependencies[2].pip[0]``."""
    hint: str | None = None
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    instead: tuple[str, ...] = ()
    """Match specs that could stand at the place, those first that are the nearest."""
    missing: str | None = None
    """The name of the package that no channel has, if that is the problem."""

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Problem:
        """Return the problem of a JSON object, also of one that an older version wrote."""
        return cls(**{**values, "instead": tuple(values.get("instead", ()))})


class EnvStoreError(Exception):
    """What happened and why (the message), and what to do about it (the hint)."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class NotFound(EnvStoreError):
    """The thing asked for does not exist."""


class Conflict(EnvStoreError):
    """It exists, but its present state forbids what was asked."""


class Refused(EnvStoreError):
    """The request itself cannot be carried out, whatever the state."""


class Forbidden(EnvStoreError):
    """The caller may not do this."""

    def __init__(self, message: str = "request not authorized", hint: str | None = None) -> None:
        super().__init__(message, hint)


class StoreUnusable(EnvStoreError):
    """The store as a whole cannot be used: not writable, of another version, out of space."""


class InvalidInput(EnvStoreError):
    """What was sent has problems; all of them, at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        more = len(self.problems) - 1
        tail = f" (and {more} more)" if more else ""
        where = f"line {first.line}: " if first.line is not None else ""
        super().__init__(f"{where}{first.message}{tail}", first.hint)


def as_set(names: Iterable[str]) -> str:
    """Return names as conda-store's messages have them: a set in Python's spelling, but sorted."""
    return "{" + ", ".join(repr(name) for name in sorted(names)) + "}"
