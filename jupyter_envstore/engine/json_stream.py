"""Reads large JSON objects member by member: memory is for one member, not for the file.

A channel's ``repodata.json`` has hundreds of megabytes, of which only one record is needed at a
time. Python's own scanner, which is written in C, decodes each member out of a window on the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Any, TextIO

_CHUNK = 1 << 20
_LARGEST_VALUE = 64 << 20
"""Characters. More in one member is no index of a channel."""
_UNDECIDED = 2
"""Characters behind a number that may yet be part of it, if the window ends there: ``1e+``."""

_SPACE = re.compile(r"[ \t\n\r]*")
_decode = json.JSONDecoder().raw_decode


def members(file: TextIO, sections: Collection[str]) -> Iterator[tuple[str, str, Any]]:
    """Yield (section, key, value) for each member of the objects that `sections` names.

    The file is one object; its members that are named and not objects themselves are yielded
    with an empty key, others are passed over. Raises ValueError if it is not JSON of this form.
    """
    window = _Window(file)
    window.expect("{")
    if window.peek() == "}":
        return
    while True:
        section = window.string()
        window.expect(":")
        wanted = section in sections
        if window.peek() == "{":
            for key, value in _object(window):
                if wanted:
                    yield section, key, value
        else:
            value = window.value()
            if wanted:
                yield section, "", value
        if window.either(",", "}") == "}":
            return


def _object(window: _Window) -> Iterator[tuple[str, Any]]:
    window.expect("{")
    if window.peek() == "}":
        window.expect("}")
        return
    while True:
        key = window.string()
        window.expect(":")
        yield key, window.value()
        if window.either(",", "}") == "}":
            return


class _Window:
    """The part of the text that is being looked at; it grows until a value is whole."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._text = ""
        self._at = 0
        self._ended = False

    def peek(self) -> str:
        """Return the next character that is not white space; empty at the end."""
        while True:
            match = _SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._read(_CHUNK):
                return ""

    def expect(self, character: str) -> None:
        self.either(character, character)

    def either(self, one: str, other: str) -> str:
        found = self.peek()
        if found not in (one, other) or not found:
            raise ValueError(f"there is {found!r} where {one!r} or {other!r} has to be")
        self._at += 1
        return found

    def string(self) -> str:
        value = self.value()
        if not isinstance(value, str):
            raise ValueError("a key is not a string")
        return value

    def value(self) -> Any:
        """Return the next value, whatever it is."""
        self.peek()
        wanted = _CHUNK
        while True:
            try:
                value, end = _decode(self._text, self._at)
            except RecursionError:
                raise ValueError("values are nested too deeply") from None
            except ValueError:
                if self._ended:
                    raise
            else:
                if end + _UNDECIDED < len(self._text) or self._ended:
                    self._at = end
                    return value
            if len(self._text) - self._at > _LARGEST_VALUE:
                raise ValueError("a value is larger than any that an index has")
            self._read(wanted)
            wanted *= 2  # A large value is not begun again and again for nothing.

    def _read(self, size: int) -> bool:
        more = self._file.read(size)
        self._ended = not more
        self._text = self._text[self._at :] + more
        self._at = 0
        return bool(more)
