"""The lines of a pip section: requirements, and the options that conda-store knows."""

from __future__ import annotations

import re

from packaging.requirements import InvalidRequirement, Requirement

PIP_OPTIONS = ("--index-url", "--extra-index-url", "--trusted-host")

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")


def pip_line_problem(line: str) -> tuple[str, str] | None:
    """Return (message, hint) if a line is no requirement (PEP 508) and no known option."""
    if line.startswith("-"):
        option = re.split(r"[\s=]", line, maxsplit=1)[0]
        if option in PIP_OPTIONS:
            return None
        return (
            f"Invalid pip option {line!r}, supported options are {list(PIP_OPTIONS)}",
            "Remove the option; name each requirement on a line of its own.",
        )
    try:
        Requirement(line)
    except InvalidRequirement as error:
        hint = "Write requirements as PEP 508 has them, e.g. flask>=3"
        if _URL.match(line) or line.startswith("git+"):
            hint = f"Give the package's name first: name @ {line}"
        reason = str(error).splitlines()[0]
        return f'Invalid pypi package dependency "{line}": {reason}', hint
    return None
