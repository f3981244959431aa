"""A finished build with a real Python beside its records: byte code, and pip's packages."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_envstore.domain.events import Warned
from jupyter_envstore.domain.order import REPAIR

from .http_channel import HttpChannel
from .running import Workshop
from .simple_index import add_wheel
from .test_verify import Build, inspection_of, overwrite, paths


@pytest.fixture
def build(tmp_path: Path, workshop: Workshop, local_channel: str) -> Iterator[Build]:
    """A Python with two packages of pip's, of which one needs the other."""
    root = tmp_path / "index"
    root.mkdir()
    add_wheel(root, "greeter", "1.2", requires=("helper>=1",))
    add_wheel(root, "helper", "1.0")
    workshop.channels = (local_channel,)
    with HttpChannel(root).serve() as http:
        pip = (f"--index-url {http.url}/simple", "greeter")
        yield Build(workshop, workshop.build("python", "pure_eval", pip=pip))


def library(build: Build) -> Path:
    return next(build.prefix.glob("lib/python3*"))


def code_of(build: Build, source: str) -> Path:
    """Where the byte code of a source is, relative to the standard library."""
    path = library(build) / source
    return next(path.parent.glob(f"__pycache__/{path.stem}.*.pyc"))


def name(build: Build, path: Path) -> str:
    return path.relative_to(build.prefix).as_posix()


def runs(build: Build, code: str) -> bool:
    command = [build.prefix / "bin/python", "-I", "-B", "-c", code]
    return subprocess.run(command, check=False).returncode == 0


def test_byte_code_and_pip_packages(build: Build) -> None:
    told = build.verify()
    assert told.intact, told
    assert told.notes == ()
    before = build.contents()
    other = Build(build.workshop, build.workshop.build("python", "pure_eval"))
    site = library(build) / "site-packages"

    # Byte code that is one inode with the cache and the other build, and some that is missing.
    shared = code_of(build, "site-packages/pure_eval/core.py")
    assert shared.stat().st_ino == code_of(other, "site-packages/pure_eval/core.py").stat().st_ino
    damaged = bytearray(shared.read_bytes())
    damaged[-20] ^= 0xFF
    shared.chmod(0o644)
    shared.write_bytes(damaged)
    shared.chmod(0o444)
    own, missing = (
        code_of(build, "site-packages/greeter.py"),
        code_of(build, "site-packages/pure_eval/utils.py"),
    )
    own.write_bytes(own.read_bytes()[:-1] + b"\1")
    missing.unlink()
    optimised = missing.with_name("utils.cpython-3.opt-1.pyc")
    optimised.write_bytes(b"added")
    # pip's files: one that uv's cache shares, a list, and what somebody has installed besides.
    overwrite(site / "greeter.py", "import os\n")
    lists = site / "helper-1.0.dist-info" / "RECORD"
    lists.unlink()
    shutil.copytree(site / "greeter-1.2.dist-info", site / "extra-1.0.dist-info")
    (site / "extra.py").write_text("")
    # What keeps conda, pip and uv out.
    overwrite(build.prefix / "conda-meta/frozen", "{}")
    (library(build) / "EXTERNALLY-MANAGED").unlink()

    found = build.found()
    assert found[name(build, shared)] == ("changed", "content")
    assert found[name(build, own)] == ("changed", "content")
    assert found[name(build, missing)] == ("missing", "")
    assert found[name(build, site / "greeter.py")] == ("changed", "content")
    assert found[name(build, lists)] == ("missing", "")
    assert found["conda-meta/frozen"] == ("changed", "content")
    assert found[name(build, library(build) / "EXTERNALLY-MANAGED")] == ("missing", "")
    # Before the list is back, nobody knows what was added.
    assert {kind for kind, _ in found.values()} == {"changed", "missing"}
    assert other.found() == {name(build, shared): ("changed", "content")}

    outcome = build.run(REPAIR)
    told = inspection_of(outcome)
    assert told.intact, told
    assert set(found) <= set(paths(told.mended))
    assert name(build, optimised) in paths(told.mended)
    assert name(build, site / "extra.py") in paths(told.mended)
    after = build.contents()
    # Byte code that is compiled again need not have the same bytes; that of the cache has.
    assert {path for path in before | after if before.get(path) != after.get(path)} <= {
        path for path in before if path.endswith(".pyc")
    }
    warnings = " ".join(event.message for event in outcome.of(Warned))
    assert "byte code of pure_eval-" in warnings
    assert "uv's cache" in warnings
    assert runs(build, "import pure_eval, greeter, helper; assert greeter.VERSION == '1.2'")
    # The cache is whole again, and the other build is mended from it.
    assert code_of(other, "site-packages/pure_eval/core.py").read_bytes() == bytes(damaged)
    assert other.repair().intact
    assert code_of(other, "site-packages/pure_eval/core.py").stat().st_ino == shared.stat().st_ino
    third = Build(build.workshop, build.workshop.build("python", "pure_eval"))
    assert third.verify().intact


def test_an_interpreter_that_is_gone_comes_back(build: Build) -> None:
    before = build.contents()
    shutil.rmtree(build.prefix / "bin")
    shutil.rmtree(library(build) / "site-packages" / "greeter-1.2.dist-info")
    told = build.repair()
    assert told.intact, told
    assert runs(build, "import greeter")
    assert build.contents().keys() == before.keys()
