"""Variables of an environment in lockfiles that have no place for them: a comment at the head.

``# variables: {"NAME": "value"}``: other programs skip it, and a build from an explicit file or a
pixi.lock of ours has the lock that it was made from, byte for byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_COMMENT = re.compile(r"^# variables: (\{.*\})\s*$", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def variables_comment(variables: Mapping[str, str]) -> list[str]:
    """Return the comment as the lines that it takes: none, or one."""
    if not variables:
        return []
    return [f"# variables: {json.dumps(dict(variables), sort_keys=True)}"]


def read_variables(text: str) -> dict[str, str]:
    """Return what the comment in a lockfile says; nothing if there is none that can be read."""
    found = _COMMENT.search(text)
    try:
        return usable_variables(json.loads(found[1])) if found else {}
    except (ValueError, RecursionError):
        return {}


def usable_variables(value: Any) -> dict[str, str]:
    """Return those of a mapping that a process can have: names of shells, texts without NUL."""
    return {
        name: text
        for name, text in (value.items() if isinstance(value, dict) else ())
        if isinstance(text, str) and "\0" not in text and _NAME.fullmatch(name)
    }
