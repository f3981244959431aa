"""Sizes in bytes as people read them."""

from __future__ import annotations


def describe_size(size: int) -> str:
    """Return a size in bytes as text: ``512 MiB``, ``4.0 GiB``."""
    if size < 1 << 20:
        return f"{size / (1 << 10):.0f} KiB"
    if size < 1 << 30:
        return f"{size / (1 << 20):.0f} MiB"
    return f"{size / (1 << 30):.1f} GiB"
