from __future__ import annotations

import pytest

from jupyter_envstore.domain.errors import InvalidInput
from jupyter_envstore.domain.public_text import public_text
from jupyter_envstore.domain.yaml_text import load


def public(text):
    return public_text(text, load(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: b # as it was\n", "a: b # as it was\n"),
        ("a: https://u:p@h/x # why\n", "a: https://h/x # why\n"),
        ("a: b # see https://u:p@h\n", "a: b # see https://h\n"),
        ("'https://u:p@h': b\n", "'https://h': b\n"),
        ("a: [https://h/t/tk-1, https://u:p@h]\n", "a: [https://h, https://h]\n"),
    ],
)
def test_only_the_secrets_go(text, expected):
    assert public(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "https:\\/\\/u:secret@h/x"}',
        'a: "https://u:secret\\x40h/x"',
        'a: "https:/\\\n  /u:secret@h/x"',
        'a: ["https://u:p@h", "https:\\x2f/u:secret@h"]',
    ],
    ids=["slashes", "at", "line break", "one of two"],
)
def test_what_hides_in_escapes_is_refused_at_its_place(text):
    with pytest.raises(InvalidInput) as invalid:
        public(text)
    (problem,) = invalid.value.problems
    assert problem.place.startswith("a")
    assert problem.line == 1
    assert "without escapes" in problem.hint
    assert "secret" not in problem.message + problem.hint
