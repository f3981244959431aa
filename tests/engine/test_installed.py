"""What is read back from a prefix that a real build made, without any database."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from jupyter_envstore.domain.build import PackageRow
from jupyter_envstore.domain.origin import read_origin
from jupyter_envstore.domain.specification import Specification
from jupyter_envstore.engine.installed import installed_packages, specification_from_history
from jupyter_envstore.engine.locked import lock_of_packages
from jupyter_envstore.engine.lockfile import write_lockfile
from jupyter_envstore.store.files import read_marker

from .running import Workshop
from .tiny_channel import TinyChannel


def described(directory: str) -> list[PackageRow]:
    """Return what the build itself said of its packages."""
    raw = json.loads((Path(directory) / "packages.json").read_text())
    rows = (PackageRow(**{**row, "depends": tuple(row["depends"])}) for row in raw)
    return sorted(rows, key=lambda row: row.name)


def test_packages_are_those_that_the_build_described(tiny: TinyChannel, workshop: Workshop) -> None:
    tiny.add("library", build="h1_3", about={"summary": "Lends books", "license": "MIT"})
    tiny.add("program", depends=["library >=1"])
    outcome = workshop.build("program")
    assert outcome.finished
    specification = Specification("tiny", dependencies=("program",))
    rows = installed_packages(outcome.prefix, Path(outcome.order.lock_artifact), specification)
    assert rows == described(outcome.order.directory)
    assert {row.name: row.requested for row in rows} == {"library": False, "program": True}


def test_pip_packages_come_from_the_lockfile(workshop: Workshop, tmp_path: Path) -> None:
    row = PackageRow(
        *("Some.Package", "2.1", "pypi", "https://example.org/simple"),
        url="https://example.org/some.whl",
        sha256="ab",
        requested=True,
        manager="pip",
    )
    order = workshop.order()
    rows = [row, PackageRow("conda-one", "1", "0", "https://example.org/c")]
    write_lockfile(order, lock_of_packages(rows, order))
    section = {"pip": ["--index-url https://example.org/simple", "some-package>=2"]}
    specification = Specification("tiny", dependencies=(section,))
    found = installed_packages(tmp_path, Path(order.lock_artifact), specification)
    assert found == [dataclasses.replace(row, subdir="noarch")]


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    meta = tmp_path / "conda-meta"
    meta.mkdir()
    (meta / "torn-1.0-0.json").write_text('{"name": "to')
    (meta / "strange-1.0-0.json").write_text("[1]")
    (meta / "good-1.0-0.json").write_text('{"name": "good", "version": "1.0", "build": "0"}')
    rows = installed_packages(tmp_path, tmp_path / "no-lock", Specification("tiny"))
    assert [row.name for row in rows] == ["good"]


def test_a_finished_prefix_says_so_and_what_was_asked_for(
    tiny: TinyChannel, workshop: Workshop
) -> None:
    tiny.add("library")
    outcome = workshop.build("library 1.*", variables={"A": "b"})
    marker = read_marker(outcome.prefix)
    assert marker is not None
    origin = read_origin(marker)
    assert origin is not None
    assert origin.ending is not None
    finished = outcome.finished
    assert (origin.ending.size, origin.ending.size_own) == (finished.size, finished.size_own)
    assert (outcome.prefix / "conda-meta" / "envstore").stat().st_mode & 0o777 == 0o644
    told = specification_from_history(outcome.prefix, "tiny")
    assert told.channels == workshop.channels
    assert told.dependencies == ("library 1.*",)
    assert told.variables == {"A": "b"}
    assert json.loads(told.text)["name"] == "tiny"


def test_a_prefix_without_a_history_has_an_empty_specification(tmp_path: Path) -> None:
    told = specification_from_history(tmp_path, "tiny")
    assert (told.channels, told.dependencies, told.variables) == ((), (), None)
