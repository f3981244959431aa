"""Which tool an executable is, and the sentences for those that cannot be the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_envstore.engine.tool_version import ToolUnusable, find_tool, identify

MAMBA_1 = "mamba 1.5.8\nconda 23.11.0"


@pytest.mark.parametrize(
    ("engine", "answer", "parts", "is_conda"),
    [
        ("conda", "conda 23.1.0", (23, 1), True),
        ("conda", "conda 26.7.1.dev3+g0f64223fb", (26, 7), True),
        ("mamba", "mamba 1.1.0\nconda 22.11.1", (1, 1), True),
        ("mamba", MAMBA_1, (1, 5), True),
        ("mamba", "2.8.1", (2, 8), False),
        ("micromamba", "1.1.0", (1, 1), False),
        ("micromamba", "2.0.5.rc0", (2, 0), False),
        ("conda", "warning: a plugin is missing\nconda 24.11.3", (24, 11), True),
    ],
)
def test_versions_are_told_apart(
    engine: str, answer: str, parts: tuple[int, ...], is_conda: bool
) -> None:
    tool = identify(engine, "/opt/tool", answer)
    assert (tool.parts, tool.is_conda) == (parts, is_conda)


@pytest.mark.parametrize(
    ("engine", "answer", "said", "help_"),
    [
        ("conda", "conda 22.11.1", "conda 22.11.1, which is too old", "conda 23.1 or newer"),
        ("micromamba", "1.0.0", "micromamba 1.0.0, which is too old", "micromamba 1.1 or newer"),
        ("mamba", "mamba 0.27.0\nconda 4.14.0", "mamba 0.27.0, which is too old", "mamba 1.1"),
        ("conda", "2.8.1", "/opt/tool is micromamba 2.8.1", "engine = 'micromamba'"),
        ("conda", MAMBA_1, "/opt/tool is mamba 1.5.8", "engine = 'mamba'"),
        ("mamba", "1.5.8", "/opt/tool is micromamba 1.5.8", "engine = 'micromamba'"),
        ("micromamba", "conda 26.7.1", "/opt/tool is conda 26.7.1", "engine = 'conda'"),
        ("conda", "", "it says 'nothing'", "engine_executable"),
        ("conda", "Python 3.12.1", "it says 'Python 3.12.1'", "engine_executable"),
    ],
)
def test_what_cannot_be_the_engine_is_refused(
    engine: str, answer: str, said: str, help_: str
) -> None:
    with pytest.raises(ToolUnusable) as refused:
        identify(engine, "/opt/tool", answer)
    assert said in refused.value.message
    assert help_ in refused.value.hint


def program(path: Path, text: str = "echo conda 25.3.0") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ToolUnusable, match="There is no program at"):
        find_tool("conda", str(tmp_path / "conda"))


def test_a_program_that_may_not_be_executed(tmp_path: Path) -> None:
    path = program(tmp_path / "conda")
    path.chmod(0o644)
    with pytest.raises(ToolUnusable, match="cannot be executed by this user"):
        find_tool("conda", str(path))


def test_a_program_that_is_no_program(tmp_path: Path) -> None:
    path = tmp_path / "conda"
    path.write_bytes(b"\x7fELF")
    path.chmod(0o755)
    with pytest.raises(ToolUnusable, match="cannot be run"):
        find_tool("conda", str(path))


def test_the_version_is_asked_without_the_variables_of_another_conda(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONDA_ROOT", "/elsewhere")
    path = program(tmp_path / "conda", 'test -z "$CONDA_ROOT" && echo conda 25.3.0')
    assert find_tool("conda", str(path)).version == "25.3.0"


def test_without_a_path_it_is_looked_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path, named = program(tmp_path / "a" / "conda"), program(tmp_path / "b" / "conda")
    monkeypatch.setenv("PATH", f"{on_path.parent}:/bin:/usr/bin")
    assert find_tool("conda", "", {}).executable == str(on_path)
    assert find_tool("conda", "", {"CONDA_EXE": str(named)}).executable == str(named)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(ToolUnusable, match="no mamba on the server's PATH"):
        find_tool("mamba", "", {"MAMBA_EXE": "/opt/micromamba"})
