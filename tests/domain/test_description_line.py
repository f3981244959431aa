"""Descriptions as they were typed: YAML may take them for something else."""

from __future__ import annotations

import pytest

from jupyter_envstore.domain.description_line import with_quoted_description
from jupyter_envstore.domain.errors import InvalidInput
from jupyter_envstore.domain.specification import parse_specification


def mended(text):
    with pytest.raises(InvalidInput) as invalid:
        parse_specification(text)
    return with_quoted_description(text, invalid.value.problems)


@pytest.mark.parametrize(
    "typed", ["Earl Grey: hot", "'hot' tea", "a: b: c", "[tea", '"x" y', "@me"]
)
@pytest.mark.parametrize(
    "text",
    [
        "name: env\ndescription: {}\nchannels: [c]\ndependencies: [a]\n",
        "name: env\r\nchannels: [c]\r\ndependencies: [a]\r\ndescription:  {} \r\n",
        "name: env\nchannels: [c]\ndependencies: [a]\ndescription: {}",
    ],
)
def test_one_that_yaml_cannot_read_is_taken_literally(text, typed):
    new = mended(text.format(typed))
    if new is None:  # The parser found out only on a later line: nothing is guessed.
        assert typed in ("[tea",)
        return
    specification = parse_specification(new)
    assert specification.description == typed
    assert specification.name == "env"
    assert len(new.splitlines()) == len(text.splitlines())


@pytest.mark.parametrize(
    "text",
    [
        "name: env\ndescription: tea\nchannels: [c\ndependencies: [a]\n",
        "name: env: x\ndescription: tea\n",
        "name: env\ndependencies: [a]\n description: a: b\n",
        "name: [",
    ],
)
def test_nothing_else_is_guessed(text):
    assert mended(text) is None
