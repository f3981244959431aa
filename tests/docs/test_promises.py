"""Each promise about crashes names tests, and they exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "after-a-crash.md"

SECTIONS = PAGE.read_text(encoding="utf-8").split("\n## ")[1:]
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE.read_text("utf-8"))))


@cache
def functions_in(file: str) -> frozenset[str]:
    path = ROOT / file
    if not path.exists():
        return frozenset()
    return frozenset(
        node.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    )


@pytest.mark.parametrize(("file", "name"), NAMED, ids=lambda value: value)
def test_a_test_that_proves_a_promise_exists(file, name):
    assert name in functions_in(file)


@pytest.mark.parametrize("section", SECTIONS, ids=lambda text: text.partition("\n")[0])
def test_each_victim_says_what_is_seen_kept_and_repeated_and_names_its_proof(section):
    assert re.findall(r"^- \*\*(\w+)\*\*: ", section, re.MULTILINE) == ["Seen", "Kept", "Repeated"]
    assert re.search(r"`tests/[\w/]+\.py::test_\w+`", section)
