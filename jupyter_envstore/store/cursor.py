"""Lists by cursors, as conda-store's v2 has them: everything after the last row that was seen.

A cursor is base64 of the JSON ``{"last_id": 3, "last_value": {"namespace": "a", "name": "b"}}``.
The one that comes with an empty list has null for both: there is nothing more.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ..domain.errors import Refused
from .listing import Where

Row = TypeVar("Row")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Slice(Generic[Row]):
    """The rows after a cursor; `count` is the number of all rows, before and after it."""

    items: tuple[Row, ...]
    cursor: str
    count: int

    def map(self, make: Callable[[Row], Made]) -> Slice[Made]:
        """Return the slice with each row made into something else."""
        return Slice(tuple(make(row) for row in self.items), self.cursor, self.count)


@dataclass(frozen=True)
class Cursor:
    """The last row that was seen, by its id and by what the list is sorted by."""

    last_id: int
    last_value: Mapping[str, str]

    def text(self) -> str:
        return _text(self.last_id, dict(self.last_value))

    def after(self, columns: Mapping[str, str], key: str, *, descending: bool) -> Where:
        """Return the condition of the rows after it; `columns` maps what is sorted by."""
        names = ", ".join([*columns.values(), key])
        marks = ", ".join("?" * (len(columns) + 1))
        values = [*(self.last_value[name] for name in columns), self.last_id]
        return Where().also(f"({names}) {'<' if descending else '>'} ({marks})", *values)


def read_cursor(text: str | None, columns: Mapping[str, str]) -> Cursor | None:
    """Return the cursor that a client sends back; None for a list from its beginning.

    Raises `Refused` if it is none, or one of a list that is sorted otherwise.
    """
    if not text:
        return None
    try:
        raw = json.loads(base64.b64decode(text, validate=True))
        last_id, values = raw["last_id"], raw["last_value"]
        if last_id is None and values is None:
            return None
        # Encoded once: half a surrogate pair is text for JSON, and none for SQLite.
        cursor = Cursor(last_id, {name: values[name].encode().decode() for name in columns})
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        cursor = None
    if cursor is None or not _is_sound(cursor):
        raise Refused(
            "The cursor is not one of this list.",
            "Send the one of the last reply, with the same sort_by, or none to begin anew.",
        )
    return cursor


def end_cursor() -> str:
    """Return the cursor of an empty list."""
    return _text(None, None)


def _is_sound(cursor: Cursor) -> bool:
    return type(cursor.last_id) is int and 0 <= cursor.last_id < 2**63


def _text(last_id: int | None, last_value: dict[str, Any] | None) -> str:
    raw = json.dumps({"last_id": last_id, "last_value": last_value})
    return base64.b64encode(raw.encode()).decode()
