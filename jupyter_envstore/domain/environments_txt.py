"""The text of ``~/.conda/environments.txt``: one prefix a line, in no order."""

from __future__ import annotations


def without_environment(text: str, prefix: str) -> str:
    """Return the text without the lines that are this prefix."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if line.strip() != prefix)


def with_environment(text: str, prefix: str) -> str:
    """Return the text with a line for this prefix, which stays where it is if it is there."""
    if prefix in (line.strip() for line in text.splitlines()):
        return text
    return f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{prefix}\n"
