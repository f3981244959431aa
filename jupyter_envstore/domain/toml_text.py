"""TOML text to plain values, and the lines that their keys are on."""

from __future__ import annotations

import re
import sys
from typing import Any

from .errors import InvalidInput, Problem
from .yaml_text import refuse_large

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_WHERE = re.compile(r"\s*\(at line (\d+), column (\d+)\)$")
_HEADER = re.compile(r"\s*\[{1,2}([^\[\]]+)\]{1,2}\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_PART = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([\w-]+))\s*\.?""")


def load(text: str) -> dict[str, Any]:
    """Read a TOML document; raise `InvalidInput` with the place of what is wrong."""
    refuse_large(text)
    try:
        return tomllib.loads(text.lstrip("\ufeff").replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        where = _WHERE.search(message)
        raise InvalidInput(
            [
                Problem(
                    f"Unable to parse. Invalid TOML: {_WHERE.sub('', message)}",
                    hint="Check brackets, quotes and equal signs at this place.",
                    line=int(where[1]) if where else None,
                    column=int(where[2]) if where else None,
                )
            ]
        ) from None
    except (RecursionError, ValueError):
        raise InvalidInput([Problem("Unable to parse. Invalid TOML: nested too deeply.")]) from None


def lines_of(text: str) -> dict[tuple[str, ...], int]:
    """Return the line that each key is first given on, by its path from the top.

    Keys within the braces of one line are not told apart: they are on the line of the whole.
    """
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _parts(header[1])
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault((*table, *_parts(key[1])), number)
    return lines


def _parts(text: str) -> tuple[str, ...]:
    return tuple(next(filter(None, match.groups()), "") for match in _PART.finditer(text))
