from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_envstore.domain.names import NAME_PATTERN, name_problem

RECORDED = json.loads((Path(__file__).parent / "vectors" / "build_keys.json").read_text())


def recorded_names():
    """Return what conda-store refuses, with its words."""
    for entry in RECORDED["errors"]:
        case = re.fullmatch(r"CondaSpecification\(name='(.*)'\)", entry["case"], re.DOTALL)
        if case and "message" in entry:
            yield case[1].replace("\\n", "\n"), json.loads(entry["message"])[0]


@pytest.mark.parametrize(("name", "sentence"), list(recorded_names()))
def test_refused_in_conda_stores_words(name, sentence):
    problem = name_problem(name)
    assert problem is not None
    assert problem[0] == sentence


@pytest.mark.parametrize(
    "name", ["a", "data-science", "Team_A", "py3.11", "a+b@c$d&e?f^g~h=i", "x" * 255, "console"]
)
def test_accepted(name):
    assert name_problem(name) is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (".", "begins with a dot"),
        ("..", "begins with a dot"),
        (".envstore", "begins with a dot"),
        ("geo.", "ends with a dot"),
        ("nul", "device on Windows"),
        ("CON", "device on Windows"),
        ("com1.txt", "device on Windows"),
        ("ConIn$", "device on Windows"),
        ("CONOUT$.old", "device on Windows"),
        ("x" * 256, "256 bytes"),
        ("x" * 4096, "4096 bytes"),
    ],
)
def test_refused_because_a_file_system_would_misunderstand(name, reason):
    """conda-store takes ``..`` and makes the parent directory an environment."""
    message, hint = name_problem(name, "namespace")
    assert reason in message
    assert "namespace" in message
    assert hint


@pytest.mark.parametrize("value", [None, 2024, 1.5, True, ["a"], {"a": 1}])
def test_refused_because_it_is_no_text(value):
    message, hint = name_problem(value)
    assert message.startswith("Input should be a valid string")
    assert "quotes" in hint


@given(st.text())
def test_an_accepted_name_is_one_safe_part_of_a_path(name):
    if name_problem(name) is None:
        assert re.fullmatch(NAME_PATTERN.replace("9-+", r"9\-+"), name)
        assert Path("/store", name).parent == Path("/store")
        assert Path("/store", name).name == name
        assert not name.startswith(".")


@given(st.text(min_size=1))
def test_a_suggested_name_is_accepted(name):
    problem = name_problem(name)
    if problem and (offered := re.search(r"For example: (.*)", problem[1])):
        assert name_problem(offered[1]) is None
