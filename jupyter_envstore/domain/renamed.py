"""A specification under another name, its text changed in this one place."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from .errors import InvalidInput
from .specification import Specification, parse_specification
from .yaml_text import Mapping, Span, load

_BREAK = re.compile(r"\r\n|[\n\r]")


def renamed(specification: Specification, name: str) -> Specification:
    """Return the specification with another name; comments and order of its text stay.

    Where the text cannot be changed (a build that was adopted may have none), it is made anew.
    """
    if specification.name == name and specification.text:
        return specification
    wanted = replace(specification, name=name, warnings=(), spans={})
    if specification.is_lockfile:
        return wanted  # No lockfile names its environment.
    before = _read(specification.text)
    if before is not None and before.name == specification.name:
        for text in _candidates(specification.text, name):
            after = _read(text)
            # The model may have more than the text: channels and packages of the settings.
            if after is not None and after.model == {**before.model, "name": name}:
                return replace(wanted, text=text)
    return replace(wanted, text=json.dumps(wanted.question, indent=2) + "\n")


def _read(text: str) -> Specification | None:
    try:
        return parse_specification(text, needs_name=False)
    except InvalidInput:
        return None


def _candidates(text: str, name: str) -> list[str]:
    """Return the text with another name, or with one if it has none: as it is, and in quotes."""
    try:
        document = load(text)
    except InvalidInput:
        return []
    node = document.items.get("name") if isinstance(document, Mapping) else None
    quoted = json.dumps(name)
    if node is None:
        return [f"name: {value}\n{text}" for value in (name, quoted)]
    start, end = _offsets(text, node.span)
    wish = [quoted] if text[start:end].startswith('"') else [name, quoted]
    return [text[:start] + value + text[end:] for value in wish]


def _offsets(text: str, span: Span) -> tuple[int, int]:
    starts = [0, *(match.end() for match in _BREAK.finditer(text))]
    return starts[span.line - 1] + span.column - 1, starts[span.end_line - 1] + span.end_column - 1
