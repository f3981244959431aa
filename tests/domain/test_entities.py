from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_envstore.domain.entities import (
    EVERYTHING,
    Scope,
    covers,
    covers_namespace,
    covers_within,
    is_entity,
)

NAMES = st.text("ab?.", min_size=1, max_size=6)
PATTERNS = st.text("ab?.*", min_size=1, max_size=6)


@pytest.mark.parametrize("text", ["a/b", "*/*", "team-*/*", "a*b*/x+y~1", "-/_"])
def test_entities(text):
    assert is_entity(text)


@pytest.mark.parametrize(
    "text",
    ["", "a", "/", "a/", "/b", "a/b/c", "a b/*", "a/\n", "a/b\n", "[a]/*", "a/*/", "*" * 9 + "/a"],
)
def test_what_is_no_entity(text):
    assert not is_entity(text)


def test_names_with_a_meaning_elsewhere_have_none_here():
    assert not covers("a?/b", "ax", "b")
    assert not covers("a./b", "ax", "b")
    assert covers("a?/b.", "a?", "b.")
    assert not covers("a/B", "a", "b")


def test_a_star_never_reaches_over_the_slash():
    assert not covers("a*b", "a", "b")
    assert not covers_within("*", "a/b")


@given(PATTERNS, NAMES)
def test_stars_stand_for_any_characters(pattern, name):
    expected = re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), name)
    assert covers_namespace(f"{pattern}/x", name) == bool(expected)
    assert covers(f"n/{pattern}", "n", name) == bool(expected)


@given(PATTERNS, PATTERNS, NAMES)
def test_what_is_within_matches_nothing_else(wide, narrow, name):
    if covers_within(f"{wide}/*", f"{narrow}/*") and covers_namespace(f"{narrow}/*", name):
        assert covers_namespace(f"{wide}/*", name)


def test_many_stars_take_no_time():
    assert not covers_namespace("*a" * 120 + "b/*", "a" * 255)


def test_a_scope_needs_one_entity_of_each_limit():
    scope = Scope((("a/*", "b/x"),)) & Scope((("*/x",),))
    assert scope.shows("a", "x")
    assert scope.shows("b", "x")
    assert not scope.shows("a", "y")
    assert not scope.shows("c", "x")
    assert scope.shows("a")
    assert not scope.shows("c")
    assert EVERYTHING.shows("c", "y")
    assert not Scope(((),)).shows("a", "x")
