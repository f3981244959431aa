"""Byte code comes from a cache, is right for its sources, and never from somewhere else."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .running import Outcome, Workshop
from .tiny_channel import PLACEHOLDER, TinyChannel

LIBRARY = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}"
"""The local channel has one Python: the one that runs the tests."""


@pytest.fixture
def site() -> str:
    return f"{LIBRARY}/site-packages"


@pytest.fixture
def module(tiny: TinyChannel, workshop: Workshop, local_channel: str, site: str) -> str:
    tiny.add(
        "module",
        files={
            f"{site}/module/__init__.py": "VALUE = 1\n\ndef fail():\n    raise ValueError\n",
            f"{site}/module/where.py": f"PREFIX = {PLACEHOLDER!r}\n",
            f"{site}/module/template.py": "class {{ name }}: this is no Python\n",
        },
        depends=["python"],
    )
    workshop.channels = (tiny.url, local_channel)
    return "module"


def pyc(outcome: Outcome, site: str, name: str) -> Path:
    source = outcome.prefix / site / "module" / f"{name}.py"
    return Path(importlib.util.cache_from_source(str(source)))


def python(outcome: Outcome, code: str) -> str:
    command = [outcome.prefix / "bin/python", "-I", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_it_is_compiled_once_and_linked_afterwards(
    module: str, workshop: Workshop, site: str
) -> None:
    first, second = workshop.build(module), workshop.build(module)
    assert first.finished
    assert second.finished
    assert " 0 files from the cache" in first.log
    own, linked = pyc(first, site, "__init__"), pyc(second, site, "__init__")
    assert own.stat().st_ino == linked.stat().st_ino
    assert linked.stat().st_mode & 0o777 == 0o444
    where = pyc(second, site, "where")
    assert where.stat().st_nlink == 1
    assert python(second, "import module.where as w; print(w.PREFIX)") == str(second.prefix)
    assert python(first, "import module.where as w; print(w.PREFIX)") == str(first.prefix)


def test_python_takes_it_and_knows_where_the_source_is(
    module: str, workshop: Workshop, site: str
) -> None:
    workshop.build(module)
    outcome = workshop.build(module)
    before = pyc(outcome, site, "__init__").stat().st_mtime_ns
    code = "import module; print(module.fail.__code__.co_filename)"
    assert python(outcome, code) == str(outcome.prefix / site / "module/__init__.py")
    verbose = subprocess.run(
        [outcome.prefix / "bin/python", "-I", "-v", "-c", "import module"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"code object from '{pyc(outcome, site, '__init__')}'" in verbose.stderr
    assert pyc(outcome, site, "__init__").stat().st_mtime_ns == before


def test_what_is_no_python_is_left_alone(module: str, workshop: Workshop, site: str) -> None:
    outcome = workshop.build(module)
    assert outcome.finished
    assert not pyc(outcome, site, "template").exists()


def test_the_standard_library_has_it_too(module: str, workshop: Workshop) -> None:
    outcome = workshop.build(module)
    decoder = outcome.prefix / LIBRARY / "json" / "decoder.py"
    assert Path(importlib.util.cache_from_source(str(decoder))).is_file()


def test_a_source_of_another_time_is_compiled_in_its_prefix(
    module: str, workshop: Workshop, site: str
) -> None:
    workshop.build(module)
    entry = workshop.package_cache / "module-1.0-0" / site / "module" / "__init__.py"
    os.utime(entry, (1, 1))
    outcome = workshop.build(module)
    assert pyc(outcome, site, "__init__").stat().st_nlink == 1
    assert python(outcome, "import module; print(module.VALUE)") == "1"


def test_two_builds_at_once_fill_one_cache(module: str, workshop: Workshop, site: str) -> None:
    running = [workshop.start(workshop.order(module)) for _ in range(2)]
    outcomes = [one.wait() for one in running]
    assert all(outcome.finished for outcome in outcomes)
    for outcome in outcomes:
        assert python(outcome, "import module; print(module.VALUE)") == "1"
    manifests = list((workshop.root / "cache/bytecode").glob("cpython-*/*/manifest.json"))
    assert manifests
    assert all(json.loads(path.read_text()) is not None for path in manifests)
    assert list((workshop.root / "cache/bytecode").glob("*/.*")) == []


def test_a_build_without_python_has_none(tiny: TinyChannel, workshop: Workshop) -> None:
    tiny.add("lonely", files={"lib/python3.11/site-packages/lonely.py": "x = 1\n"})
    outcome = workshop.build("lonely")
    assert outcome.finished
    assert list(outcome.prefix.rglob("*.pyc")) == []
