"""What is said of a pip section without a solution; the answers are those of uv 0.13."""

from __future__ import annotations

import pytest

from jupyter_envstore.engine.pip_section import read_pip_section
from jupyter_envstore.engine.uv_reasons import reason_of

_BEGIN = """Using Python 3.11.7 environment at: v
error: No solution found when resolving dependencies
  cause: """
_END = "we can conclude that your requirements are unsatisfiable."
_UNUSED = "we can conclude that all versions of {0} cannot be used.\n         And because"


@pytest.mark.parametrize(
    ("lines", "answer", "message", "places", "instead"),
    [
        (
            ["numpyy==1"],
            "Because numpyy was not found in the package registry and you require numpyy==1, ",
            "PyPI has no package named 'numpyy', but the pip section asks for 'numpyy==1'.",
            [0],
            [()],
        ),
        (
            ["fine", "other"],
            (
                "Because nonesuch was not found in the package registry and all versions of other "
                f"depend on nonesuch>=2, {_UNUSED.format('other')} you require other, "
            ),
            "other needs nonesuch>=2, but PyPI has no package named 'nonesuch'.",
            [1],
            [()],
        ),
        (
            ["Greeter == 9.9"],
            "Because there is no version of greeter==9.9 and you require greeter==9.9, ",
            "PyPI has no such version of greeter, but the pip section asks for 'Greeter == 9.9'.",
            [0],
            [("Greeter",)],
        ),
        (
            ["greeter[x]>=9,<10"],
            "Because only greeter[x]<=1.3 is available and you require greeter[x]>=9,<10, ",
            "PyPI has only greeter[x]<=1.3, but the pip section asks for 'greeter[x]>=9,<10'.",
            [0],
            [("greeter[x]",)],
        ),
        (
            ["greeter!=1.2,!=1.3"],
            (
                "Because only the following versions of greeter are available:\n"
                "             greeter==1.2\n             greeter==1.3\n"
                "         and you require one of:\n             greeter<1.2\n"
                "             greeter>1.2,<1.3\n             greeter>1.3\n         "
            ),
            (
                "PyPI has only greeter==1.2, greeter==1.3, but the pip section asks for "
                "'greeter!=1.2,!=1.3'."
            ),
            [0],
            [("greeter",)],
        ),
        (
            ["a"],
            (
                "Because only helper>=1.0 is available and all versions of a depend on helper<1, "
                f"{_UNUSED.format('a')} you require a, "
            ),
            "a needs helper<1, but PyPI has only helper>=1.0.",
            [0],
            [()],
        ),
        (
            ["greeter", "fine", "helper==1.0"],
            (
                "Because all versions of greeter depend on helper>=2 and you require greeter, we "
                "can conclude that you require helper>=2.\n"
                "         And because you require helper==1.0, "
            ),
            "'greeter' and 'helper==1.0' cannot be installed together: greeter needs helper>=2.",
            [0, 2],
            [(), ("helper",)],
        ),
        (
            ["b", "greeter"],
            (
                "Because all versions of greeter depend on helper>=2 and all versions of b depend "
                "on helper==1.0, we can conclude that all versions of b and all versions of "
                "greeter are incompatible.\n         And because you require b and greeter, "
            ),
            (
                "'b' and 'greeter' cannot be installed together: greeter needs helper>=2, and b "
                "needs helper==1.0."
            ),
            [0, 1],
            [(), ()],
        ),
        (
            ["winny"],
            (
                "Because winny==1.0 has no wheels with a matching platform tag (e.g., "
                "`manylinux_2_36_x86_64`) and only winny==1.0 is available, "
                f"{_UNUSED.format('winny')} you require winny, "
            ),
            "winny has no file for this platform and its version of Python.",
            [0],
            [()],
        ),
        (
            ["new==2"],
            (
                "Because the current Python version (3.11.7) does not satisfy Python>=3.12 and "
                f"new==2 depends on Python>=3.12, {_UNUSED.format('new')} you require new==2, "
            ),
            "new needs Python>=3.12, but conda installed 3.11.7.",
            [0],
            [("new",)],
        ),
    ],
)
def test_the_cause_is_said_in_plain_words_at_its_line(
    monkeypatch: pytest.MonkeyPatch,
    lines: list[str],
    answer: str,
    message: str,
    places: list[int],
    instead: list[tuple[str, ...]],
) -> None:
    monkeypatch.delenv("UV_INDEX", raising=False)
    all_places = [f"dependencies[1].pip[{number}]" for number in range(len(lines))]
    reason = reason_of(f"{_BEGIN}{answer}{_END}\n", read_pip_section(lines, all_places))
    assert reason is not None
    assert reason.message == message
    assert [problem.place for problem in reason.problems] == [all_places[n] for n in places]
    assert [problem.instead for problem in reason.problems] == instead
    assert {(p.message, p.hint) for p in reason.problems} == {(message, reason.hint)}


def test_another_index_is_not_called_pypi() -> None:
    section = read_pip_section(["--index-url https://example.org/simple", "x"])
    told = f"{_BEGIN}Because x was not found in the package registry and you require x, {_END}"
    reason = reason_of(told, section)
    assert reason is not None
    assert reason.message == "The package index has no package named 'x'."


def test_what_is_not_understood_stays_as_it_is() -> None:
    assert reason_of("error: Failed to build x", read_pip_section(["x"])) is None
    assert reason_of(f"{_BEGIN}Because of the moon, {_END}", read_pip_section(["x"])) is None
