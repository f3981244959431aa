"""Which kind of file a text is, of those that describe environments: by content, then by name."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import PurePath
from typing import Literal

FileKind = Literal[
    "environment.yml",
    "requirements.txt",
    "explicit",
    "conda-lock",
    "pixi.lock",
    "pixi.toml",
    "pyproject.toml",
]

LOCKFILES: frozenset[FileKind] = frozenset(["explicit", "conda-lock", "pixi.lock"])
"""The kinds that name the very files of packages: nothing is left to solve."""

_EXPLICIT = re.compile(r"^@EXPLICIT[ \t]*\r?$", re.MULTILINE)
_TOP_KEY = re.compile(r"^[\"']?([A-Za-z_][\w-]*)[\"']?[ \t]*:(?:\s|$)", re.MULTILINE)
_TABLE = re.compile(r"^[ \t]*\[{1,2}([^\[\]\n]+)\]", re.MULTILINE)
_PIXI_TABLES = frozenset(
    ["workspace", "dependencies", "pypi-dependencies", "environments", "feature", "target", "tasks"]
)


def kind_of(text: str, filename: str | None = None) -> FileKind:
    """Return what kind of file a text is.

    What it says counts first, since many files have the name of another. Where it could be
    several, the name decides; a text that nothing is known of counts as an environment.yml, whose
    reader knows best what to say.
    """
    name = PurePath((filename or "").replace("\\", "/")).name.lower()
    suffix = PurePath(name).suffix
    if _EXPLICIT.search(text):
        return "explicit"
    if suffix == ".toml" or (suffix not in (".yml", ".yaml", ".json", ".lock") and _is_toml(text)):
        return _toml_kind(text, name)
    keys = _top_keys(text)
    if "version" in keys and "package" in keys:
        return "conda-lock"
    if "version" in keys and "environments" in keys:
        return "pixi.lock"
    if suffix in (".yml", ".yaml", ".json") or keys & {"name", "dependencies", "channels"}:
        return "environment.yml"
    if name.endswith("pixi.lock"):
        return "pixi.lock"
    if suffix in (".txt", ".in", ".pip") or _is_list(text):
        return "requirements.txt"
    return "environment.yml"


def _top_keys(text: str) -> set[str]:
    """Return the keys of a mapping, YAML or JSON, without reading all of the YAML."""
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        # conda-store's lockfiles are JSON.
        with suppress(ValueError, RecursionError):
            return set(json.loads(text.lstrip("\ufeff")))
    return set(_TOP_KEY.findall(text))


def _is_toml(text: str) -> bool:
    """Tell whether tables begin in a text, and no YAML does."""
    return _TABLE.search(text) is not None and not _TOP_KEY.search(text)


def _toml_kind(text: str, name: str) -> FileKind:
    if name.endswith("pyproject.toml"):
        return "pyproject.toml"
    tables = {table.split(".")[0].strip(" \"'") for table in _TABLE.findall(text)}
    if name.endswith("pixi.toml") or "workspace" in tables:
        return "pixi.toml"
    # An older pixi.toml calls its workspace a project, as a pyproject.toml does its package.
    is_pixi = bool(tables & _PIXI_TABLES) and not tables & {"tool", "build-system"}
    return "pixi.toml" if is_pixi else "pyproject.toml"


def _is_list(text: str) -> bool:
    """Tell whether every line could be pip's: a requirement, an option, or a comment."""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    return bool(lines) and all(
        re.match(r"[\w./$-]", line) and not line.startswith("- ") for line in lines
    )
