from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_envstore.domain.errors import InvalidInput, Problem
from jupyter_envstore.domain.specification import (
    KNOWN_KEYS,
    Specification,
    from_model,
    locate,
    parse_specification,
)
from jupyter_envstore.domain.yaml_text import Span

GEO = """\
name: geo
channels:
  - conda-forge
  - https://example.org/mine
dependencies:
  - python=3.11.*
  - gdal>=3.8,<4
  - pip:
    - flask>=3
    - --extra-index-url https://example.org/simple
variables:
  CONDA_OVERRIDE_CUDA: "12.0"
  THREADS: 4
"""


def check(match_spec):
    """Stand in for the engine: whatever begins with ``bad`` is wrong."""
    return "it is bad." if match_spec.startswith("bad") else None


def problems_of(text):
    with pytest.raises(InvalidInput) as invalid:
        parse_specification(text, check_match_spec=check)
    return invalid.value.problems


def the_problem(text):
    (problem,) = problems_of(text)
    return problem


def the_warning(text):
    (warning,) = parse_specification(text).warnings
    return warning


# -- what is read --------------------------------------------------------------------------------


def test_everything_that_a_specification_has():
    read = parse_specification(GEO, check_match_spec=check)
    assert read.name == "geo"
    assert read.channels == ("conda-forge", "https://example.org/mine")
    assert read.match_specs == ("python=3.11.*", "gdal>=3.8,<4")
    assert read.pip == ("flask>=3", "--extra-index-url https://example.org/simple")
    assert read.variables == {"CONDA_OVERRIDE_CUDA": "12.0", "THREADS": 4}
    assert read.description == ""
    assert read.prefix is None
    assert read.text == GEO
    assert read.warnings == ()
    assert read.spans["dependencies[1]"] == Span(7, 5, 7, 17)
    assert read.spans["dependencies[2].pip[0]"] == Span(9, 7, 9, 15)


def test_json_is_the_same_specification():
    read = parse_specification(GEO)
    again = parse_specification(json.dumps(read.model, indent=1))
    assert again.model == read.model
    assert again.content_id == read.content_id


def test_name_alone_is_enough():
    assert parse_specification("name: a").model == Specification("a").model


def test_several_pip_sections_keep_their_order():
    text = "name: a\ndependencies: [{pip: [b, a]}, python, {pip: [c]}]\n"
    read = parse_specification(text)
    assert read.pip == ("b", "a", "c")
    assert read.dependencies == ({"pip": ["b", "a"]}, "python", {"pip": ["c"]})


@pytest.mark.parametrize("text", ["name: a", "name: a\nchannels: []\n"])
def test_default_channels_are_for_who_names_none(text):
    read = parse_specification(text)
    assert read.with_default_channels(("conda-forge",)).channels == ("conda-forge",)
    own = parse_specification("name: a\nchannels: [mine]\n")
    assert own.with_default_channels(("conda-forge",)) is own


def test_the_stored_model_is_the_specification():
    read = parse_specification(GEO)
    stored = json.loads(json.dumps(read.model))
    again = from_model(stored, read.text)
    assert again.model == read.model
    assert (again.sha256, again.content_id) == (read.sha256, read.content_id)
    assert (again.match_specs, again.pip, again.text) == (read.match_specs, read.pip, GEO)


def test_a_null_description_is_not_an_empty_one():
    """conda-store hashes them differently."""
    null, empty = (parse_specification(f"name: a\ndescription: {d}") for d in ("null", '""'))
    assert (null.description, empty.description) == (None, "")
    assert null.sha256 != empty.sha256


# -- what is remarked ---------------------------------------------------------------------------


def test_unknown_keys_are_named_and_left_out():
    text = "name: a\nplatforms: [linux-64]\n"
    warning = the_warning(text)
    assert "'platforms'" in warning.message
    assert (warning.line, warning.column, warning.place) == (2, 1, "platforms")
    assert parse_specification(text).model == parse_specification("name: a").model


def test_nodefaults_is_dropped_with_a_note():
    text = "name: a\nchannels: [conda-forge, nodefaults]\n"
    assert parse_specification(text).channels == ("conda-forge",)
    assert (the_warning(text).line, the_warning(text).place) == (2, "channels[1]")


def test_defaults_stay_for_the_build_to_expand():
    assert parse_specification("name: a\nchannels: [defaults]\n").channels == ("defaults",)


def test_unknown_sections_among_the_dependencies_are_named():
    text = "name: a\ndependencies:\n  - npm: [left-pad]\n    pip: [flask]\n"
    assert the_warning(text).place == "dependencies[0].npm"
    assert parse_specification(text).pip == ("flask",)


# -- secrets --------------------------------------------------------------------------------------

SECRET = """\
name: a
description: made with https://ada:hunter2@example.org
channels:
  - https://ada:hunter2@example.org/mine
  - https://example.org/t/hunter2/yours  # https://ada:hunter2@example.org
dependencies:
  - https://ada:hunter2@example.org/linux-64/x-1-0.conda
  - pip:
    - --index-url https://ada:hunter2@example.org/simple
    - x @ https://ada:hunter2@example.org/x.whl
prefix: https://ada:hunter2@example.org
variables:
  PIP_INDEX_URL: https://ada:hunter2@example.org/simple
https://ada:hunter2@example.org: unknown
"""


def test_no_secret_is_kept_anywhere():
    read = parse_specification(SECRET)
    assert "hunter2" not in repr(read)
    assert read.channels == ("https://example.org/mine", "https://example.org/yours")
    assert read.variables == {"PIP_INDEX_URL": "https://example.org/simple"}
    assert read.pip == ("--index-url https://example.org/simple", "x @ https://example.org/x.whl")
    assert read.text == SECRET.replace("ada:hunter2@", "").replace("/t/hunter2", "")
    warned = {warning.line for warning in read.warnings}
    assert warned == {2, 4, 5, 7, 9, 10, 11, 13, 14}, "everyone is told where"


def test_no_secret_is_repeated_in_a_problem():
    text = (
        "name: a\n"
        "dependencies:\n"
        "  - bad https://ada:hunter2@example.org\n"
        "  - pip:\n"
        "    - https://ada:hunter2@example.org/x.whl\n"
    )
    problems = problems_of(text)
    assert len(problems) == 2
    assert "hunter2" not in repr(problems)


def test_a_secret_in_escapes_is_refused():
    problem = the_problem('name: a\nchannels: ["https://ada:hunter2\\x40example.org"]')
    assert (problem.place, problem.line) == ("channels[0]", 2)


# -- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "- a", "hello", "5", "null", "[]", "# nothing"])
def test_not_a_mapping(text):
    problem = the_problem(text)
    assert problem.message.startswith("Input should be a valid dictionary")
    assert (problem.line, problem.column) == (1, 1)
    assert "name, channels, dependencies" in problem.hint


def test_a_missing_name_in_conda_stores_words():
    assert the_problem("channels: []").message == "Field required (type=missing, loc=('name',))"


@pytest.mark.parametrize("key", ["channels", "dependencies"])
@pytest.mark.parametrize("value", ["x", "5", "null", "{a: b}"])
def test_a_list_must_be_one(key, value):
    problem = the_problem(f"name: a\n{key}: {value}\n")
    assert problem.message == f"Input should be a valid list ({key})"
    assert problem.line == 2


@pytest.mark.parametrize(
    ("line", "reason", "hint"),
    [
        ("flask==", "Invalid pypi package dependency", "flask>=3"),
        ("https://example.org/x.whl", "Invalid pypi", "name @ https://example.org/x.whl"),
        ("git+https://example.org/x", "Invalid pypi", "name @ https://github.com/OWNER"),
        ("x @ git+https://example.org/x@v1", "x would come from a repository", "x @ https://"),
        ("x[a] @ hg+http://example.org/x", "x would come from a repository", "x @ https://"),
        ("-r requirements.txt", "Invalid pip option", "Remove the option"),
        ("--pre", "Invalid pip option", "Remove the option"),
    ],
)
def test_pip_lines(line, reason, hint):
    problem = the_problem(f"name: a\ndependencies:\n  - pip:\n    - {line}\n")
    assert reason in problem.message
    assert hint in problem.hint
    assert (problem.line, problem.column) == (4, 7)


@pytest.mark.parametrize(
    "line",
    ["flask", "flask[async]>=3,<4", 'x; python_version > "3"', "x @ https://example.org/x.whl",
     "--index-url https://h", "--extra-index-url=https://h", "--trusted-host h"],
)  # fmt: skip
def test_pip_lines_that_are_right(line):
    text = json.dumps({"name": "a", "dependencies": [{"pip": [line]}]})
    assert parse_specification(text).pip == (line,)


@pytest.mark.parametrize(
    ("variable", "reason"),
    [
        ("A: 1.5", "text or a whole number"),
        ("A: true", "text or a whole number"),
        ("A: null", "text or a whole number"),
        ("A: [1]", "text or a whole number"),
        ('A: "\\0"', "text or a whole number"),
        ("1A: x", "cannot be the name"),
        ("'A=B': x", "cannot be the name"),
        ("'': x", "cannot be the name"),
    ],
)
def test_variables(variable, reason):
    problem = the_problem(f"name: a\nvariables:\n  {variable}\n")
    assert reason in problem.message
    assert problem.line == 3


def test_a_match_spec_is_one_line():
    problem = the_problem('name: a\ndependencies: ["numpy\\nscipy"]')
    assert "must be one line" in problem.message


def test_the_channel_local_is_refused():
    problem = the_problem("name: a\nchannels: [local]\n")
    assert (problem.place, problem.line) == ("channels[0]", 2)
    assert "file://" in problem.hint


# -- all problems at once, each at its place -----------------------------------------------------
#
# A document is generated section by section. Each line comes with the faults that it has:
# (column, place), or nothing.

RIGHT = ["numpy", "'python=3.11.*'", '"é😀"', "pip"]
NOT_TEXT = ["3.11", "true", "null", "[a]", "{}", "''"]


def items(section, right, wrong):
    """Lists of lines below a section, as (text, is wrong)."""
    line = st.sampled_from([(item, False) for item in right] + [(item, True) for item in wrong])
    return st.lists(line, min_size=1, max_size=5).map(
        lambda chosen: [
            (f"  - {item}", (5, f"{section}[{index}]") if wrong else None)
            for index, (item, wrong) in enumerate(chosen)
        ]
    )


channel_lines = items("channels", ["conda-forge", "https://example.org/x"], ["local", *NOT_TEXT])
dependency_lines = items("dependencies", RIGHT, ["bad", '"a\\nb"', *NOT_TEXT[:3]])
variable_lines = st.sampled_from(
    [
        [("  A: x", None)],
        [("  A: 5", None), ("  B: 5.5", (6, "variables.B"))],
        [("  2A: x", (3, "variables.2A")), ("  B: ~", (6, "variables.B"))],
    ]
)


@st.composite
def sections(draw):
    """Return the sections of a document, as lists of (line, fault)."""
    name, wrong = draw(
        st.sampled_from([("geo", False), ("a b", True), ("2024", True), ("..", True)])
    )
    made = [[(f"name: {name}", (7, "name") if wrong else None)]]
    if draw(st.booleans()):
        made.append([("channels:", None), *draw(channel_lines)])
    if draw(st.booleans()):
        lines = draw(dependency_lines)
        place = f"dependencies[{len(lines)}].pip"
        pip = draw(st.lists(st.sampled_from([("flask", False), ("-e .", True), ("5", True)])))
        if pip:
            lines.append(("  - pip:", None))
        for index, (item, wrong) in enumerate(pip):
            lines.append((f"    - {item}", (7, f"{place}[{index}]") if wrong else None))
        made.append([("dependencies:", None), *lines])
    if draw(st.booleans()):
        made.append([("variables:", None), *draw(variable_lines)])
    if draw(st.booleans()):
        made.append([("description: 5", (14, "description"))])
    if draw(st.booleans()):
        made.append([("platforms: [linux-64]", None)])
    return draw(st.permutations(made))


fillers = st.lists(st.sampled_from(["", "# a comment: [", "   "]), max_size=2)


@given(st.data(), sections(), st.sampled_from(["\n", "\r\n"]))
def test_every_fault_is_reported_at_its_place_and_nothing_else(data, made, line_end):
    lines, expected = [], set()
    for section in made:
        for line, fault in section:
            lines += data.draw(fillers)
            lines.append(line)
            if fault:
                expected.add((len(lines), *fault))
    text = line_end.join(lines) + line_end
    try:
        parse_specification(text, check_match_spec=check)
        found = set()
    except InvalidInput as invalid:
        found = {(p.line, p.column, p.place) for p in invalid.problems}
    assert found == expected


# -- any text ------------------------------------------------------------------------------------

documents = st.dictionaries(
    st.sampled_from(KNOWN_KEYS) | st.text(max_size=3),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["pip", "A"]) | st.text(max_size=3), inner, max_size=3
            )
        ),
        max_leaves=8,
    ),
)


@given(documents.map(json.dumps) | st.text())
def test_any_document_is_read_or_refused(text):
    try:
        read = parse_specification(text, check_match_spec=check)
    except InvalidInput:
        return
    stored = json.loads(json.dumps(read.model))
    assert from_model(stored).content_id == read.content_id
    read.text.encode()
    (read.description or "").encode()


# -- places for what the engine finds later ---------------------------------------------------


def test_problems_of_a_build_find_their_line():
    instead = ("gdal", "https://ann:secret@example.org/geo::gdal")
    found = locate(
        GEO,
        (
            Problem(
                *("No such package.", "dependencies[1]", "Look again."),
                instead=instead,
                missing="gdal",
            ),
        ),
    )
    public = ("gdal", "https://example.org/geo::gdal")
    assert found == (
        Problem("No such package.", "dependencies[1]", "Look again.", 7, 5, 7, 17, public, "gdal"),
    )


@pytest.mark.parametrize(
    ("text", "place"), [(GEO, "dependencies[9]"), (GEO, ""), ("a: [", "dependencies[1]")]
)
def test_problems_without_a_line_stay_as_they_are(text, place):
    problems = (Problem("No such package.", place),)
    assert locate(text, problems) == problems
