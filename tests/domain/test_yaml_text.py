from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_envstore.domain.errors import InvalidInput
from jupyter_envstore.domain.yaml_text import (
    MAX_BYTES,
    Mapping,
    Span,
    load,
    plain,
    walk,
)


def problem_of(text):
    with pytest.raises(InvalidInput) as invalid:
        load(text)
    (problem,) = invalid.value.problems
    assert problem.message
    return problem


def spans(text):
    return {place: node.span for place, node in walk(load(text)) if place}


# -- values and places -----------------------------------------------------------------------


def test_every_value_knows_its_place():
    text = "name: geo\ndependencies:\n  - numpy\n  - pip:\n    - 'flask >= 3'\n"
    assert spans(text) == {
        "name": Span(1, 7, 1, 10),
        "dependencies": Span(3, 3, 3, 4),
        "dependencies[0]": Span(3, 5, 3, 10),
        "dependencies[1]": Span(4, 5, 4, 6),
        "dependencies[1].pip": Span(5, 5, 5, 6),
        "dependencies[1].pip[0]": Span(5, 7, 5, 19),
    }


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("\ufeffa: b", Span(1, 4, 1, 5)),
        ("# comment\n\na: b", Span(3, 4, 3, 5)),
        ("x: y\r\na: b\r\n", Span(2, 4, 2, 5)),
        ("ü: 😀\na: b", Span(2, 4, 2, 5)),
        ("'😀': {a: b}\na: 😀b", Span(2, 4, 2, 6)),
        ('{"x": 1,\n  "a": "b"}', Span(2, 8, 2, 11)),
        ("a: |\n  b\n  c\n", Span(1, 4, 4, 1)),
    ],
    ids=["BOM", "comments", "CRLF", "unicode before", "unicode itself", "JSON", "block"],
)
def test_places_are_those_of_an_editor(text, span):
    assert spans(text)["a"] == span


def json_values(texts):
    # YAML 1.2 (section 7.4.2) allows a key 1024 characters on its line, escapes counted.
    keys = texts.filter(lambda text: len(json.dumps(text)) < 1000)
    return st.recursive(
        st.none() | st.booleans() | st.integers(-(10**12), 10**12) | texts,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=15,
    )


@given(json_values(st.text()))
def test_json_is_read_as_it_was_meant(value):
    assert plain(load(json.dumps(value))) == value


@given(json_values(st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "))))
def test_json_without_escapes_is_read_as_it_was_meant(value):
    """Raw control characters are left out: YAML refuses some, and folds U+0085 as a line break."""
    assert plain(load(json.dumps(value, ensure_ascii=False))) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("true", True),
        ("3.10", 3.1),
        ("'3.10'", "3.10"),
        ("010", 10),
        ("0o10", 8),
        ("~", None),
        ("", None),
        ("2024-01-01", "2024-01-01"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ("1.26.4", "1.26.4"),
        ("!!str 5", "5"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text, value):
    assert plain(load(f"a: {text}"))["a"] == value


def test_nothing_at_all():
    assert plain(load("")) is None
    assert plain(load("# only a comment\n")) is None


def test_a_key_that_merges_is_a_plain_key():
    assert plain(load("a: &x {b: 1}\nc: {<<: *x}\n")) == {"a": {"b": 1}, "c": {"<<": {"b": 1}}}


# -- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("name: a\n\tchannels: []\n", 2, 1, "cannot start any token"),
        ("name: a\n channels: []\n", 2, 10, "mapping values are not allowed"),
        ("name: [a\n", 2, 1, "flow sequence"),
        ("name: 'a\n", 2, 1, "quoted scalar"),
        ("name: a\n---\nname: b\n", 2, 1, "single document"),
        ("a: *nowhere\n", 1, 4, "undefined alias"),
        ("name: a\nname: b\n", 2, 1, "'name' appears twice"),
        ("a: {b: 1, c: 2, b: 3}\n", 1, 17, "'b' appears twice"),
        ("? [a, b]\n: c\n", 1, 3, "key must be plain text"),
        ("a: !!python/object:os.system x\n", 1, 4, "cannot be read"),
        ("a: !unknown x\n", 1, 4, "cannot be read"),
        ("a: 2001-99-99\n", 1, 4, "cannot be read"),
        ('a: !!int ""\n', 1, 4, "cannot be read"),
        ('a: !!float ""\n', 1, 4, "cannot be read"),
        ("a: !!bool maybe\n", 1, 4, "cannot be read"),
        (f"a: 0x{'f' * 5000}\n", 1, 4, "cannot be read"),
        (f"a: {'9' * 5000}\n", 1, 4, "cannot be read"),
        ('a: "\\ud83d"\n', 1, 4, "cannot be read"),
    ],
)
def test_refused_at_its_place(text, line, column, reason):
    problem = problem_of(text)
    assert reason in problem.message
    assert (problem.line, problem.column) == (line, column)


@pytest.mark.parametrize("text", ["a: \x00", "a: \x07", "a: \udc00"])
def test_characters_that_are_no_text(text):
    assert "unacceptable character" in problem_of(text).message


def test_a_pair_of_escapes_is_one_character():
    """JSON has no other way to escape what is beyond U+FFFF."""
    assert plain(load('{"a": "\\ud83d\\ude00"}')) == {"a": "😀"}


# -- texts made to hurt --------------------------------------------------------------------------

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "a: &a [*a]\n",
        "a: &a {b: *a}\n",
        "[" * 100_000,
        "{a: " * 100_000,
        "- " * 400_000,
        "\n".join(" " * depth + "-" for depth in range(1000)),
        "[" * 34 + "]" * 34,
    ],
    ids=["aliases", "list in itself", "mapping in itself", "lists", "mappings", "dashes",
         "indentation", "34 levels"],
)  # fmt: skip
def test_little_text_cannot_become_much(text):
    began = time.process_time()
    problem_of(text)
    assert time.process_time() - began < 20


def test_as_deep_as_allowed():
    assert plain(load("[" * 33 + "]" * 33)) is not None


@pytest.mark.parametrize("text", ["x" * 10_000_000, "ü" * (MAX_BYTES // 2 + 1)])
def test_too_long_a_text_is_not_even_read(text):
    began = time.process_time()
    problem = problem_of(text)
    assert "at most 250,000 are accepted" in problem.message
    assert time.process_time() - began < 2


def test_as_long_as_allowed():
    document = load("a: " + "x" * (MAX_BYTES - 3))
    assert isinstance(document, Mapping)


pieces = st.sampled_from(
    [*"abn:-[]{}&*!|>'\"%@`#,?\n\t 0", ": ", "- ", "!!int ", "!!bool ", "\\u", "<<: ", "---\n"]
)


@given(st.text() | st.lists(pieces, max_size=30).map("".join))
def test_any_text_is_read_or_refused(text):
    try:
        document = load(text)
    except InvalidInput:
        return
    for _, node in walk(document):
        assert node.span.line >= 1
        assert node.span.column >= 1
        str(plain(node)).encode()


def test_deep_brackets_are_refused_before_they_are_parsed():
    with pytest.raises(InvalidInput) as refused:
        load("a: 1\nb: " + "[" * 100_000)
    assert refused.value.problems[0].line == 2
