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


WHEEL = "https://example.org/w/greeter-1.0-py3-none-any.whl"
DIGEST = "a" * 64


def pip_rows(*urls: str) -> tuple[PackageRow, ...]:
    return tuple(
        PackageRow(f"p{n}", "1.0", "pypi", "pypi", url=url, sha256=DIGEST, manager="pip")
        for n, url in enumerate(urls)
    )


def pinned_pip(specification: Specification, rows: tuple[PackageRow, ...]) -> tuple[str, ...]:
    return parse_specification(pinned_environment(specification, rows)).pip


def test_options_of_the_pip_section_are_kept_and_archives_named_with_their_hashes():
    section = ["--index-url https://i.example.org/simple", "P0[extra] @ https://any", "p1", "p2"]
    specification = Specification(name="a", channels=("c",), dependencies=({"pip": section},))
    rows = pip_rows(WHEEL, WHEEL, "file:///home/ada/p2.whl", f"{WHEEL}#subdirectory=s")
    assert pinned_pip(specification, rows) == (
        section[0],
        f"p0 @ {WHEEL}#sha256={DIGEST}",
        "p1==1.0",
        "p2==1.0",
        "p3==1.0",
    )


def test_a_lockfiles_packages_from_elsewhere_than_pypi_are_named_by_their_archives():
    specification = Specification(name="a").as_lockfile(None)
    rows = pip_rows(
        f"{WHEEL}#subdirectory=s",
        "https://files.pythonhosted.org/packages/p1-1.0.tar.gz",
        "file:///home/ada/p2.whl",
    )
    assert pinned_pip(specification, rows) == (
        f"p0 @ {WHEEL}#subdirectory=s&sha256={DIGEST}",
        "p1==1.0",
        "p2==1.0",
    )


def test_a_file_of_this_machine_is_not_named():
    section = {"pip": ["p0 @ file:///home/ada/p0.whl"]}
    specification = Specification(name="a", dependencies=(section,))
    assert pinned_pip(specification, pip_rows("file:///home/ada/p0.whl")) == ("p0==1.0",)


def test_an_empty_build():
    specification = Specification(name="empty", channels=("a",), dependencies=())
    text = pinned_environment(specification, ())
    assert text == "name: empty\nchannels:\n- a\ndependencies: []\n"
