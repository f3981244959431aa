"""What is written as a package, read back by rattler."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from rattler.package import IndexJson, PathsJson
from rattler.package_streaming import extract

from tools.local_channel import generated, link_cases
from tools.local_channel.packages import PLACEHOLDER, PREFIX_LENGTH, Metadata, write_package


def _tree(directory: Path, files: dict[str, bytes]) -> Path:
    for path, content in files.items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return directory


def test_rattler_reads_back_what_a_package_says(tmp_path: Path) -> None:
    metadata = Metadata(
        name="example",
        version="1.2",
        build_string="h_0",
        build_number=3,
        depends=("python >=3.10", "libzlib >=1.2"),
        constrains=("other <2",),
        license="MIT",
        site_packages="lib/python3.12/site-packages",
    )
    tree = _tree(tmp_path / "tree", {"share/example.txt": b"text\n"})
    package = write_package(tree, metadata, tmp_path / "channel")
    assert package == tmp_path / "channel/linux-64/example-1.2-h_0.conda"
    index = IndexJson.from_package_archive(package)
    assert (index.name.normalized, str(index.version), str(index.build)) == (
        "example",
        "1.2",
        "h_0",
    )
    assert index.build_number == 3
    assert index.depends == ["python >=3.10", "libzlib >=1.2"]
    assert index.constrains == ["other <2"]
    assert index.subdir == "linux-64"
    assert index.license == "MIT"


def test_placeholders_are_recorded_as_text_or_binary(tmp_path: Path) -> None:
    assert len(PLACEHOLDER) == PREFIX_LENGTH == 255
    tree = _tree(
        tmp_path / "tree",
        {
            "bin/script": f"#!{PLACEHOLDER}/bin/python\n".encode(),
            "lib/library.so": b"\0\1" + PLACEHOLDER.encode() + b"/lib\0",
            "share/plain.txt": b"plain\n",
        },
    )
    (tree / "lib/link.so").symlink_to("library.so")
    package = write_package(tree, Metadata("p", "1", "0"), tmp_path)
    paths = {
        str(entry.relative_path): entry for entry in PathsJson.from_package_archive(package).paths
    }
    assert set(paths) == {"bin/script", "lib/library.so", "lib/link.so", "share/plain.txt"}
    script, library = paths["bin/script"], paths["lib/library.so"]
    assert script.prefix_placeholder is not None
    assert script.prefix_placeholder.file_mode.text
    assert script.prefix_placeholder.placeholder == PLACEHOLDER
    assert library.prefix_placeholder is not None
    assert library.prefix_placeholder.file_mode.binary
    assert paths["share/plain.txt"].prefix_placeholder is None
    assert paths["lib/link.so"].prefix_placeholder is None
    assert paths["lib/link.so"].path_type.softlink
    assert paths["share/plain.txt"].size_in_bytes == 6


def test_files_come_out_as_they_went_in_with_the_usual_modes(tmp_path: Path) -> None:
    tree = _tree(tmp_path / "tree", {"bin/tool": b"#!/bin/sh\n", "share/private.txt": b"text"})
    (tree / "bin/tool").chmod(0o700)
    (tree / "share/private.txt").chmod(0o600)
    (tree / "share/link.txt").symlink_to("private.txt")
    extract(write_package(tree, Metadata("p", "1", "0"), tmp_path), tmp_path / "out")
    assert (tmp_path / "out/bin/tool").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "out/share/private.txt").stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "out/share/private.txt").read_bytes() == b"text"
    assert (tmp_path / "out/share/link.txt").readlink() == Path("private.txt")


def test_a_package_is_not_written_twice(tmp_path: Path) -> None:
    tree = _tree(tmp_path / "tree", {"share/a": b"a"})
    write_package(tree, Metadata("p", "1", "0"), tmp_path)
    with pytest.raises(FileExistsError):
        write_package(tree, Metadata("p", "1", "0"), tmp_path)


def test_a_generated_package_has_the_same_files_each_time(tmp_path: Path) -> None:
    for number in (0, 6, 8):  # modules, data, and what belongs to the platform
        first = generated.write_generated(number, tmp_path, tmp_path / "first")
        second = generated.write_generated(number, tmp_path, tmp_path / "second")
        one, two = (
            [(str(e.relative_path), e.sha256) for e in PathsJson.from_package_archive(p).paths]
            for p in (first, second)
        )
        assert one == two
        assert len(one) == generated.FILES
        size = sum(e.size_in_bytes or 0 for e in PathsJson.from_package_archive(first).paths)
        assert size == pytest.approx(generated.BYTES, rel=0.01)


def test_generated_modules_compile_and_run(tmp_path: Path) -> None:
    extract(generated.write_generated(1, tmp_path, tmp_path / "channel"), tmp_path / "out")
    code = "from generated_001.part_07 import step_3; print(step_3(2))"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path / "out/site-packages",
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(run.stdout) > 0


def test_generated_packages_depend_on_earlier_ones_only() -> None:
    for number in range(generated.PACKAGES):
        numbers = random.Random(f"local channel {number}")
        for spec in generated._depends(number, numbers):
            name = spec.split()[0]
            assert name == "python" or name < generated.package_name(number)


def test_link_cases_are_what_they_are_named_for(tmp_path: Path) -> None:
    packages = {p.name.split("-1.0")[0]: p for p in link_cases.write_link_cases(tmp_path, tmp_path)}
    contested: list[Path] = []
    for name, package in packages.items():
        extract(package, tmp_path / name)
        contested += (tmp_path / name).glob("share/clobber/contested.txt")
    assert len(contested) == 2
    writable = tmp_path / "files-0666/share/files-0666/first.txt"
    assert writable.stat().st_mode & 0o777 == 0o666
    statuses = {}
    for name in ("postlink-ok", "postlink-fails"):
        script = tmp_path / name / f"bin/.{name}-post-link.sh"
        prefix = {"PREFIX": str(tmp_path / name), "PATH": os.environ["PATH"]}
        statuses[name] = subprocess.run([script], env=prefix, capture_output=True).returncode
    assert statuses == {"postlink-ok": 0, "postlink-fails": 7}
    told = tmp_path / "postlink-ok/share/postlink-ok/prefix.txt"
    assert told.read_text() == f"{tmp_path / 'postlink-ok'}\n"
    for name, status in (("activate-ok", 0), ("activate-fails", 3)):
        script = tmp_path / name / f"etc/conda/activate.d/{name}.sh"
        variable = name.replace("-", "_").upper()
        shell = f'. "{script}"; status=$?; echo "${variable}"; exit $status'
        run = subprocess.run(["sh", "-c", shell], capture_output=True, text=True)
        assert (run.returncode, run.stdout) == (status, "yes\n")
