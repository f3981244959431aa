"""Edits of a ``.condarc``, text to text: folders are added to ``envs_dirs`` and taken out again.

ruamel.yaml finds the places; the edits themselves only insert text there and later cut it out, so
everything else stays to the byte. Inserted lines end in a comment that names us: by it they are
found again, whoever else has changed the file meanwhile. conda gives a meaning only to the
comments ``#!top``, ``#!bottom`` and ``#!final``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from . import yaml_text
from .errors import InvalidInput, Refused
from .lines import Lines, Span, inserted, without

ALIASES = ("envs_dirs", "envs_path")
"""The names that conda knows the setting by. Both in one file break every conda command."""

Expand = Callable[[str], str]
"""Makes a path absolute as conda does, so that two spellings of one folder are equal."""

_OURS = "  # jupyter-envstore"
_CONDAS = "  # jupyter-envstore: stays before the store"
_MADE = "# Made by jupyter-envstore"
_INSTEAD_OF = "# jupyter-envstore, instead of: "
"""Put before an empty ``{}`` or ``[]``: it becomes a comment, and is found again."""

_BOM = "\ufeff"
_PLAIN = re.compile(r"(?:[A-Za-z]:)?[/\\~A-Za-z][\w./\\~@+=-]*")
_DOCUMENT_END = re.compile(r"^\.\.\.(?=\s|\Z)", re.MULTILINE)


@dataclass(frozen=True)
class EnvsDirs:
    """What a file says of ``envs_dirs``."""

    alias: str | None
    """The name it uses, or None if it says nothing."""
    entries: tuple[str, ...] = ()


def read(text: str) -> EnvsDirs:
    """Return what the file says. Raises `Refused`, with the reason, if it cannot be edited."""
    document = _Document(text)
    return EnvsDirs(document.alias, tuple(item.value for item in document.items))


def is_changed(text: str) -> bool:
    """Tell whether the text has something that `register` has put there."""
    return _OURS in text


def register(
    text: str | None, folders: Iterable[str], *, before: Iterable[str] = (), expand: Expand = str
) -> str:
    """Return the text with `folders` at the end of ``envs_dirs``.

    `text` is None if there is no file. The folders of `before` are put before ours, where the
    list has them not yet. Raises `Refused`, with the reason, if the text cannot be edited so that
    `unregister` gives it back.
    """
    document = _Document(text or "")
    there = {expand(item.value) for item in document.items}
    ours = [folder for folder in dict.fromkeys(folders) if expand(folder) not in there]
    if not ours:
        return text or ""
    condas = [folder for folder in dict.fromkeys(before) if expand(folder) not in there]
    changed = document.add(condas, ours)
    if text is None:
        changed = f"{_MADE}\n{changed}"
    _check(document, changed, [*(item.value for item in document.items), *condas, *ours])
    if unregister(changed, ours, expand=expand) != text:
        raise _too_unusual()
    return changed


def unregister(text: str, folders: Iterable[str], *, expand: Expand = str) -> str | None:
    """Return the text without `folders` and, after the last of ours, as it was before the first.

    None: the file was made by `register`, and there is nothing else in it. Raises `Refused`.
    """
    document = _Document(text)
    wanted = {expand(folder) for folder in folders}
    leaving = [item for item in document.items if expand(item.value) in wanted]
    if not leaving:
        return text
    staying = [item for item in document.items if item not in leaving]
    if not any(item.comment == _OURS.strip() for item in staying):
        leaving += [item for item in staying if item.comment == _CONDAS.strip()]
        staying = [item for item in staying if item not in leaving]
    changed = document.remove(leaving, staying)
    if changed == "" and _MADE in text:
        return None
    _check(document, changed, [item.value for item in staying])
    return changed


@dataclass(frozen=True)
class _Item:
    value: str
    start: int
    end: int
    comment: str
    """The comment on its line."""


class _Document:
    """A text with the places in it. Offsets count characters behind the byte order mark."""

    def __init__(self, text: str) -> None:
        self.bom, self.text = (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
        self.lines = Lines(self.text)
        self.values = _values(self.text)
        self.root = YAML(typ="safe", pure=True).compose(self.text)
        self.key, self.list = self._find()
        self.alias = None if self.key is None else str(self.key.value)
        self.items = tuple(self._items())

    def _find(self) -> tuple[ScalarNode | None, SequenceNode | None]:
        pairs: list[tuple[Node, Node]] = (
            self.root.value if isinstance(self.root, MappingNode) else []
        )
        found = [(key, value) for key, value in pairs if key.value in ALIASES]
        if not found:
            return None, None
        if len(found) > 1:
            raise Refused(
                "The file has both envs_dirs and envs_path: every conda command fails with it.",
                "Move the folders of one to the other, and remove it.",
            )
        key, value = found[0]
        if not isinstance(value, SequenceNode) or not isinstance(key, ScalarNode):
            what = "nothing" if value.tag == "tag:yaml.org,2002:null" else "one value"
            raise Refused(
                f"{key.value} in line {key.start_mark.line + 1} is {what}, where conda expects a "
                "list.",
                f"Write its folders below it, one in a line: {key.value}:, then - /a/folder",
            )
        if value.start_mark.index < key.end_mark.index:
            raise Refused(
                f"{key.value} in line {key.start_mark.line + 1} is an alias (*name) of another "
                "list in the file.",
                "Write its folders out, so that it can change alone.",
            )
        return key, value

    def _items(self) -> Iterator[_Item]:
        for node in self.list.value if self.list is not None else ():
            if not isinstance(node, ScalarNode) or node.tag != "tag:yaml.org,2002:str":
                raise Refused(
                    f"{self.alias} has an entry in line {node.start_mark.line + 1} that is not a "
                    "folder.",
                    "Write the folder as text, in quotes if need be.",
                )
            start, end = node.start_mark.index, node.end_mark.index
            rest = self.text[end : self.lines.end(end)].strip()
            yield _Item(str(node.value), start, end, rest if rest.startswith("#") else "")

    # -- adding -----------------------------------------------------------------------------------

    def add(self, condas: Sequence[str], ours: Sequence[str]) -> str:
        """Return the text with further entries at the end of the list, which is made if need be."""
        lines = [
            *(f"- {_scalar(folder)}{_CONDAS}" for folder in condas),
            *(f"- {_scalar(folder)}{_OURS}" for folder in ours),
        ]
        if self.list is None:
            return self._with_key(lines)
        if not self.items:
            return self._with_first(lines)
        if self.list.flow_style:
            if condas:
                raise Refused(
                    f"conda can write to none of the folders in {self.alias}: it would make new "
                    "environments in the store's.",
                    f"Write {self.alias} with one entry in a line; conda's own folders are put "
                    "before the store's then.",
                )
            end = self.items[-1].end
            return self._put((end, "".join(f", {_scalar(folder)}" for folder in ours)))
        indent = " " * int(self.list.start_mark.column)
        at = self.lines.end(self.items[-1].end)
        return self._put(
            (at, "".join(f"{self.lines.break_before(at)}{indent}{line}" for line in lines))
        )

    def _with_key(self, lines: list[str]) -> str:
        edits = []
        column = 0
        if isinstance(self.root, MappingNode):
            column = self.root.start_mark.column
            if self.root.flow_style and self.root.value:
                raise Refused(
                    "The file is one mapping in braces.",
                    "Write its settings without the braces, each in lines of its own.",
                )
            if self.root.flow_style:
                column = 0
                edits.append((self.root.start_mark.index, _INSTEAD_OF))
        indent = " " * column
        block = [f"{indent}{ALIASES[0]}:{_OURS}", *(f"{indent}  {line}" for line in lines)]
        at = self._end()
        newline = self.lines.break_before(at)
        whole = newline.join(block)
        open_line = at == len(self.text) and self.lines.start(at) != at
        edits.append((at, f"{newline}{whole}" if open_line else f"{whole}{newline}"))
        return self._put(*edits)

    def _with_first(self, lines: list[str]) -> str:
        assert self.key is not None
        assert self.list is not None
        start, end = self.list.start_mark.index, self.list.end_mark.index
        if self.lines.has_break(start, end):
            raise _too_unusual()
        indent = " " * (self.key.start_mark.column + 2)
        at = self.lines.end(end)
        newline = self.lines.break_before(at)
        block = "".join(f"{newline}{indent}{line}" for line in lines)
        return self._put((start, _INSTEAD_OF), (at, block))

    def _put(self, *pieces: tuple[int, str]) -> str:
        return self.bom + inserted(self.text, pieces)

    # -- removing ---------------------------------------------------------------------------------

    def remove(self, leaving: Sequence[_Item], staying: Sequence[_Item]) -> str:
        """Return the text without the entries of `leaving`, and without what came with them."""
        assert self.key is not None
        assert self.list is not None
        if self.list.flow_style:
            return self.bom + without(self.text, self._flow_spans(leaving, staying))
        lines = [self.lines.start(item.start) for item in leaving]
        ours_left = any(item.comment == _OURS.strip() for item in staying)
        spans: list[Span] = []
        if not ours_left:
            if self.text.startswith(_MADE):
                lines.append(0)
            spans = self._restored(bool(staying))
            if not staying and not self._replaces("[]"):
                lines.append(self.lines.start(self.key.start_mark.index))
        return self.bom + without(self.text, [*self.lines.whole(lines), *spans])

    def _restored(self, stays: bool) -> list[Span]:
        """Return what to cut out so that key, ``[]`` and ``{}`` are as they were."""
        assert self.key is not None
        spans = []
        end = self.lines.end(self.key.end_mark.index)
        if stays and self.text[:end].endswith(f"{self.alias}:{_OURS}"):
            spans.append((end - len(_OURS), end))
        alone = len(self.root.value) == 1 and not stays
        for empty, comes_back in (("{}", alone), ("[]", not stays)):
            if self._replaces(empty):
                at = self.text.index(_INSTEAD_OF + empty)
                width = len(_INSTEAD_OF) + (0 if comes_back else len(empty))
                spans.append((at, at + width))
        return spans

    def _replaces(self, empty: str) -> bool:
        return _INSTEAD_OF + empty in self.text

    def _flow_spans(self, leaving: Sequence[_Item], staying: Sequence[_Item]) -> Iterator[Span]:
        if not staying:
            yield self.items[0].start, self.items[-1].end
            return
        for index, item in enumerate(self.items):
            if item not in leaving:
                continue
            if any(other in staying for other in self.items[:index]):
                yield self.items[index - 1].end, item.end
            else:
                yield item.start, self.items[index + 1].start

    def _end(self) -> int:
        """Return where the document ends: before ``...``, or at the end of the text."""
        found = _DOCUMENT_END.search(self.text)
        return found.start() if found else len(self.text)


def _values(text: str) -> dict[str, Any]:
    try:
        values = yaml_text.plain(yaml_text.load(text))
    except InvalidInput as error:
        raise Refused(
            f"The file is not valid YAML. {error.message}",
            "Mend it first: conda ignores the whole file while it is like this.",
        ) from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise Refused(
            "The file is not a mapping of settings (name: value).",
            "Mend it first: conda cannot read it either.",
        )
    return values


def _check(document: _Document, changed: str, entries: list[str]) -> None:
    """Raise `Refused` unless the changed text says `entries`, and else what it said before."""
    try:
        after = _values(changed.removeprefix(_BOM))
    except Refused:
        raise _too_unusual() from None
    before = dict(document.values)
    alias = document.alias or ALIASES[0]
    said = after.pop(alias, [])
    before.pop(alias, None)
    if said != entries or after != before or list(after) != list(before):
        raise _too_unusual()


def _too_unusual() -> Refused:
    return Refused(
        "The file is written in a way that cannot be edited without touching other parts of it.",
        "Write envs_dirs as a plain list, one folder in a line.",
    )


def _scalar(folder: str) -> str:
    return folder if _PLAIN.fullmatch(folder) else json.dumps(folder, ensure_ascii=False)
