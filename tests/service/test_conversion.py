"""Files of all kinds, in and out: what comes out is built as it is."""

from __future__ import annotations

import pytest

from jupyter_envstore.domain.specification import parse_specification
from jupyter_envstore.engine.match_specs import match_spec_problem
from jupyter_envstore.service.conversion import ConversionService

from ..domain.test_pyproject import PIXI, PROJECT


@pytest.fixture
def conversion() -> ConversionService:
    return ConversionService(check_match_spec=match_spec_problem, subdir="linux-64")


@pytest.mark.parametrize(
    ("text", "kind"),
    [(PIXI, "pixi.toml"), (PROJECT, "pyproject.toml"), ("flask>=3\n", "requirements.txt")],
)
def test_what_comes_out_is_a_specification(conversion, text, kind):
    converted = conversion.convert(text)
    assert (converted.kind, converted.problems, converted.is_lockfile) == (kind, (), False)
    specification = parse_specification(
        converted.specification, check_match_spec=match_spec_problem, needs_name=False
    )
    assert (specification.name or None) == converted.name
    assert specification.dependencies


def test_an_environment_yml_stays_to_the_byte(conversion):
    text = "# mine\nname:   geo\ndependencies: [numpy,   'scipy>=1']  # two\n"
    converted = conversion.convert(text)
    assert (converted.specification, converted.name) == (text, "geo")


def test_an_environment_yml_without_a_name_is_none_of_a_problem(conversion):
    converted = conversion.convert("dependencies: [numpy]\n")
    assert (converted.name, converted.problems) == (None, ())


def test_an_environment_yml_with_a_mistake_is_shown_with_it(conversion):
    text = "name: geo\ndependencies:\n- numpy==1.0==2\n"
    converted = conversion.convert(text)
    assert converted.specification == text
    assert [problem.line for problem in converted.problems] == [3]


def test_lockfiles_are_passed_on_as_they_are(conversion):
    text = "@EXPLICIT\nhttps://user:word@example.org/t/secret/c/noarch/a-1-0.conda\n"
    converted = conversion.convert(text)
    assert (converted.kind, converted.is_lockfile) == ("explicit", True)
    assert converted.specification == "@EXPLICIT\nhttps://example.org/c/noarch/a-1-0.conda\n"


def test_no_secret_comes_out(conversion):
    secret = "https://ada:secret@example.org/simple"
    texts = [
        f"-i {secret}\nflask\n",
        f"-f {secret}\n-r {secret}\n--x {secret}\nx={secret}\n",
        f'[workspace]\nchannels = ["{secret}"]\n[pypi-dependencies]\na = {{ path = "{secret}" }}\n',
        f"name: x\nchannels: [{secret}]\n",
        f"name: x\nchannels: {secret}\n",
    ]
    for text in texts:
        assert "secret" not in repr(conversion.convert(text))


def test_a_wrong_match_spec_of_another_file_is_a_problem_without_a_line_of_ours(conversion):
    converted = conversion.convert('[workspace]\n[dependencies]\na = ">=="\n', "pixi.toml")
    assert converted.specification is None
    (problem,) = converted.problems
    assert (problem.place, problem.line) == ("dependencies[0]", None)


def test_a_name_that_no_environment_may_have_is_left_out(conversion):
    converted = conversion.convert('[workspace]\nname = "my project"\n[dependencies]\n')
    assert converted.name is None
    assert "name for the environment was left out" in converted.warnings[0].message
