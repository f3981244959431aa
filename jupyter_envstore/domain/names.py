"""What namespaces and environments may be called.

The pattern is conda-store's, so that its clients never see a name that they refuse. On top of it
come the names that a file system would misunderstand: a name becomes a directory or a link.
"""

from __future__ import annotations

import re

NAME_PATTERN = r"^[A-Za-z0-9-+_@$&?^~.=]+$"
MAX_NAME_BYTES = 255

_ALLOWED = re.compile(r"[A-Za-z0-9\-+_@$&?^~.=]+")
_WINDOWS_DEVICES = frozenset(
    [
        *("CON", "CONIN$", "CONOUT$", "PRN", "AUX", "NUL"),
        *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10)),
    ]
)
_HINT = "Use letters, digits and - + _ @ $ & ? ^ ~ . = only, without a dot at the beginning."


def name_problem(value: object, loc: str = "name") -> tuple[str, str] | None:
    """Return (message, hint) if `value` is no name for a namespace or an environment, else None.

    `loc` is the field's name, as conda-store's messages give it.
    """
    if not isinstance(value, str):
        return (
            f"Input should be a valid string (type=string_type, loc=('{loc}',))",
            'A name is text: write it in quotes if it looks like a number, e.g. name: "2024".',
        )
    if not _ALLOWED.fullmatch(value):
        # conda-store's sentence, which its clients know; the hint says it in plain words.
        return (
            (
                f"String should match pattern '{NAME_PATTERN}' "
                f"(type=string_pattern_mismatch, loc=('{loc}',))"
            ),
            f"The {loc} {_shown(value)} has characters that it may not have. {_suggestion(value)}",
        )
    if value.startswith("."):
        return (
            f"The {loc} {value!r} begins with a dot: a hidden or a parent directory.",
            _HINT,
        )
    if value.endswith("."):
        return (
            f"The {loc} {value!r} ends with a dot, which Windows drops from directory names.",
            _HINT,
        )
    if value.split(".")[0].upper() in _WINDOWS_DEVICES:
        return f"The {loc} {value!r} is the name of a device on Windows.", "Choose another name."
    if len(value.encode()) > MAX_NAME_BYTES:
        return (
            (
                f"The {loc} has {len(value.encode())} bytes; "
                f"directory names have {MAX_NAME_BYTES} at most."
            ),
            "Choose a shorter name.",
        )
    return None


def _shown(value: str) -> str:
    return repr(value if len(value) <= 40 else f"{value[:40]}...") if value else "(empty)"


def _suggestion(value: str) -> str:
    replaced = re.sub(r"[^A-Za-z0-9\-+_@$&?^~.=]+", "-", value.strip()).strip("-.")[:100]
    return f"{_HINT} For example: {replaced}" if replaced else _HINT
