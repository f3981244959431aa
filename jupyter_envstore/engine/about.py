"""What an extracted package says about itself, for people."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

ReadFile = Callable[[Path], bytes]
"""Returns the content of a file, or raises OSError."""


def read_about(cached: Path, read: ReadFile = Path.read_bytes) -> dict[str, str | None]:
    """Return ``info/about.json`` of an extracted package; nothing if it is not there any more."""
    try:
        about = json.loads(read(cached / "info" / "about.json"))
    except (OSError, ValueError):
        return {}
    return about if isinstance(about, dict) else {}
