"""Whole builds by the real conda, mamba and micromamba, where a variable names one."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from jupyter_envstore.engine.tool_version import find_tool

from .running import Workshop
from .tiny_channel import PLACEHOLDER, TinyChannel

GIVEN = {
    "conda": "ENVSTORE_TEST_CONDA",
    "mamba": "ENVSTORE_TEST_MAMBA",
    "micromamba": "ENVSTORE_TEST_MICROMAMBA",
}


@pytest.fixture(params=GIVEN)
def tool(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The engine, and the path of the program."""
    variable = GIVEN[request.param]
    if variable not in os.environ:
        pytest.skip(f"{variable} does not name a {request.param}")
    return request.param, os.environ[variable]


def test_a_whole_build(tool: tuple[str, str], workshop: Workshop, tiny: TinyChannel) -> None:
    engine, executable = tool
    assert find_tool(engine, executable).engine == engine
    tiny.add("needed", "2.0", files={"share/needed": f"prefix={PLACEHOLDER}\n"})
    tiny.add("asked", depends=["needed >=2"], files={"bin/asked": "#!/bin/sh\n"})
    outcome = workshop.build("asked", engine=engine, engine_executable=executable)
    assert outcome.finished.packages
    assert set(outcome.rows) == {"asked", "needed"}
    assert (outcome.prefix / "share/needed").read_text() == f"prefix={outcome.prefix}\n"
    records = {path.name for path in (outcome.prefix / "conda-meta").glob("*-*.json")}
    assert records == {"asked-1.0-0.json", "needed-2.0-0.json"}
    assert (outcome.prefix / "conda-meta" / "frozen").is_file()
    assert {package["name"] for package in json.loads(outcome.lock)["package"]} == {
        "asked",
        "needed",
    }
    # The same packages once more come from the cache that all builds share.
    again = workshop.build("asked", engine=engine, engine_executable=executable)
    shared = Path("bin/asked")
    assert (again.prefix / shared).stat().st_ino == (outcome.prefix / shared).stat().st_ino


def test_what_cannot_be_solved_is_refused_with_its_line(
    tool: tuple[str, str], workshop: Workshop, tiny: TinyChannel
) -> None:
    engine, executable = tool
    tiny.add("there", "1.0")
    refused = workshop.build(
        "there >=2", engine=engine, engine_executable=executable, places=("dependencies[0]",)
    ).refused
    assert refused.kind == "unsatisfiable"
    assert "there" in refused.message
    assert not any((workshop.root / "default").glob("*"))


def test_a_link_script_that_fails_is_a_failed_build(
    tool: tuple[str, str], workshop: Workshop, tiny: TinyChannel
) -> None:
    """mamba itself ends with success."""
    engine, executable = tool
    tiny.add("good", files={"bin/.good-post-link.sh": "touch $PREFIX/linked\n"})
    tiny.add("bad", files={"bin/.bad-post-link.sh": "echo this one fails\nexit 7\n"})
    outcome = workshop.build("good", engine=engine, engine_executable=executable)
    assert outcome.finished
    assert (outcome.prefix / "linked").exists()
    refused = workshop.build("bad", engine=engine, engine_executable=executable).refused
    assert refused.kind == "link-script"
    assert "package bad" in refused.message


@pytest.mark.parametrize("asked", ["python", "python >=3", "python=3.11", "python=3.11=0"])
def test_nothing_is_installed_that_nobody_has_asked_for(
    tool: tuple[str, str], workshop: Workshop, tiny: TinyChannel, asked: str
) -> None:
    """Each of them knows a way to bring pip with every python."""
    engine, executable = tool
    tiny.add("python", "3.11")
    for with_pip in (False, True):
        if with_pip:
            tiny.add("pip", "26", depends=["python"])
        outcome = workshop.build(asked, engine=engine, engine_executable=executable)
        assert outcome.finished
        assert set(outcome.rows) == {"python"}


def test_a_directory_that_is_no_channel_is_told_at_once(
    tool: tuple[str, str], workshop: Workshop, tmp_path: Path
) -> None:
    engine, executable = tool
    outcome = workshop.build(
        "any",
        engine=engine,
        engine_executable=executable,
        channels=((tmp_path / "nowhere").as_uri(),),
    )
    assert outcome.refused.kind == "channel"
    assert "there is no channel" in outcome.refused.message
    assert "attempts" not in outcome.refused.message
