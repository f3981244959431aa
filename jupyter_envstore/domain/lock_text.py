"""The text of a lockfile to plain values: JSON, or YAML of which every scalar is text.

conda-lock and pixi write files of up to some megabytes, for which `yaml_text` (which knows the
place of each value) would take a minute. Size, depth and the expansion of aliases are limited.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import yaml

from .errors import InvalidInput, Problem

MAX_BYTES = 6_000_000
"""Three thousand packages, five platforms with six hundred each, are a quarter of it."""
MAX_VALUES = 1_000_000
MAX_DEPTH = 16

_NOTHING = frozenset(["", "~", "null", "Null", "NULL"])
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def refuse_large(text: str) -> None:
    """Raise `InvalidInput` for a text that is larger than lockfiles are."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise InvalidInput(
            [Problem(f"The lockfile has {size:,} bytes; at most {MAX_BYTES:,} are accepted.")]
        )


def load(text: str) -> Any:
    """Return mappings, lists and texts (of JSON also numbers and booleans).

    Raises `InvalidInput` if the text is neither JSON nor YAML, or would exhaust the server.
    """
    refuse_large(text)
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        try:
            return json.loads(text.lstrip("\ufeff"))
        except (ValueError, RecursionError):
            pass  # YAML has braces, too.
    try:
        return _Composer().compose(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(part for part in (error.context, error.problem) if part)
        where = (mark.line + 1, mark.column + 1) if mark else (None, None)
        message = f"Unable to parse. Invalid YAML: {what}"
        raise InvalidInput([Problem(message, "", None, *where)]) from None
    except (yaml.YAMLError, ValueError) as error:
        raise InvalidInput([Problem(f"Unable to parse. Invalid YAML: {error}")]) from None


@dataclass
class _Open:
    """A mapping or a list that has not ended."""

    value: dict[str, Any] | list[Any]
    anchor: str | None
    before: int
    """How many values there were when it began."""
    key: str | None = None


class _Composer:
    """Makes values of the events of YAML's parser, without recursion and counting them."""

    def __init__(self) -> None:
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._count = 0
        self._root: Any = None

    def compose(self, text: str) -> Any:
        documents = 0
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                self._begin(event)
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                self._end()
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event)
            elif isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _refusal("The text has more than one YAML document.", event)
        return self._root

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        is_plain = event.style is None or event.style == ""
        value = None if is_plain and event.value in _NOTHING else event.value
        self._counted(1, event)
        if event.anchor:
            self._anchors[event.anchor] = value, 1
        self._put(value, event)

    def _begin(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise _refusal(f"The lockfile has more than {MAX_DEPTH} levels.", event)
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._put(value, event)
        self._counted(1, event)
        self._stack.append(_Open(value, event.anchor, self._count))

    def _end(self) -> None:
        ended = self._stack.pop()
        if ended.anchor:
            # Known only now: nothing contains itself.
            self._anchors[ended.anchor] = ended.value, 1 + self._count - ended.before

    def _alias(self, event: yaml.AliasEvent) -> None:
        if event.anchor not in self._anchors:
            raise _refusal(f"The alias *{event.anchor} stands for nothing.", event)
        value, size = self._anchors[event.anchor]
        self._counted(size, event)
        self._put(value, event)

    def _put(self, value: Any, event: yaml.Event) -> None:
        if not self._stack:
            self._root = value
            return
        parent = self._stack[-1]
        if isinstance(parent.value, list):
            parent.value.append(value)
        elif parent.key is None:
            parent.key = "" if value is None else value
            if not isinstance(parent.key, str):
                raise _refusal("A key must be plain text.", event)
            if parent.key in parent.value:
                raise _refusal(f"The key {parent.key!r} appears twice.", event)
        else:
            parent.value[parent.key] = value
            parent.key = None

    def _counted(self, values: int, event: yaml.Event) -> None:
        """Count what was read, and what aliases repeat: both are work for whoever walks over it."""
        self._count += values
        if self._count > MAX_VALUES:
            raise _refusal(f"The lockfile expands to more than {MAX_VALUES:,} values.", event)


def _refusal(message: str, event: yaml.Event) -> InvalidInput:
    mark = event.start_mark
    where = (mark.line + 1, mark.column + 1) if mark else (None, None)
    return InvalidInput([Problem(message, "", None, *where)])
