"""How wheels become packages."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from rattler.package import IndexJson
from rattler.package_streaming import extract
from wheel.wheelfile import WheelFile  # type: ignore[import-untyped]

from tools.local_channel import wheels
from tools.local_channel.interpreter import Interpreter
from tools.local_channel.packages import PLACEHOLDER


@pytest.fixture
def names_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep whl2conda's table of names out of the user's cache directory."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    wheels.conda_names.cache_clear()
    yield
    wheels.conda_names.cache_clear()


@pytest.mark.parametrize(
    ("pypi", "conda"),
    [
        ("", ""),
        (">=1.2", ">=1.2"),
        ("<3,>=1.2", ">=1.2,<3"),
        ("~=1.4.2", ">=1.4.2,1.4.*"),
        ("~=1.4", ">=1.4,1.*"),
        ("==2.*", "2.*"),
        ("===2.0", "==2.0"),
        ("!=2.1.*,>=2", ">=2,!=2.1.*"),
    ],
)
def test_version_ranges_are_written_as_conda_does(pypi: str, conda: str) -> None:
    assert wheels.conda_range(SpecifierSet(pypi)) == conda


def _metadata(*requires: str) -> Message:
    message = Message()
    message["Name"] = "example"
    message["Requires-Python"] = ">=3.10"
    for line in requires:
        message["Requires-Dist"] = line
    return message


@pytest.mark.usefixtures("names_cache")
def test_dependencies_follow_their_markers() -> None:
    found = wheels.dependencies(
        _metadata(
            "jupyter-client>=8",
            "Typing_Extensions>=4.6; python_version >= '3.0'",
            "tomli; python_version < '3.0'",
            "colorama; sys_platform == 'win32'",
            "pexpect>4.6; sys_platform != 'win32' and sys_platform != 'emscripten'",
            "pytest; extra == 'test'",
            "requests[socks]>=2",
        )
    )
    assert found == [
        "python >=3.10",
        "jupyter_client >=8",
        "typing_extensions >=4.6",
        "pexpect >4.6",
        "requests >=2",
    ]


def _wheel(directory: Path, tag: str, files: dict[str, str]) -> Path:
    """Write a real wheel of the project ``My.Project``."""
    path = directory / f"my_project-1.0-{tag}.whl"
    info = "my_project-1.0.dist-info"
    pure = str(tag.endswith("none-any")).lower()
    metadata = "Metadata-Version: 2.1\nName: My.Project\nVersion: 1.0\nRequires-Python: >=3.8\n"
    with WheelFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        archive.writestr(
            f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: {pure}\nTag: {tag}\n"
        )
        archive.writestr(f"{info}/METADATA", metadata + "Requires-Dist: idna>=3\nLicense: MIT\n\n")
        archive.writestr(
            f"{info}/entry_points.txt", "[console_scripts]\nMy-Tool = my_project:run\n"
        )
    return path


@pytest.mark.usefixtures("names_cache")
def test_a_pure_wheel_becomes_a_noarch_package(upstream: Interpreter, tmp_path: Path) -> None:
    wheel = _wheel(tmp_path, "py3-none-any", {"my_project/__init__.py": "def run(): ...\n"})
    package = wheels.convert(wheel, upstream, ["libgcc"], tmp_path, tmp_path / "channel")
    assert package.relative_to(tmp_path / "channel").parts[0] == "noarch"
    index = IndexJson.from_package_archive(package)
    assert index.name.normalized == "my-project"
    assert index.depends == ["python >=3.8", "idna >=3"]
    assert index.license == "MIT"
    extract(package, tmp_path / "out")
    assert (tmp_path / "out/site-packages/my_project/__init__.py").is_file()
    link = json.loads((tmp_path / "out/info/link.json").read_text())
    assert link["noarch"] == {"type": "python", "entry_points": ["My-Tool = my_project:run"]}
    installer = tmp_path / "out/site-packages/my_project-1.0.dist-info/INSTALLER"
    assert installer.read_text() == "conda\n"


@pytest.mark.usefixtures("names_cache")
def test_a_binary_wheel_is_tied_to_the_interpreter_and_keeps_its_scripts(
    upstream: Interpreter, tmp_path: Path
) -> None:
    files = {
        "my_project/fast.so": "not really",
        "my_project-1.0.data/scripts/helper": "#!python\nprint()\n",
    }
    wheel = _wheel(tmp_path, "cp312-cp312-manylinux_2_28_x86_64", files)
    package = wheels.convert(wheel, upstream, ["libgcc"], tmp_path, tmp_path / "channel")
    assert package.relative_to(tmp_path / "channel").parts[0] == "linux-64"
    assert IndexJson.from_package_archive(package).depends == [
        "python >=3.12,<3.13.0a0",
        "python_abi 3.12.* *_cp312",
        "idna >=3",
        "__glibc >=2.28,<3.0.a0",
        "libgcc",
    ]
    extract(package, tmp_path / "out")
    assert (tmp_path / "out/lib/python3.12/site-packages/my_project/fast.so").is_file()
    tool, helper = tmp_path / "out/bin/My-Tool", tmp_path / "out/bin/helper"
    assert tool.read_text().startswith(f"#!{PLACEHOLDER}/bin/python3.12\n")
    assert "from my_project import run" in tool.read_text()
    assert helper.read_text() == f"#!{PLACEHOLDER}/bin/python\nprint()\n"
    assert os.access(tool, os.X_OK)
    assert os.access(helper, os.X_OK)


@pytest.mark.usefixtures("names_cache")
def test_a_wheel_of_another_python_is_refused(upstream: Interpreter, tmp_path: Path) -> None:
    wheel = _wheel(tmp_path, "cp311-cp311-manylinux2014_x86_64", {"my_project/fast.so": "x"})
    with pytest.raises(wheels.ConversionError, match=r"not a wheel for Python 3\.12"):
        wheels.convert(wheel, upstream, [], tmp_path, tmp_path / "channel")


def test_what_pip_says_is_told_when_a_download_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(wheels.DownloadError, match=r"pip says:\n.*no-such-wheel"):
        wheels.download(["no-such-wheel"], tmp_path, with_dependencies=True)
