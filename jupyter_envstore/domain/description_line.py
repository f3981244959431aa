"""Descriptions that conda-store-ui sends as they were typed, without the quotes that YAML wants."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from .errors import Problem

_LINE = re.compile(r"^description:[ \t]+(?P<text>\S.*?)[ \t\r]*$", re.MULTILINE)


def with_quoted_description(text: str, problems: Iterable[Problem]) -> str | None:
    """Return a specification whose last line ``description: …`` is taken literally.

    None if the problems are elsewhere: nothing else is guessed.
    """
    lines = [*_LINE.finditer(text)]
    if not lines:
        return None
    last = lines[-1]
    number = text.count("\n", 0, last.start()) + 1
    if {problem.line for problem in problems} != {number}:
        return None
    return f"{text[: last.start('text')]}{json.dumps(last['text'])}{text[last.end('text') :]}"
