"""The pip section: on top of conda's packages, never in place of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_envstore.domain.build import Phase
from jupyter_envstore.domain.events import PhaseEntered
from jupyter_envstore.engine.pip_section import read_pip_section

from .http_channel import HttpChannel
from .running import Outcome, Workshop
from .simple_index import add_wheel
from .tiny_channel import TinyChannel

PIP = "dependencies[9].pip"
"""Where the pip section of the orders is."""


@pytest.fixture
def index(tmp_path: Path, workshop: Workshop, local_channel: str) -> Iterator[Path]:
    """The directory of an index; the workshop's orders name it by `index_option`."""
    root = tmp_path / "index"
    root.mkdir()
    workshop.channels = (*workshop.channels, local_channel)
    with HttpChannel(root).serve() as http:
        (root / "url").write_text(f"--index-url {http.url}/simple")
        yield root


def build(
    workshop: Workshop, index: Path, *lines: str, conda: tuple[str, ...] = ("python",)
) -> Outcome:
    pip = ((index / "url").read_text(), *lines)
    places = tuple(f"{PIP}[{number}]" for number in range(len(pip)))
    return workshop.build(*conda, pip=pip, pip_places=places)


def test_packages_are_installed_and_listed(
    index: Path, workshop: Workshop, tiny: TinyChannel
) -> None:
    tiny.add("unrelated")
    digest = add_wheel(index, "greeter", "1.2", requires=("helper>=1",))
    add_wheel(index, "helper", "1.0")
    outcome = build(workshop, index, "greeter")
    assert outcome.finished
    assert Phase.PYPI in [event.phase for event in outcome.of(PhaseEntered)]
    python = outcome.prefix / "bin/python"
    done = subprocess.run([python, "-c", "import greeter, helper"], check=False)
    assert done.returncode == 0

    rows = json.loads((Path(outcome.order.directory) / "packages.json").read_text())
    by_name = {row["name"]: row for row in rows if row["manager"] == "pip"}
    assert set(by_name) == {"greeter", "helper"}
    greeter = by_name["greeter"]
    assert (greeter["version"], greeter["summary"]) == ("1.2", "A greeter")
    assert greeter["sha256"] == digest
    assert greeter["url"].endswith("/greeter-1.2-py3-none-any.whl")
    assert greeter["channel"].endswith("/simple")
    assert [greeter["requested"], by_name["helper"]["requested"]] == [True, False]
    lock = json.loads(Path(outcome.order.lock_artifact).read_text())
    (locked,) = [p for p in lock["package"] if p["name"] == "greeter"]
    assert (locked["manager"], locked["hash"]) == ("pip", {"sha256": digest})
    installed = outcome.prefix.glob("lib/python*/site-packages/greeter.py")
    assert [path.stat().st_mode & 0o222 for path in installed] == [0]
    assert list(outcome.prefix.glob("lib/python*/site-packages/__pycache__/greeter.*.pyc"))


def test_a_package_of_conda_is_never_replaced(
    index: Path, workshop: Workshop, tiny: TinyChannel
) -> None:
    tiny.add("unrelated")
    add_wheel(index, "idna", "0.1")
    add_wheel(index, "needy", "1.0", requires=("idna<1",))
    for line, who in (("idna==0.1", "asks for"), ("needy", "needs")):
        outcome = build(workshop, index, line, conda=("python", "idna"))
        assert outcome.refused.kind == "conflict"
        conda_version = outcome.refused.message.rpartition(" ")[2].rstrip(".")
        expected = {"dependencies[1]": ()}
        if who == "asks for":
            expected[f"{PIP}[1]"] = (f"idna=={conda_version}", "idna")
        assert {p.place: p.instead for p in outcome.refused.problems} == expected
        assert f"The pip section {who} idna 0.1, but conda installed idna 3." in (
            outcome.refused.message
        )
        kept = outcome.prefix.glob("lib/python*/site-packages/idna-3*.dist-info")
        assert len(list(kept)) == 1


def test_what_conda_has_is_enough(index: Path, workshop: Workshop, tiny: TinyChannel) -> None:
    tiny.add("unrelated")
    add_wheel(index, "idna", "0.1")
    outcome = build(workshop, index, "idna", conda=("python", "idna"))
    assert outcome.finished
    rows = json.loads((Path(outcome.order.directory) / "packages.json").read_text())
    assert [row["name"] for row in rows if row["manager"] == "pip"] == []


def test_an_unknown_requirement_has_the_text_of_uv(
    index: Path, workshop: Workshop, tiny: TinyChannel
) -> None:
    tiny.add("unrelated")
    outcome = build(workshop, index, "nosuchthing")
    assert outcome.refused.kind == "pip"
    assert outcome.refused.message == "The package index has no package named 'nosuchthing'."
    assert [problem.place for problem in outcome.refused.problems] == [f"{PIP}[1]"]
    assert "nosuchthing" in (outcome.refused.explanation or "")
    assert "nosuchthing" in outcome.log


def test_what_cannot_be_resolved_is_said_at_its_line(
    index: Path, workshop: Workshop, tiny: TinyChannel
) -> None:
    tiny.add("unrelated")
    add_wheel(index, "greeter", "1.2", requires=("helper>=2",))
    add_wheel(index, "helper", "1.0")
    add_wheel(index, "helper", "2.0")
    for lines, said, places in (
        (("helper", "greeter>=9"), "has only greeter==1.2, but", [2]),
        (("helper", "greeter==9"), "has no such version of greeter, but", [2]),
        (
            ("greeter", "helper==1.0"),
            "cannot be installed together: greeter needs helper>=2",
            [1, 2],
        ),
    ):
        refused = build(workshop, index, *lines).refused
        assert refused.kind == "pip"
        assert said in refused.message
        assert [p.place for p in refused.problems] == [f"{PIP}[{n}]" for n in places]


def test_a_pip_section_needs_python(workshop: Workshop, tiny: TinyChannel) -> None:
    tiny.add("unrelated")
    outcome = workshop.build("unrelated", pip=("flask",))
    assert outcome.refused.kind == "pip"
    assert "python" in (outcome.refused.hint or "")


def test_pip_and_uv_are_told_to_keep_out(
    index: Path, workshop: Workshop, tiny: TinyChannel
) -> None:
    tiny.add("unrelated")
    add_wheel(index, "greeter", "1.2")
    outcome = workshop.build("python", "pip")
    assert outcome.finished
    python = outcome.prefix / "bin/python"
    option = (index / "url").read_text().split()
    uv = [sys.executable, "-m", "uv", "pip", "install", "--python", str(python), *option]
    for command in ([python, "-m", "pip", "install", *option, "greeter"], [*uv, "greeter"]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode != 0
        assert "add it to the specification of default/tiny" in " ".join(
            (done.stdout + done.stderr).split()
        )


def test_options_are_separated_from_requirements() -> None:
    section = read_pip_section(
        [
            "--index-url=https://ann:secret@pypi.example.org/simple",
            "--extra-index-url https://more.example.org/simple",
            "--trusted-host more.example.org",
            "Flask[async]>=3; python_version > '3'",
        ]
    )
    assert section.requirements == ("Flask[async]>=3; python_version > '3'",)
    assert section.names == {"flask"}
    assert section.options[0::2] == (
        "--default-index",
        "--extra-index-url",
        "--allow-insecure-host",
    )
    assert section.index == "https://pypi.example.org/simple"
