"""Archives of prefixes: what is in them, and how files name the prefix."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from jupyter_envstore.engine.archive import make_archive

PLACEHOLDER = "/placeholder" + "_hold" * 40


def binary(prefix: str, *texts: str) -> bytes:
    """Return a file as a package has it: texts that end with a zero, and something behind."""
    return b"\x7fELF" + b"".join(text.replace("@", prefix).encode() + b"\0" for text in texts)


def installed(packed: bytes, prefix: str) -> bytes:
    """Return the file as an installer leaves it: shorter texts, and zeros up to the old length."""
    parts = []
    for text in packed.split(b"\0"):
        new = text.replace(PLACEHOLDER.encode(), prefix.encode())
        parts.append(new + b"\0" * (len(text) - len(new)))
    return b"\0".join(parts)


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    prefix = tmp_path / "build"
    for directory in ("conda-meta", "bin", "lib/python3.1/__pycache__", "empty"):
        (prefix / directory).mkdir(parents=True)
    packed = binary(PLACEHOLDER, "@/lib", "-I@/include -L@/lib", "no path", "@")
    (prefix / "lib" / "library.so").write_bytes(installed(packed, str(prefix)))
    (prefix / "lib" / "packed.so").write_bytes(packed)
    (prefix / "lib" / "config").write_text(f"home={prefix}\n")
    (prefix / "lib" / "link").symlink_to("config")
    (prefix / "bin" / "script").write_text(f"#!{prefix}/bin/python\n")
    (prefix / "bin" / "script").chmod(0o755)
    (prefix / "lib/python3.1/x.py").write_text("")
    (prefix / "lib/python3.1/__pycache__/x.cpython-31.pyc").write_bytes(b"\xff")
    (prefix / "lib/python3.1/EXTERNALLY-MANAGED").write_text("")
    for name in ("envstore", "frozen", "history"):
        (prefix / "conda-meta" / name).write_text("{}")
    entries = [
        {"_path": "lib/library.so", "file_mode": "binary", "prefix_placeholder": PLACEHOLDER},
        {"_path": "lib/config", "file_mode": "text", "prefix_placeholder": PLACEHOLDER},
        {"_path": "lib/python3.1/x.py"},
    ]
    record = {"name": "a", "version": "1", "build": "0", "paths_data": {"paths": entries}}
    (prefix / "conda-meta" / "a-1-0.json").write_text(json.dumps(record))
    return prefix


def test_what_is_unpacked_names_its_own_prefix(prefix: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive.tar.gz"
    make_archive(prefix, archive)
    packed = (prefix / "lib" / "packed.so").read_bytes()
    # Longer than the prefix of the build, as long as a placeholder allows.
    target = tmp_path / ("unpacked-" + "x" * (len(PLACEHOLDER) - len(str(tmp_path)) - 10))
    target.mkdir()
    with tarfile.open(archive, "r:gz") as opened:
        opened.extractall(target)
    assert (target / "lib" / "library.so").read_bytes() == packed
    subprocess.run([sys.executable, target / "bin" / "conda-unpack"], check=True)
    expected = installed(packed, str(target))
    assert (target / "lib" / "library.so").read_bytes() == expected
    assert (target / "lib" / "config").read_text() == f"home={target}\n"
    assert (target / "bin" / "script").read_text() == "#!/usr/bin/env python\n"
    assert (target / "bin" / "script").stat().st_mode & 0o111
    assert (target / "lib" / "link").readlink() == Path("config")


def test_what_is_the_stores_or_made_again_is_left_out(prefix: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive.tar.gz"
    make_archive(prefix, archive)
    with tarfile.open(archive, "r:gz") as opened:
        names = opened.getnames()
    assert len(names) == len(set(names))
    assert {"conda-meta/a-1-0.json", "conda-meta/history", "empty", "bin/activate"} <= set(names)
    gone = ("envstore", "frozen", "EXTERNALLY-MANAGED", "x.cpython-31.pyc")
    assert [name for name in names if name.endswith(gone)] == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".archive.lock",
        "archive.tar.gz",
        "build",
    ]


def test_what_a_killed_process_left_is_swept(prefix: Path, tmp_path: Path) -> None:
    left = tmp_path / ".archive-left"
    left.mkdir()
    make_archive(prefix, tmp_path / "archive.tar.gz")
    assert not left.exists()
