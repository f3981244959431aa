"""The environment.yml of a finished build."""

from __future__ import annotations

from jupyter_envstore.domain.build import PackageRow
from jupyter_envstore.domain.pinned import pinned_environment
from jupyter_envstore.domain.specification import Specification, parse_specification

ROWS = (
    PackageRow("numpy", "1.26.4", "py312_0", "https://example.org/c"),
    PackageRow("_libgcc_mutex", "0.1", "conda_forge", "https://example.org/c"),
    PackageRow("Flask", "3.0.0", "pypi", "https://pypi.example.org/simple", manager="pip"),
)


def test_packages_are_pinned_and_what_was_asked_for_is_kept():
    specification = Specification(
        name="data",
        channels=("b", "a"),
        dependencies=("numpy", "pip"),
        variables={"DEBUG": "no", "LEVEL": 3},
    )
    text = pinned_environment(specification, ROWS)
    assert text == (
        "name: data\n"
        "channels:\n- b\n- a\n"
        "dependencies:\n"
        "- _libgcc_mutex=0.1=conda_forge\n"
        "- numpy=1.26.4=py312_0\n"
        "- pip:\n  - Flask==3.0.0\n"
        "variables:\n  DEBUG: 'no'\n  LEVEL: 3\n"
    )
    again = parse_specification(text)
    assert (again.name, again.channels, again.variables) == (
        specification.name,
        specification.channels,
        specification.variables,
    )


def test_an_empty_build():
    specification = Specification(name="empty", channels=("a",), dependencies=())
    text = pinned_environment(specification, ())
    assert text == "name: empty\nchannels:\n- a\ndependencies: []\n"
