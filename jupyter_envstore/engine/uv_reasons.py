"""Why uv found no solution for the pip section, in plain words and at the lines at fault.

The words are those of uv 0.13, which has no other form for them; what is not known stays uv's.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from ..domain.errors import Problem
from .pip_section import PipLine, PipSection

_NAME = r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?"
_WHO = rf"(?:all versions of )?(?P<who>{_NAME})\S* depends? on"
_WANTED = rf"(?:you require (?:one of: )?|{_WHO} )(?P=name)(?:\[[^\]]*\])?[<>=!~]"
_UNKNOWN = re.compile(rf"(?P<name>{_NAME}) was not found in the package registry")
_NO_VERSION = re.compile(rf"there is no version of (?P<name>{_NAME})\S* and {_WANTED}")
_ONLY = re.compile(
    rf"only (?:the following versions of (?P<name>{_NAME}) are available: "
    rf"(?P<has>\S+(?: (?!and )\S+)*)) and {_WANTED}"
)
_ONLY_RANGE = re.compile(rf"only (?P<has>(?P<name>{_NAME})\S*) is available and {_WANTED}")
_PYTHON = re.compile(
    r"current Python version \((?P<version>[^)]+)\) does not satisfy (?P<range>Python\S+) and "
    rf"{_WHO}"
)
_NO_WHEEL = re.compile(rf"(?P<name>{_NAME})\S* has no wheels with a matching")
_NEED = re.compile(rf"{_WHO} (?P<need>(?P<name>{_NAME})\S*?),?(?= |$)")
_REQUIRED = re.compile(r"you require (?P<what>.+?)(?:, we can conclude|\.(?: |$)|$)")
_OTHER_VERSION = "Ask for a version that exists."


@dataclass(frozen=True)
class Reason:
    """What to tell people; the problems say the same, each at a line of the pip section."""

    message: str
    hint: str
    problems: tuple[Problem, ...]


def reason_of(answer: str, section: PipSection) -> Reason | None:
    """Return why the section has no solution; None if uv's answer is another one."""
    lines = (re.sub(r"^\W+", "", line) for line in answer.splitlines())  # uv draws a tree.
    text = " ".join(" ".join(lines).split())
    if "requirements are unsatisfiable" not in text:
        return None
    blamed = _blamed(text, section)
    index = _index_of(section)
    if found := _UNKNOWN.search(text):
        what = f"{index} has no package named {found['name']!r}"
        hint = "Check the spelling. Conda's packages are asked for outside of the pip section."
        message = _sentence(found["name"], what, text, section)
        return Reason(message, hint, tuple(Problem(message, line.place, hint) for line in blamed))
    if found := _PYTHON.search(text):
        message = f"{found['who']} needs {found['range']}, but conda installed {found['version']}."
        return _reason(message, "Ask for another version of one of the two.", blamed)
    if found := _NO_WHEEL.search(text):
        message = f"{found['name']} has no file for this platform and its version of Python."
        return _reason(message, "Ask for another version, or take it from conda.", blamed)
    if found := _ONLY.search(text) or _ONLY_RANGE.search(text):
        what = f"{index} has only {', '.join(found['has'].split())}"
    elif found := _NO_VERSION.search(text):
        what = f"{index} has no such version of {found['name']}"
    elif len(blamed) > 1:
        needs = dict.fromkeys(f"{need['who']} needs {need['need']}" for need in _needs(text))
        why = f": {', and '.join(needs)}" if needs else ""
        hint = "Change or remove one of these lines."
        quoted = " and ".join(repr(line.text) for line in blamed)
        return _reason(f"{quoted} cannot be installed together{why}.", hint, blamed)
    else:
        return None
    return _reason(_sentence(found["name"], what, text, section), _OTHER_VERSION, blamed)


def _sentence(name: str, what: str, text: str, section: PipSection) -> str:
    """Say what an index lacks, and who wants it: another package, or a line of the section."""
    for need in _needs(text):
        if need["name"] == name:
            return f"{need['who']} needs {need['need']}, but {what}."
    wanted = canonicalize_name(name)
    line = next((line.text for line in section.lines if line.name == wanted), name)
    return f"{what}." if line == name else f"{what}, but the pip section asks for {line!r}."


def _reason(message: str, hint: str, blamed: list[PipLine]) -> Reason:
    problems = tuple(Problem(message, line.place, hint, instead=line.loosened) for line in blamed)
    return Reason(message, hint, problems)


def _blamed(text: str, section: PipSection) -> list[PipLine]:
    """Return the lines that uv names as required."""
    words = (re.findall(_NAME, found["what"]) for found in _REQUIRED.finditer(text))
    names = {canonicalize_name(word) for some in words for word in some}
    return [line for line in section.lines if line.name in names]


def _needs(text: str) -> Iterator[re.Match[str]]:
    return _NEED.finditer(text)


def _index_of(section: PipSection) -> str:
    is_another = section.options or any(
        name.startswith("UV_") and "INDEX" in name for name in os.environ
    )
    return "The package index" if is_another else "PyPI"
