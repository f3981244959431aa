"""pixi.toml and pyproject.toml: the dependencies of one environment, for one platform."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_envstore.domain.draft import Draft
from jupyter_envstore.domain.errors import InvalidInput
from jupyter_envstore.domain.pixi_manifest import Manifest, read_manifest
from jupyter_envstore.domain.project_needs import ProjectNeeds
from jupyter_envstore.domain.pyproject import read_pixi_toml, read_pyproject

PIXI = """
[workspace]
name = "demo"
channels = ["conda-forge", { channel = "nvidia", priority = 2 }]
platforms = ["linux-64", "osx-arm64"]

[dependencies]
python = "3.12.*"
numpy = ">=1.26,<3"
any = "*"
cuda = { version = "12.*", build = "h*", channel = "nvidia" }
named = { version = ">=1", channel = "https://example.org/c" }
archive = { url = "https://example.org/c/noarch/archive-1-0.conda" }

[target.unix.dependencies]
numpy = ">=2"

[target.linux-64.dependencies]
only = ">=1"

[target.win.dependencies]
windows = "*"

[pypi-dependencies]
flask = { version = ">=3", extras = ["async", "dotenv"] }
any-version = "*"
archived = { url = "https://example.org/r.zip", subdirectory = "s" }
wheel = { url = "https://example.org/w.whl" }
marked = { version = "==1", env-markers = "sys_platform == 'linux'" }

[pypi-options]
index-url = "https://example.org/simple"
extra-index-urls = ["https://example.org/more", { url = "https://example.org/last" }]

[activation.env]
LEVEL = "3"

[feature.test]
channels = ["testing"]

[feature.test.dependencies]
pytest = ">=8"
numpy = "<2.5"

[feature.test.activation.env]
LEVEL = "4"

[environments]
test = ["test"]
lint = { features = ["test"], no-default-feature = true }
"""


def read(text: str, environment: str | None = None, platform: str = "linux-64") -> Draft:
    draft = read_pixi_toml(text, environment, platform)
    assert draft.problems == []
    return draft


def test_the_default_environment_with_what_is_for_the_platform():
    draft = read(PIXI)
    assert draft.name == "demo"
    assert draft.channels == ["nvidia", "conda-forge"]
    assert draft.conda == [
        "python 3.12.*",
        "numpy>=2",
        "any",
        "nvidia::cuda[version='12.*',build='h*']",
        "https://example.org/c::named>=1",
        "https://example.org/c/noarch/archive-1-0.conda",
        "only>=1",
    ]
    assert draft.pip == [
        "--index-url https://example.org/simple",
        "--extra-index-url https://example.org/more",
        "--extra-index-url https://example.org/last",
        "flask[async,dotenv]>=3",
        "any-version",
        "archived @ https://example.org/r.zip#subdirectory=s",
        "wheel @ https://example.org/w.whl",
        "marked==1 ; sys_platform == 'linux'",
    ]
    assert draft.variables == {"LEVEL": "3"}
    (warning,) = draft.warnings
    assert "test, lint" in warning.message


def test_an_environment_is_the_union_of_its_features():
    draft = read(PIXI, "test")
    assert draft.name == "demo-test"
    assert draft.channels == ["nvidia", "testing", "conda-forge"]
    assert draft.conda[:2] == ["pytest>=8", "numpy<2.5"]
    assert "numpy>=2" in draft.conda
    assert draft.variables == {"LEVEL": "4"}
    assert draft.warnings == []


def test_an_environment_without_the_default_feature():
    draft = read(PIXI, "lint")
    assert (draft.channels, draft.conda, draft.pip) == (["testing"], ["pytest>=8", "numpy<2.5"], [])


def test_a_feature_by_its_name():
    text = (
        '[workspace]\nchannels = []\n[feature.a.dependencies]\nx = "*"\n[dependencies]\ny = "*"\n'
    )
    assert read(text, "a").conda == ["x", "y"]


def test_what_is_not_there_is_told_with_what_is():
    draft = read_pixi_toml(PIXI, "tset", "linux-64")
    (problem,) = draft.problems
    assert "tset" in problem.message
    assert problem.hint == "It has: default, test, lint."


def test_another_platform():
    draft = read_pixi_toml(PIXI, "test", "win-64")
    assert "windows" in draft.conda
    assert "only>=1" not in draft.conda
    assert "not for win-64" in draft.warnings[0].message
    assert draft.warnings[0].line == 5


def test_a_bare_version_is_exact_as_in_pixi_and_that_is_said():
    text = '[workspace]\n\n[dependencies]\na = "1.2"\nb = { version = "3", build = "x" }\n'
    draft = read(text)
    assert draft.conda == ["a==1.2", "b[version='==3',build='x']"]
    assert [(w.line, w.hint) for w in draft.warnings] == [
        (4, "Write 1.2.* if any 1.2 will do."),
        (5, "Write 3.* if any 3 will do."),
    ]


@pytest.mark.parametrize(
    ("table", "entry", "words"),
    [
        ("dependencies", '{ git = "https://example.org/r" }', "taken from elsewhere (git)"),
        ("dependencies", '{ path = "../x" }', "taken from elsewhere (path)"),
        ("dependencies", "3", "neither text nor a table"),
        ("pypi-dependencies", '{ path = "./x", editable = true }', "the directory ./x"),
        ("pypi-dependencies", '{ version = "*", index = "https://example.org" }', "has index"),
        (
            "pypi-dependencies",
            '{ git = "https://example.org/r" }',
            "from a repository",
        ),
        ("pypi-dependencies", "[1]", "neither text nor a table"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_line(table, entry, words):
    draft = read_pixi_toml(f"[workspace]\n\n[{table}]\na = '*'\nb = {entry}\n", None, "linux-64")
    (problem,) = draft.problems
    assert words in problem.message
    assert problem.line == 5


@pytest.mark.parametrize("table", ["constraints", "system-requirements"])
def test_tables_without_a_counterpart_are_named(table):
    draft = read(f'[workspace]\n\n[{table}]\nx = "1"\n')
    assert [(w.place, w.line) for w in draft.warnings] == [(table, 3)]


PROJECT = """
[project]
name = "my_project"
requires-python = "~=3.10, !=3.11.*"
dependencies = ["package1", "numpy>=1"]

[project.optional-dependencies]
test = ["pytest"]
all = ["package2", "My.Project[test]"]
circle = ["my_project[circle,test]"]

[dependency-groups]
docs = ["sphinx", { include-group = "dev" }]
dev = [{ include-group = "docs" }, "ruff"]
"""


def test_what_a_project_needs():
    draft = read_pyproject(PROJECT, None, "linux-64")
    assert draft.problems == []
    assert draft.name == "my_project"
    assert draft.conda == ["python ~=3.10,!=3.11.*"]
    assert draft.pip == ["package1", "numpy>=1"]
    assert "test, all, circle, docs, dev" in draft.warnings[0].message
    assert "The project itself" in draft.warnings[1].message


def test_extras_and_groups_with_those_that_they_include():
    draft = read_pyproject(PROJECT, "all, dev,circle", "linux-64")
    assert draft.pip == ["package1", "numpy>=1", "package2", "pytest", "ruff", "sphinx", "pytest"]
    assert draft.text.count("pytest") == 1


@pytest.mark.parametrize(
    ("text", "environment", "words", "line"),
    [
        (PROJECT, "nothing", "no extra or dependency group named nothing", None),
        ('[project]\nname = "x"\ndynamic = ["dependencies"]\n', None, "are dynamic", 3),
        ('[tool.poetry]\n[tool.poetry.dependencies]\na = "^1"\n', None, "only Poetry", 2),
        ('[project]\nname = "x"\ndependencies = ["a=1"]\n', None, "Invalid pypi package", 3),
    ],
)
def test_what_a_project_does_not_tell(text, environment, words, line):
    (problem,) = read_pyproject(text, environment, "linux-64").problems
    assert words in problem.message
    assert problem.line == line


def test_bounds_on_python_that_are_none():
    text = '[project]\nname = "x"\nrequires-python = "^3.9"\ndependencies = ["a"]\n'
    draft = read_pyproject(text, None, "linux-64")
    assert draft.conda == ["python"]
    assert draft.warnings[1].line == 3


def test_a_project_with_a_workspace_of_pixi_s():
    text = (
        PROJECT
        + """
[tool.pixi.workspace]
channels = ["conda-forge"]
platforms = ["linux-64"]

[tool.pixi.dependencies]
NumPy = ">=2"

[tool.pixi.pypi-dependencies]
my-project = { path = ".", editable = true }

[tool.pixi.environments]
test = ["test"]
"""
    )
    draft = read_pyproject(text, "test", "linux-64")
    assert draft.problems == []
    assert draft.name == "my_project-test"
    # conda's package counts, not pip's of that name.
    assert draft.conda == ["python ~=3.10,!=3.11.*", "NumPy>=2"]
    assert draft.pip == ["pytest", "package1"]
    assert "The project itself" in draft.warnings[0].message
    with_python = text.replace("NumPy =", 'python = "3.12.*"\nNumPy =')
    assert read_pyproject(with_python, "test", "linux-64").conda == ["python 3.12.*", "NumPy>=2"]


def test_what_is_no_toml_is_told_with_its_place():
    with pytest.raises(InvalidInput) as raised:
        read_pixi_toml("[workspace]\n\nchannels == []\n", None, "linux-64")
    (problem,) = raised.value.problems
    assert problem.message.startswith("Unable to parse. Invalid TOML")
    assert problem.line == 3
    with pytest.raises(InvalidInput, match="nested too deeply"):
        read_pixi_toml("a = " + "[" * 100_000, None, "linux-64")


_KEYS = st.sampled_from(
    sorted(
        {key for text in (PIXI, PROJECT) for key in re.findall(r"[\w-]+", text)}
        | {"project", "path", "dynamic", "default", "scripts"}
    )
)
_TABLES = st.recursive(
    st.sampled_from([-1, 3, True, 1.5, "", "*", "x", ">=1", "1.2", "."]),
    lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(_KEYS, below, max_size=5)),
    max_leaves=25,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(_KEYS, _TABLES, max_size=8), st.sampled_from([None, "x", "default", "x,name"])
)
def test_tables_of_any_shape_are_read_or_told_of(document, environment):
    read_manifest(Manifest(document, {}, (), ProjectNeeds(document)), environment, "linux-64")
