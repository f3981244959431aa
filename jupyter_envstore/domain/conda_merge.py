"""conda's configuration files and variables, merged by conda's rules.

They are those of conda 26 (``conda/common/configuration.py``): a later file wins, lists are joined
with the later file first, mappings key by key, and the comments ``#!top``, ``#!bottom`` and
``#!final`` change that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .conda_settings import (
    VARIABLE,
    CondaSettings,
    ConfigurationFile,
    ShownSetting,
    expand_variables,
)
from .credentials import without_credentials
from .errors import InvalidInput

_USED: dict[str, str] = {
    "channel_alias": "text",
    "default_channels": "list",
    "custom_channels": "map",
    "custom_multichannels": "map of lists",
    "mirrored_channels": "map of lists",
    "proxy_servers": "map",
    "ssl_verify": "switch or path",
    "add_anaconda_token": "switch",
    "channels": "list",
    "envs_dirs": "list",
}
"""The settings that are read, with the kind of their values."""

_ALIASES = {
    "verify_ssl": "ssl_verify",
    "client_cert": "client_ssl_cert",
    "client_cert_key": "client_ssl_cert_key",
    "add_binstar_token": "add_anaconda_token",
    "envs_path": "envs_dirs",
    "channel": "channels",
    "whitelist_channels": "allowlist_channels",
}

_LIMITS = "the limits of builds are c.EnvStore.solve_timeout, stall_timeout and build_timeout"
_UNUSED: dict[str, str] = {
    "channels": (
        "a specification names its channels; those that name none get "
        "c.EnvStore.conda_default_channels (credentials in these URLs are used)"
    ),
    "client_ssl_cert": "the engine cannot present a client certificate",
    "client_ssl_cert_key": "the engine cannot present a client certificate",
    "channel_settings": "authentication plugins of conda do not run in the engine",
    "channel_priority": "builds always use strict priority",
    "allowlist_channels": "which channels may be used is not restricted by conda's files",
    "denylist_channels": "which channels may be used is not restricted by conda's files",
    "pinned_packages": "a build has what its specification asks for, and nothing else",
    "create_default_packages": "a build has what its specification asks for, and nothing else",
    "offline": "builds use the network where packages are not in the cache",
    "pkgs_dirs": "the cache of packages is c.EnvStore.package_cache_directory",
    "migrated_channel_aliases": "channels are used as they are named",
    "migrated_custom_channels": "channels are used as they are named",
    "remote_connect_timeout_secs": _LIMITS,
    "remote_read_timeout_secs": _LIMITS,
    "remote_max_retries": _LIMITS,
    "remote_backoff_factor": _LIMITS,
}
"""Settings about builds that are not used, with the reason."""

VARIABLES = frozenset(f"CONDA_{name.upper()}" for name in (*_USED, *_UNUSED, *_ALIASES))
"""The variables that conda takes these settings from, above all files."""

_MARK = re.compile(r"#+!+(top|bottom|final)\s*$")
_YES = frozenset(["true", "yes", "on", "y", "1"])
_NO = frozenset(["false", "no", "off", "n", "0"])
"""Without conda's "none" and "": nothing shall not turn the verification of certificates off."""


def merge(
    files: Iterable[ConfigurationFile], variables: Mapping[str, str], path_separator: str = ":"
) -> CondaSettings:
    """Return what the files, the most important one last, and conda's variables say together.

    What is not understood is left out, with a sentence in `problems`.
    """
    layers: list[_Layer] = []
    problems: list[str] = []
    read: list[str] = []
    for file in files:
        read.append(file.path)
        if file.problem is not None:
            problems.append(file.problem)
            continue
        try:
            layers.append(_read(file))
        except InvalidInput as error:
            problems.append(f"{file.path} is not valid YAML, so conda ignores it: {error.message}")
    layers += _of_variables(variables, path_separator)

    values: dict[str, Any] = {}
    for name, kind in _USED.items():
        stated = _stated(name, layers)
        good = []
        for layer, entry in stated:
            value = _typed(entry, kind)
            if value is None:
                problems.append(f"{name} in {layer.name} is not a {kind}, so it is not used.")
            else:
                good.append((entry, value))
        if good:
            merged = _merged(kind, good)
            values[name] = _each(merged, lambda text: expand_variables(text, variables))
            problems += _undefined(name, merged, variables)
    return CondaSettings(
        **values, files=tuple(read), shown=_shown(layers, values), problems=tuple(problems)
    )


# -- one file --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Entry:
    """A value, and the marks of the comments beside it: of the key, of list items, of map keys."""

    value: Any
    final: bool = False
    marks: Mapping[Any, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Layer:
    name: str
    entries: Mapping[str, _Entry]


def _read(file: ConfigurationFile) -> _Layer:
    from . import yaml_text  # Late: the build's process mostly has no file to read.

    root = yaml_text.load(file.text)
    if not isinstance(root, yaml_text.Mapping):
        return _Layer(file.path, {})
    lines = file.text.splitlines()

    def mark(line: int) -> str:
        found = _MARK.search(lines[line - 1]) if line <= len(lines) else None
        return found[1] if found else ""

    entries = {}
    for key, node in root.items.items():
        marks: dict[Any, str] = {}
        if isinstance(node, yaml_text.Sequence):
            marks = {i: mark(item.span.end_line) for i, item in enumerate(node.items)}
        elif isinstance(node, yaml_text.Mapping):
            marks = {name: mark(span.line) for name, span in node.keys.items()}
        final = mark(root.keys[key].line) == "final"
        entries[_ALIASES.get(key, key)] = _Entry(yaml_text.plain(node), final, marks)
    return _Layer(file.path, entries)


def _of_variables(variables: Mapping[str, str], path_separator: str) -> list[_Layer]:
    """Return the settings that are given as CONDA_<NAME>; mappings cannot be."""
    layers = []
    for variable, text in sorted(variables.items()):
        if variable not in VARIABLES:
            continue
        name = variable.removeprefix("CONDA_").lower()
        name = _ALIASES.get(name, name)
        text = text.split("!important")[0].strip()
        value: Any = text
        if _USED.get(name) == "list":
            parts = text.split(path_separator if name == "envs_dirs" else ",")
            value = [part.strip() for part in parts if part.strip()]
        layers.append(_Layer(variable, {name: _Entry(value)}))
    return layers


# -- merging ---------------------------------------------------------------------------------------


def _stated(name: str, layers: list[_Layer]) -> list[tuple[_Layer, _Entry]]:
    """Return the layers that say something, up to the first that has the last word."""
    found = []
    for layer in layers:
        if name in layer.entries:
            found.append((layer, layer.entries[name]))
            if layer.entries[name].final:
                break
    return found


def _typed(entry: _Entry, kind: str) -> Any:
    """Return the value as its kind has it, or None if it is of another."""
    value = entry.value
    if kind == "text":
        return value if isinstance(value, str) else None
    if kind == "list":
        return _texts(value)
    if kind == "map":
        return _text_map(value)
    if kind == "map of lists":
        if not isinstance(value, dict):
            return None
        lists = {str(key): _texts(item) for key, item in value.items()}
        return lists if None not in lists.values() else None
    text = str(value).strip() if isinstance(value, (bool, int, str)) else ""
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    return text if text and kind == "switch or path" else None


def _texts(value: Any) -> list[str] | None:
    good = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return list(value) if good else None


def _text_map(value: Any) -> dict[str, str | None] | None:
    """Return a mapping of texts; a key without a value takes back what less important files say."""
    if not isinstance(value, dict):
        return None
    good = all(item is None or isinstance(item, str) for item in value.values())
    return {str(key): item for key, item in value.items()} if good else None


def _merged(kind: str, stated: list[tuple[_Entry, Any]]) -> Any:
    if kind == "list":
        return _joined([(value, entry.marks) for entry, value in stated])
    if kind in ("map", "map of lists"):
        merged: dict[str, Any] = {}
        final: dict[str, Any] = {}
        for entry, value in stated:
            for key, item in value.items():
                merged[key] = item
                if entry.marks.get(key) == "final":
                    final.setdefault(key, item)
        if kind == "map of lists":
            merged = {
                key: _joined([(value[key], {}) for _, value in stated if key in value])
                for key in merged
            }
            final = {key: tuple(item) for key, item in final.items()}
        return {key: item for key, item in {**merged, **final}.items() if item is not None}
    return stated[-1][1]


def _joined(lists: list[tuple[list[str], Mapping[Any, str]]]) -> tuple[str, ...]:
    """Join lists, the last one first, each item once; marked items at the top or the bottom."""

    def marked(wanted: str, chosen: list[tuple[list[str], Mapping[Any, str]]]) -> list[str]:
        return [
            item
            for items, marks in chosen
            for index, item in enumerate(items)
            if marks.get(index) == wanted
        ]

    latest_first = lists[::-1]
    top = marked("top", lists)
    bottom = list(dict.fromkeys(reversed(marked("bottom", latest_first))))[::-1]
    every = dict.fromkeys([*top, *(item for items, _ in latest_first for item in items)])
    return (*(item for item in every if item not in bottom), *bottom)


def _each(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, tuple):
        return tuple(change(item) for item in value)
    if isinstance(value, dict):
        return {key: _each(item, change) for key, item in value.items()}
    return value


def _undefined(name: str, value: Any, variables: Mapping[str, str]) -> list[str]:
    names: dict[str, None] = {}

    def note(text: str) -> str:
        for match in VARIABLE.finditer(text):
            variable = match[1] if match[1] is not None else match[2]
            if variable not in variables:
                names[variable] = None
        return text

    _each(value, note)
    return [
        f"{name} uses the variable {variable}, which the server's environment does not have."
        for variable in names
    ]


# -- for people ------------------------------------------------------------------------------------


def _shown(layers: list[_Layer], values: Mapping[str, Any]) -> tuple[ShownSetting, ...]:
    shown = []
    for name in {**_USED, **_UNUSED}:
        stated = _stated(name, layers)
        if not stated or name == "envs_dirs":
            continue
        reason = _UNUSED.get(name)
        if reason is None and name not in values:
            reason = "its value cannot be understood"
        sources = tuple(layer.name for layer, _ in stated)
        shown.append(ShownSetting(name, _public(values.get(name)), sources, reason))
    return tuple(shown)


def _public(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(_public(item) for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_public(item)}" for key, item in value.items())
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else without_credentials(str(value))
