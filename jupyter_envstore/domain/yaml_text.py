"""YAML text to plain values that still know their line and column.

Only what a specification may be made of: mappings with text keys, lists and scalars (YAML 1.2).
Size, depth and the expansion of aliases are limited, so that no text can exhaust the server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from .errors import InvalidInput, Problem

MAX_BYTES = 250_000
"""A specification has a few hundred bytes; this many are read within a second."""
MAX_NODES = 20_000
MAX_DEPTH = 32


@dataclass(frozen=True)
class Span:
    """A place in a text: lines and columns from 1, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True)
class Scalar:
    """Text, a number, a boolean or nothing."""

    value: str | int | float | bool | None
    span: Span


@dataclass(frozen=True)
class Sequence:
    """A list."""

    items: tuple[Located, ...]
    span: Span


@dataclass(frozen=True)
class Mapping:
    """A mapping; `keys` has the place of each key."""

    items: dict[str, Located]
    keys: dict[str, Span]
    span: Span


Located = Scalar | Sequence | Mapping


def plain(node: Located) -> Any:
    """Return the value without its places: dict, list or scalar."""
    if isinstance(node, Mapping):
        return {key: plain(item) for key, item in node.items.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.value


def load(text: str) -> Located:
    """Read one YAML (or JSON) document; raise `InvalidInput` with the place of what is wrong."""
    refuse_large(text)
    _refuse_deep_brackets(text)
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        raise InvalidInput([_syntax_problem(error)]) from None
    except (YAMLError, ValueError) as error:
        raise InvalidInput([Problem(f"Unable to parse. Invalid YAML: {error}")]) from None
    except RecursionError:
        raise InvalidInput([Problem("Unable to parse. Invalid YAML: nested too deeply.")]) from None
    if root is None:
        return Scalar(None, Span(1, 1, 1, 1))
    return _Reader().read(root, 0)


def refuse_large(text: str) -> None:
    """Raise `InvalidInput` for a text that no person has written as a specification."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise InvalidInput(
            [
                Problem(
                    f"The specification has {size:,} bytes; at most {MAX_BYTES:,} are accepted.",
                    hint="An environment.yml is a few hundred bytes. Was another file sent?",
                )
            ]
        )


def _refuse_deep_brackets(text: str) -> None:
    """Refuse what the parser would take minutes for, to find out that it is nested too deeply."""
    depth = 0
    for bracket in re.finditer(r"[\[{]|[\]}]", text):
        depth = depth + 1 if bracket[0] in "[{" else max(depth - 1, 0)
        if depth > 4 * MAX_DEPTH:
            line = text.count("\n", 0, bracket.start()) + 1
            raise InvalidInput(
                [Problem("The specification has too many levels of brackets.", line=line)]
            )


def _syntax_problem(error: MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    what = " ".join(part for part in (error.context, error.problem) if part)
    return Problem(
        f"Unable to parse. Invalid YAML: {what}",
        hint="Check indentation, colons and quotes at this place.",
        line=mark.line + 1 if mark else None,
        column=mark.column + 1 if mark else None,
    )


class _Reader:
    def __init__(self) -> None:
        self._nodes = 0
        self._resolve = YAML(typ="safe", pure=True).constructor

    def read(self, node: Node, depth: int) -> Located:
        self._nodes += 1
        span = _span(node)
        if self._nodes > MAX_NODES or depth > MAX_DEPTH:
            raise InvalidInput(
                [
                    Problem(
                        f"The specification expands to more than {MAX_NODES:,} values "
                        f"or {MAX_DEPTH} levels.",
                        hint="Remove the YAML aliases (&name, *name) that multiply it.",
                        line=span.line,
                        column=span.column,
                    )
                ]
            )
        if isinstance(node, MappingNode):
            return self._mapping(node, span, depth)
        if isinstance(node, SequenceNode):
            return Sequence(tuple(self.read(item, depth + 1) for item in node.value), span)
        return Scalar(self._scalar(node, span), span)

    def _mapping(self, node: MappingNode, span: Span, depth: int) -> Mapping:
        items: dict[str, Located] = {}
        keys: dict[str, Span] = {}
        for key_node, value_node in node.value:
            where = _span(key_node)
            key = _whole_characters(key_node.value) if isinstance(key_node, ScalarNode) else None
            if key is None:
                raise InvalidInput(
                    [Problem("A key must be plain text.", line=where.line, column=where.column)]
                )
            if key in items:
                raise InvalidInput(
                    [
                        Problem(
                            f"The key {key!r} appears twice.",
                            hint="Merge the two sections into one.",
                            place=key,
                            line=where.line,
                            column=where.column,
                            end_line=where.end_line,
                            end_column=where.end_column,
                        )
                    ]
                )
            keys[key] = where
            items[key] = self.read(value_node, depth + 1)
        return Mapping(items, keys, span)

    def _scalar(self, node: Node, span: Span) -> str | int | float | bool | None:
        try:
            value = self._resolve.construct_object(node)
            if isinstance(value, str):
                value = _whole_characters(value)
                if value is None:
                    raise ValueError
            elif isinstance(value, int):
                str(value)  # Python refuses numbers of thousands of digits.
        except (YAMLError, ArithmeticError, LookupError, ValueError):
            raise InvalidInput(
                [
                    Problem(
                        f"The value {node.value[:80]!r} cannot be read.",
                        hint="Write it in quotes to make it text.",
                        line=span.line,
                        column=span.column,
                        end_line=span.end_line,
                        end_column=span.end_column,
                    )
                ]
            ) from None
        if value is None or isinstance(value, (str, int, float, bool)):
            return value
        # Dates and binary values have no place in a specification: as text they are told apart.
        return str(node.value)


def _whole_characters(text: str) -> str | None:
    """Join the halves of characters beyond U+FFFF, which JSON escapes one by one.

    Returns None if a half is alone: that is no text, and could not be stored.
    """
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        return None


def _span(node: Node) -> Span:
    start, end = node.start_mark, node.end_mark
    if isinstance(node, ScalarNode):
        return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)
    # A block collection ends where the next token begins, lines further down: point at its start.
    return Span(start.line + 1, start.column + 1, start.line + 1, start.column + 2)


def walk(node: Located, place: str = "") -> Iterator[tuple[str, Located]]:
    """Yield every node with its place, e.g. ``dependencies[1].pip[0]``."""
    yield place, node
    if isinstance(node, Mapping):
        for key, item in node.items.items():
            yield from walk(item, f"{place}.{key}" if place else key)
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield from walk(item, f"{place}[{index}]")
