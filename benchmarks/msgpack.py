"""Just enough of MessagePack to write sharded indexes (https://github.com/msgpack/msgpack)."""

from __future__ import annotations

import struct
from typing import Any


def packed(value: Any) -> bytes:
    """Encode mappings, lists, text, bytes and integers that are not negative."""
    parts: list[bytes] = []
    _pack(value, parts)
    return b"".join(parts)


def _pack(value: Any, parts: list[bytes]) -> None:
    # The widest form of each type: shorter ones exist, and readers take either.
    if isinstance(value, dict):
        parts.append(struct.pack(">BI", 0xDF, len(value)))
        for key, item in value.items():
            _pack(key, parts)
            _pack(item, parts)
    elif isinstance(value, list):
        parts.append(struct.pack(">BI", 0xDD, len(value)))
        for item in value:
            _pack(item, parts)
    elif isinstance(value, str):
        text = value.encode()
        parts += (struct.pack(">BI", 0xDB, len(text)), text)
    elif isinstance(value, bytes):
        parts += (struct.pack(">BI", 0xC6, len(value)), value)
    elif isinstance(value, int):
        parts.append(struct.pack(">BQ", 0xCF, value))
    else:
        raise TypeError(f"{type(value).__name__} is not needed in an index")
