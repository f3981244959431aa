"""Lockfiles of every kind that is known, told apart by what they say."""

from __future__ import annotations

import re

from .conda_lock import read_conda_lock
from .errors import InvalidInput, Problem
from .explicit import MARK, read_explicit
from .lock import Lock
from .lock_text import load, refuse_large
from .lock_variables import read_variables
from .pixi_lock import read_pixi_lock

_EXPLICIT = re.compile(rf"^{MARK}\s*$", re.MULTILINE)


def read_lock(text: str, platform: str) -> Lock:
    """Return what a lockfile says: conda-lock's, pixi's, or an explicit file.

    `platform` is taken for what names none. Raises `InvalidInput` with everything that is wrong.
    """
    lock = _read(text, platform)
    if not lock.packages:
        raise InvalidInput([Problem("This lockfile names no packages.")])
    return lock


def _read(text: str, platform: str) -> Lock:
    refuse_large(text)
    if _EXPLICIT.search(text):
        return read_explicit(text, platform)
    document = load(text)
    keys = set(document) if isinstance(document, dict) else set()
    if "package" in keys:
        return read_conda_lock(document)
    if "environments" in keys:
        return read_pixi_lock(document, variables=read_variables(text))
    raise InvalidInput(
        [
            Problem(
                "This is not a lockfile that is known.",
                hint="Known are conda-lock.yml (version 1), pixi.lock (versions 6 and 7) and "
                f"explicit files, which have a line {MARK}.",
            )
        ]
    )
