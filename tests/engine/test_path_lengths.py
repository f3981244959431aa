"""How long the prefix of a build may be: for every package, for the system, to the byte."""

from __future__ import annotations

import errno
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_envstore.domain.build import Phase
from jupyter_envstore.domain.events import PhaseEntered, Refused
from jupyter_envstore.domain.path_lengths import PathRules
from jupyter_envstore.engine.path_lengths import (
    PackagePaths,
    path_is_too_long,
    paths_of,
    refuse_if_path_is_too_long,
)
from jupyter_envstore.engine.refusal import BuildRefused

from .running import Outcome, Workshop
from .tiny_channel import PLACEHOLDER, TinyChannel
from .tiny_program import program_that_prints

linux = pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"),
    reason="the test's program is one for Linux on x86-64",
)


def placeholder_of(length: int) -> str:
    return "/short".ljust(length, "_")


def prefix_of(root: Path, length: int, letter: str = "p") -> str:
    """Return a path in `root` that has `length` bytes."""
    missing = length - len(os.fsencode(root)) - 1
    assert missing > 0, "the directory of the test is too long for it"
    size = len(letter.encode())
    return f"{root}/{letter * (missing // size)}{'p' * (missing % size)}"


def add_program(tiny: TinyChannel, placeholder: str, **more) -> None:
    tiny.add(
        "program",
        files={
            "bin/program": program_that_prints(f"{placeholder}/share"),
            "bin/script": f"#!{placeholder}/bin/program\n",
            "etc/program.conf": f"prefix={placeholder}\n",
        },
        modes={"bin/program": 0o755, "bin/script": 0o755},
        placeholder=placeholder,
        **more,
    )


def phases_of(outcome: Outcome) -> list[Phase]:
    return [event.phase for event in outcome.of(PhaseEntered)]


@linux
@pytest.mark.parametrize("deprecated", [False, True], ids=["paths.json", "has_prefix"])
@pytest.mark.parametrize("placeholder", [PLACEHOLDER, placeholder_of(160)], ids=["255", "160"])
def test_a_prefix_as_long_as_the_placeholder_is_put_into_programs(
    tiny, workshop, placeholder, deprecated
):
    add_program(tiny, placeholder, deprecated=deprecated)
    prefix = prefix_of(workshop.root, len(placeholder))
    outcome = workshop.build("program", prefix=prefix)
    assert outcome.finished
    # As in an activated environment: in scripts whose first line is longer than kernels allow, the
    # interpreter is looked for on PATH.
    environment = {**os.environ, "PATH": f"{prefix}/bin{os.pathsep}{os.environ['PATH']}"}
    for name in ("program", "script"):
        program = [f"{prefix}/bin/{name}"]
        run = subprocess.run(program, capture_output=True, check=True, env=environment)
        assert run.stdout.decode() == f"{prefix}/share"
    assert (outcome.prefix / "etc/program.conf").read_text() == f"prefix={prefix}\n"


@pytest.mark.parametrize("deprecated", [False, True], ids=["paths.json", "has_prefix"])
def test_a_prefix_one_longer_than_the_placeholder_is_refused_before_linking(
    tiny, workshop, deprecated
):
    tiny.add("other", files={"bin/other": f"{PLACEHOLDER}\0"})
    add_program(tiny, placeholder_of(160), deprecated=deprecated, depends=["other"])
    prefix = prefix_of(workshop.root, 161)
    outcome = workshop.build("program", prefix=prefix, store_directory=str(workshop.root))
    refused = outcome.refused
    assert refused.kind == "path"
    assert "The package program 1.0 0 can be installed to prefixes of at most 160" in (
        refused.message
    )
    assert f"this build's has 161: {prefix}" in refused.message
    for advice in ("c.EnvStore.store_directory", "build_key_version = 3", "build of program"):
        assert advice in refused.hint
    assert phases_of(outcome) == [Phase.SOLVING, Phase.DOWNLOADING]
    assert not os.path.lexists(prefix)
    assert not (Path(outcome.order.directory) / "prefix").exists()


def test_the_prefix_is_measured_in_bytes_as_it_is_put_into_programs(tiny, workshop):
    add_program(tiny, placeholder_of(160))
    within = workshop.build("program", prefix=prefix_of(workshop.root, 160, "ü"))
    assert within.finished
    beyond = workshop.build("program", prefix=prefix_of(workshop.root, 161, "ü"))
    assert len(beyond.order.prefix) < 160
    assert "this build's has 161" in beyond.refused.message


def test_texts_take_a_prefix_of_any_length(tiny, workshop):
    placeholder = placeholder_of(20)
    tiny.add("text", files={"etc/text": f"{placeholder}/x"}, placeholder=placeholder)
    prefix = prefix_of(workshop.root, 255)
    assert workshop.build("text", prefix=prefix).finished
    assert Path(prefix, "etc/text").read_text() == f"{prefix}/x"


def test_the_process_refuses_256_characters_itself_before_it_solves(tiny, workshop):
    tiny.add("text")
    outcome = workshop.build("text", prefix=prefix_of(workshop.root, 256), key_version=3)
    assert outcome.refused.message == "build_path too long: must be <= 255 characters"
    assert "256 characters" in outcome.refused.hint
    assert phases_of(outcome) == []


# -- Windows -------------------------------------------------------------------------------------


def windows_build(workshop: Workshop, **values) -> Outcome:
    """Begin a build for Windows, whose prefix has 200 characters."""
    prefix = prefix_of(workshop.root, 200)
    return workshop.build("deep", subdir="win-64", prefix=prefix, **values)


@pytest.fixture
def deep(tiny: TinyChannel) -> None:
    """A package whose longest path makes 260 characters, a separator included."""
    tiny.add("deep", files={f"share/{'d' * 53}": "x", "share/e": "x"}, subdir="noarch")
    tiny.records["win-64"] = {}
    tiny.index()


def test_the_files_of_packages_are_measured_for_windows(deep, workshop):
    refused = windows_build(workshop, store_directory=r"C:\Users\ada\.envstore").refused
    assert refused.kind == "path"
    assert "260 characters" in refused.message
    assert "error 206" in refused.message
    for remedy in (
        "win_extended_length_prefix = True, which is not set",
        "LongPathsEnabled = 1 in the registry",
        r"which is C:\Users\ada\.envstore, 22 characters",
        "c.EnvStore.build_key_version = 3, which is 2 for this build",
    ):
        assert remedy in refused.hint


@pytest.mark.parametrize("remedy", ["win_extended_length_prefix", "long_paths_enabled"])
def test_with_long_paths_the_same_build_goes_on(deep, workshop, remedy):
    outcome = windows_build(workshop, **{remedy: True})
    assert Phase.LINKING in phases_of(outcome)


# -- what the system says ------------------------------------------------------------------------


class ErrorOfWindows(OSError):
    """As Python raises it there: `winerror` is set, whatever `errno` is."""

    winerror = 206


@pytest.mark.parametrize(
    "error",
    [
        ErrorOfWindows(errno.ENOENT, "The filename or extension is too long", "\\\\?\\C:\\a"),
        RuntimeError("failed to link: The filename or extension is too long. (os error 206)"),
        RuntimeError("[WinError 206] Der Dateiname oder die Erweiterung ist zu lang: 'C:\\a'"),
    ],
    ids=["OSError", "rattler", "a program"],
)
def test_error_206_is_explained_with_what_holds_here(error, workshop):
    order = workshop.order(
        "x", subdir="win-64", key_version=3, long_paths_enabled=True, store_directory="C:\\e"
    )
    with pytest.raises(BuildRefused) as caught:
        refuse_if_path_is_too_long(error, order)
    verdict: Refused = caught.value.verdict
    assert verdict.kind == "path"
    assert "error 206" in verdict.message
    assert "win_extended_length_prefix = True, which is not set" in verdict.hint
    assert "which is on already" in verdict.hint
    assert "which is C:\\e, 4 characters" in verdict.hint
    assert "build_key_version = 3, which is set already" in verdict.hint


def test_error_206_names_the_path_without_what_does_not_count(workshop):
    error = ErrorOfWindows(errno.ENOENT, "too long", "\\\\?\\C:\\a")
    with pytest.raises(BuildRefused, match=r"206\): C:\\a has 4 characters"):
        refuse_if_path_is_too_long(error, workshop.order("x", subdir="win-64"))


def test_a_name_that_the_file_system_refuses_is_explained(workshop, tmp_path):
    with pytest.raises(OSError, match="too long") as refused:
        (tmp_path / ("x" * 256)).touch()
    assert path_is_too_long(refused.value)
    with pytest.raises(BuildRefused, match="longer than the file system allows") as caught:
        refuse_if_path_is_too_long(refused.value, workshop.order("x"))
    assert "c.EnvStore.store_directory" in caught.value.verdict.hint


def test_a_package_whose_file_has_a_name_that_is_too_long_is_refused_at_once(tiny, workshop):
    tiny.add("long", files={"x" * 300: "x"})
    outcome = workshop.build("long")
    assert outcome.refused.kind == "path"
    assert "longer than the file system allows" in outcome.refused.message
    assert "too long" in outcome.refused.explanation


def test_other_errors_are_left_alone(workshop):
    for error in (FileNotFoundError(2, "No such file", "/x"), RuntimeError("os error 2060")):
        refuse_if_path_is_too_long(error, workshop.order("x"))
        assert not path_is_too_long(error)


# -- what packages say ---------------------------------------------------------------------------


def test_the_shortest_placeholder_of_binary_files_counts(tmp_path):
    entries = [
        ("a", "binary", placeholder_of(90)),
        ("b", "binary", placeholder_of(80)),
        ("c/longest", "text", placeholder_of(10)),
    ]
    info = tmp_path / "info"
    info.mkdir()
    listed = ", ".join(
        f'{{"_path": "{path}", "file_mode": "{mode}", "prefix_placeholder": "{text}"}}'
        for path, mode, text in entries
    )
    (info / "paths.json").write_text(f'{{"paths": [{listed}, {{"_path": "d"}}]}}')
    assert paths_of(tmp_path, PathRules()) == PackagePaths(placeholder_of(80), 9)
