"""What administrators decide about specifications, applied in conda-store's order."""

from __future__ import annotations

import json

import pytest

from jupyter_envstore.domain.errors import InvalidInput
from jupyter_envstore.domain.policies import Reader, apply, check, policies_of, requirement_name
from jupyter_envstore.domain.settings import Settings
from jupyter_envstore.domain.specification import from_model, parse_specification
from jupyter_envstore.engine.match_specs import match_spec_channel, match_spec_name

FORGE = "https://conda.anaconda.org/conda-forge"


def resolve(names):
    return tuple(
        name.rstrip("/") if "://" in name else f"https://conda.anaconda.org/{name}"
        for name in names
    )


READER = Reader(match_spec_name, match_spec_channel, resolve)


def apply_to(given, **settings):
    """Apply policies to a specification, which is given as text or as a mapping."""
    text = given if isinstance(given, str) else json.dumps({"name": "env", **given})
    return apply(parse_specification(text), policies_of(Settings("/s", **settings)), READER)


def problems_of(given, **settings):
    with pytest.raises(InvalidInput) as refused:
        apply_to(given, **settings)
    return refused.value.problems


def messages(specification):
    return [warning.message for warning in specification.warnings]


# -- what is added ------------------------------------------------------------------------------


def test_without_channels_the_default_ones_are_taken():
    applied = apply_to({}, conda_default_channels=("mine", "other"))
    assert applied.channels == ("mine", "other")
    assert apply_to({"channels": ["x"]}, conda_default_channels=("mine",)).channels == ("x",)


def test_default_packages_are_for_specifications_that_name_none_of_their_kind():
    settings = {"conda_default_packages": ("python", "pip"), "pypi_default_packages": ("flask",)}
    applied = apply_to({}, **settings)
    assert applied.dependencies == ({"pip": ["flask"]}, "python", "pip")
    assert messages(applied) == [
        "flask was added by pypi_default_packages.",
        "python was added by conda_default_packages.",
        "pip was added by conda_default_packages.",
    ]
    applied = apply_to({"dependencies": ["r-base"]}, **settings)
    assert applied.dependencies == ("r-base", {"pip": ["flask"]})
    applied = apply_to({"dependencies": [{"pip": ["django"]}]}, **settings)
    assert applied.dependencies == ({"pip": ["django"]}, "python", "pip")


def test_options_alone_are_no_packages_of_a_pip_section():
    given = {"dependencies": [{"pip": ["--index-url https://example.org/simple"]}]}
    applied = apply_to(given, pypi_default_packages=("flask",))
    assert applied.pip == ("--index-url https://example.org/simple", "flask")


@pytest.mark.parametrize(
    "there", ["ipykernel", "ipykernel>=6", "conda-forge::ipykernel", "IPyKernel=6.29.*=py_0"]
)
def test_an_included_package_that_is_named_is_not_added_again(there):
    applied = apply_to({"dependencies": [there]}, conda_included_packages=("ipykernel>=5",))
    assert applied.dependencies == (there,)
    assert applied.warnings == ()


def test_an_included_package_is_added_and_told():
    applied = apply_to({"dependencies": ["numpy"]}, conda_included_packages=("ipykernel>=6",))
    assert applied.dependencies == ("numpy", "ipykernel>=6")
    assert messages(applied) == ["ipykernel>=6 was added by conda_included_packages."]
    assert "administrator" in applied.warnings[0].hint


def test_pip_packages_are_told_apart_by_their_normalised_names():
    given = {"dependencies": ["python", {"pip": ["Typing_Extensions>=4", "flask"]}]}
    applied = apply_to(given, pypi_included_packages=("typing.extensions", "Django[argon2]"))
    assert applied.pip == ("Typing_Extensions>=4", "flask", "Django[argon2]")
    assert requirement_name("--trusted-host example.org") is None


def test_what_was_sent_is_not_changed():
    sent = parse_specification("name: env\ndependencies: [numpy, {pip: [flask]}]\n")
    before = json.dumps(sent.model)
    settings = Settings("/s", conda_included_packages=("a",), pypi_included_packages=("b",))
    applied = apply(sent, policies_of(settings), READER)
    assert json.dumps(sent.model) == before
    assert applied.text == sent.text
    assert applied.sha256 != sent.sha256


def test_credentials_of_the_administrator_are_not_added():
    applied = apply_to(
        {},
        conda_default_channels=("https://u:p@h/t/secret/c",),
        pypi_included_packages=("x @ https://u:p@h/x-1.tar.gz",),
    )
    assert applied.channels == ("https://h/c",)
    assert "u:p" not in json.dumps(applied.model)
    assert not [message for message in messages(applied) if "u:p" in message]


# -- what is demanded ---------------------------------------------------------------------------


def test_missing_packages_are_named():
    settings = {
        "conda_required_packages": ("ipykernel>=6", "numpy", "pandas"),
        "pypi_required_packages": ("flask",),
    }
    pypi, conda = problems_of("name: env\ndependencies:\n- pandas\n", **settings)
    assert conda.message == (
        "Conda packages {'ipykernel>=6', 'numpy'} required and missing from specification"
    )
    assert pypi.message == "PyPi packages {'flask'} required and missing from specification"
    assert "Add ipykernel>=6, numpy" in conda.hint
    assert (conda.place, conda.line) == ("dependencies", 3)


def test_what_is_included_is_not_missing():
    applied = apply_to(
        {},
        conda_required_packages=("ipykernel", "python"),
        conda_default_packages=("python",),
        conda_included_packages=("ipykernel",),
    )
    assert applied.match_specs == ("python", "ipykernel")


# -- what is allowed ----------------------------------------------------------------------------

ALLOWED = {"conda_allowed_channels": ("conda-forge", "https://h/private/")}


@pytest.mark.parametrize(
    "given",
    [
        {"channels": ["conda-forge", "https://h/private"]},
        {"channels": [f"{FORGE}/"]},
        {},
        {"dependencies": ["conda-forge::numpy", f"{FORGE}::numpy", "numpy[channel=conda-forge]"]},
        {"dependencies": ["conda-forge/linux-64::numpy", "https://h/private/noarch/x-1-0.conda"]},
    ],
)
def test_allowed_channels_may_be_named_anywhere(given):
    assert apply_to(given, **ALLOWED).warnings == ()


@pytest.mark.parametrize("channel", ["defaults", "conda-forge/label/dev", "https://h/privat"])
def test_a_channel_that_is_not_allowed_is_refused_where_it_stands(channel):
    text = f"name: env\nchannels:\n- conda-forge\n- {channel}\n"
    (problem,) = problems_of(text, **ALLOWED)
    (url,) = resolve([channel])
    assert problem.message == f"Conda channels {{'{url}'}} not allowed in specification"
    assert (problem.place, problem.line) == ("channels[1]", 4)
    assert FORGE in problem.hint


@pytest.mark.parametrize(
    "match_spec",
    [
        "other::numpy",
        "other/linux-64::numpy>=1",
        "other::numpy[build=py_*]",
        "numpy[channel=other]",
        "conda-forge::numpy[channel=other]",
        "https://evil/c::numpy",
        "https://evil/c/linux-64/numpy-1.0-0.conda",
        "numpy[url='https://evil/c/noarch/numpy-1.0-0.tar.bz2']",
        "https://h/private/../other/noarch/numpy-1.0-0.conda",
        "https://h/private/noarch/..%2f..%2fother/numpy-1.0-0.conda",
        "file:///tmp/numpy-1.0-0.conda",
    ],
)
def test_a_match_spec_cannot_get_past_the_allowed_channels(match_spec):
    given = {"channels": ["conda-forge"], "dependencies": ["python", match_spec]}
    (problem,) = problems_of(given, **ALLOWED)
    assert problem.place == "dependencies[1]"
    assert "not allowed in specification" in problem.message


def test_default_channels_have_to_be_allowed_too():
    (problem,) = problems_of({}, conda_default_channels=("mine",), **ALLOWED)
    assert problem.place == "channels[0]"
    assert problem.line is None


def test_all_that_is_wrong_is_told_at_once():
    found = problems_of(
        {"channels": ["a", "b"], "dependencies": ["c::x"]},
        conda_required_packages=("y",),
        **ALLOWED,
    )
    assert [problem.place for problem in found] == [
        "channels[0]",
        "channels[1]",
        "dependencies[0]",
        "dependencies",
    ]


def test_a_specification_from_earlier_is_checked_and_not_changed():
    earlier = from_model(
        {
            "channels": ["other"],
            "dependencies": ["numpy"],
            "description": "",
            "name": "env",
            "prefix": None,
            "variables": None,
        }
    )
    check(earlier, policies_of(Settings("/s", conda_included_packages=("x",))), READER)
    with pytest.raises(InvalidInput, match="not allowed"):
        check(earlier, policies_of(Settings("/s", **ALLOWED)), READER)


def test_the_packages_of_a_lock_are_subject_to_the_same_rules():
    """A lock names each package by its URL, which says both its name and its channel."""
    urls = (f"{FORGE}/noarch/ipykernel-6.29-py_0.conda", f"{FORGE}/linux-64/python-3.12-1.conda")
    locked = parse_specification(json.dumps({"name": "env", "dependencies": urls}))
    rules = {"conda_required_packages": ("ipykernel",), "conda_default_packages": ("x",)}
    applied = apply(locked, policies_of(Settings("/s", **rules, **ALLOWED)), READER)
    assert applied.dependencies == urls
    elsewhere = json.dumps(
        {"name": "env", "dependencies": ["https://evil/c/noarch/ipykernel-6-0.conda"]}
    )
    (problem,) = problems_of(elsewhere, **rules, **ALLOWED)
    assert problem.message.startswith("Conda channels {'https://evil/c'} not allowed")
