"""Which files of a watched folder describe environments, and what those are called."""

from __future__ import annotations

import re
from pathlib import PurePath

_WATCHED = re.compile(
    r"(?!\.).+\.ya?ml|(?:.+\.)?pixi\.lock|pixi\.toml|pyproject\.toml"
    r"|requirements(?:[-_.].+)?\.(?:txt|in)|(?:.+\.)?explicit\.txt"
)
_ENDINGS = re.compile(
    r"\.(?:conda-lock|environment|pixi|explicit)?\.?(?:ya?ml|lock|toml|txt|in)$", re.IGNORECASE
)
_SAYING_NOTHING = frozenset(
    ["environment", "conda-lock", "requirements", "pixi", "pyproject", "explicit"]
)
"""Names that are those of the kind of file: then the folder says what it is for."""


def is_watched(name: str) -> bool:
    """Tell whether a file in a watched folder is looked at, by its name."""
    return _WATCHED.fullmatch(name.lower()) is not None


def environment_named_by(path: str) -> str:
    """Return what the environment of a file is called that does not say so itself."""
    file = PurePath(path)
    stem = _ENDINGS.sub("", file.name)
    return file.parent.name if stem.lower() in _SAYING_NOTHING else stem
