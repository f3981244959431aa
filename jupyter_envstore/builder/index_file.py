"""The file of the index: one line an entry, so that one can be replaced without reading the rest.

A store of ten thousand builds has an index of megabytes. Read and written as one piece of JSON it
would take a fifth of a second at each publish, and hold the interpreter for parts of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from ..store.files import write_atomically
from .index import Owner, Snapshot

_Lines = dict[str, "str | list[str]"]
"""Members of the index, each a value's text, or one text for each item of a list."""

_STRING = r'("(?:[^"\\]|\\.)*")'
_NAMESPACE = re.compile(rf'"namespace": {_STRING}')
_NAME = re.compile(rf'"name": {_STRING}')
_ENVIRONMENT = re.compile(rf'"environment": {_STRING}')


def read_index(path: str) -> Snapshot:
    """Return what the index says; nothing if there is none, or if it cannot be read."""
    try:
        content = json.loads(_read(path))
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def write_index(path: str, snapshot: Snapshot) -> None:
    """Replace the index, unless it says the same already."""
    _write(path, _lines(snapshot), _read(path))


def write_environment(path: str, part: Snapshot, owner: Owner) -> bool:
    """Replace what the index says of one environment, of the namespaces and of the store.

    `part` is a snapshot of that environment alone, or of none if it is gone. False, and nothing
    is written, if the index is not of this format or another store's: nothing of it can be kept.
    """
    known_text = _read(path)
    known, new = _parsed(known_text), _lines(part)
    if known.keys() != new.keys():
        return False
    merged: _Lines = {}
    for key, news in new.items():
        value = known[key]
        if key in ("environments", "kernels"):
            if not isinstance(value, list):
                return False
            patterns = (_NAMESPACE, _NAME if key == "environments" else _ENVIRONMENT)
            kept = [item for item in value if _found(patterns, item) != owner]
            order = patterns if key == "environments" else (_NAME,)
            merged[key] = sorted([*kept, *news], key=lambda item: _found(order, item))
        elif key == "namespaces" or value == news:
            merged[key] = news
        else:
            return False
    _write(path, merged, known_text)
    return True


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def _write(path: str, lines: _Lines, known: str) -> None:
    text = _text(lines)
    if text != known:
        write_atomically(path, text)


def _found(patterns: tuple[re.Pattern[str], ...], item: str) -> tuple[str, ...]:
    """Return the first match of each; names come before any text that a user may have written."""
    return tuple(
        json.loads(found[1]) if (found := pattern.search(item)) else "" for pattern in patterns
    )


def _lines(snapshot: Mapping[str, object]) -> _Lines:
    return {
        key: [json.dumps(item) for item in value] if isinstance(value, list) else json.dumps(value)
        for key, value in snapshot.items()
    }


def _text(lines: _Lines) -> str:
    members = []
    for key, value in lines.items():
        if isinstance(value, list):
            value = "[\n" + ",\n".join(f"  {item}" for item in value) + "\n ]" if value else "[]"
        members.append(f" {json.dumps(key)}: {value}")
    return "{\n" + ",\n".join(members) + "\n}\n"


def _parsed(text: str) -> _Lines:
    """Return the members of a text that `_text` has made; of another one they do not fit."""
    lines: _Lines = {}
    items: list[str] = []
    for line in text.split("\n"):
        if line.startswith("  "):
            items.append(line[2:].removesuffix(","))
        elif line.startswith(' "'):
            key, _, value = line[2:].removesuffix(",").partition('": ')
            items = []
            lines[key] = items if value in ("[", "[]") else value
    return lines
