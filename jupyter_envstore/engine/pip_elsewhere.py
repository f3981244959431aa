"""pip's packages for the other platforms of a lockfile, whose conda packages are not at hand.

uv resolves against what conda has installed, and here that is this machine's. For another platform
each of its conda packages that is a Python package has a stand-in: a wheel without content, with
the name and the version, and also with the needs where this machine has that very version. They
are the only candidates of their names, so that what conda has is neither replaced nor locked twice.
"""

from __future__ import annotations

import email.parser
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version
from rattler import GenericVirtualPackage, RepoDataRecord

_METADATA = re.compile(r"site-packages/[^/]+\.dist-info/METADATA$")
_NEEDS_PYTHON = re.compile(r"(?:python|python_abi)(?:\s|$)")
_GLIBC_OF_UV = (17, 28, *range(31, 41))
"""The minor versions of glibc 2 that uv resolves for."""
_LEGACY_MANYLINUX = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
_TARGETS = {
    "osx-64": "x86_64-apple-darwin",
    "osx-arm64": "aarch64-apple-darwin",
    "win-32": "i686-pc-windows-msvc",
    "win-64": "x86_64-pc-windows-msvc",
    "win-arm64": "aarch64-pc-windows-msvc",
}
_WINDOWS_TAGS = {"win-32": "win32", "win-64": "win_amd64", "win-arm64": "win_arm64"}
_LINUX = {"linux-64": "x86_64", "linux-aarch64": "aarch64"}


@dataclass(frozen=True)
class Distribution:
    """A Python package that a conda package brings; `needs` are lines of its metadata."""

    name: str
    version: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    """A platform as uv and pip know it."""

    uv: str
    """uv's name of it."""
    tags: tuple[Tag, ...]
    """The tags of wheels that it can use, the best first."""
    variables: Mapping[str, str]
    """What uv has to be told besides."""


def target_of(
    platform: str, virtual: Iterable[GenericVirtualPackage], python: str
) -> Target | None:
    """Return the target for a version of Python; None if uv knows none for the platform."""
    versions = {package.name.normalized: str(package.version) for package in virtual}
    python_version = tuple(int(part) for part in re.findall(r"\d+", python)[:2])
    variables: dict[str, str] = {}
    if architecture := _LINUX.get(platform):
        minor = _numbers(versions.get("__glibc", "2.17"))[1]
        usable = [known for known in _GLIBC_OF_UV if known <= minor]
        if not usable:
            return None
        target = f"{architecture}-manylinux_2_{usable[-1]}"
        platforms = list(_manylinux(minor, architecture))
    elif platform in _WINDOWS_TAGS:
        target, platforms = _TARGETS[platform], [_WINDOWS_TAGS[platform]]
    elif platform in _TARGETS:
        system = _numbers(versions.get("__osx", "13.0"))
        target = _TARGETS[platform]
        machine = "arm64" if platform == "osx-arm64" else "x86_64"
        platforms = list(mac_platforms(system, machine))
        variables["MACOSX_DEPLOYMENT_TARGET"] = ".".join(map(str, system))
    else:
        return None
    interpreter = f"cp{''.join(map(str, python_version))}"
    tags = (
        *cpython_tags(python_version, platforms=platforms),
        *compatible_tags(python_version, interpreter, platforms),
    )
    return Target(target, tags, variables)


def _numbers(version: str) -> tuple[int, int]:
    found = [int(part) for part in re.findall(r"\d+", version)]
    return (found[0] if found else 0, found[1] if len(found) > 1 else 0)


def _manylinux(newest: int, architecture: str) -> Iterator[str]:
    for minor in range(newest, 4, -1):
        yield f"manylinux_2_{minor}_{architecture}"
        if minor in _LEGACY_MANYLINUX:
            yield f"{_LEGACY_MANYLINUX[minor]}_{architecture}"
    yield f"linux_{architecture}"


# -- stand-ins ------------------------------------------------------------------------------------


class StandIns:
    """Makes wheels that stand for the conda packages of other platforms, in `directory`."""

    def __init__(self, prefix: Path, directory: Path) -> None:
        """`prefix` has the packages of this machine's platform."""
        self._here = _distributions(prefix)
        self._directory = directory

    def write(self, records: Iterable[RepoDataRecord]) -> dict[str, Path]:
        """Write the stand-in of each Python package among the records; return them by name."""
        self._directory.mkdir(exist_ok=True)
        found = (found for record in records for found in self._distributions_of(record))
        return {found.name: self._write(found) for found in found}

    def _distributions_of(self, record: RepoDataRecord) -> Iterator[Distribution]:
        version = str(record.version)
        known = self._here.get(record.name.normalized)
        if known is not None and known[0] == version:
            yield from known[1]
            return
        try:
            version = str(Version(version))
        except InvalidVersion:
            return
        if known is not None:
            for distribution in known[1]:
                yield Distribution(distribution.name, version)
        elif any(_NEEDS_PYTHON.match(need) for need in record.depends):
            yield Distribution(canonicalize_name(record.name.normalized), version)

    def _write(self, distribution: Distribution) -> Path:
        stem = f"{distribution.name.replace('-', '_')}-{distribution.version}"
        wheel = self._directory / f"{stem}-py3-none-any.whl"
        head = [f"Name: {distribution.name}", f"Version: {distribution.version}"]
        files = {
            "METADATA": "\n".join(["Metadata-Version: 2.1", *head, *distribution.needs, ""]),
            "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            "RECORD": "",
        }
        with zipfile.ZipFile(wheel, "w") as archive:
            for name, text in files.items():
                archive.writestr(f"{stem}.dist-info/{name}", text)
        return wheel


def _distributions(prefix: Path) -> dict[str, tuple[str, list[Distribution]]]:
    """Return what the conda packages of a prefix bring: by name, the version and Python's view."""
    found: dict[str, tuple[str, list[Distribution]]] = {}
    for file in (prefix / "conda-meta").glob("*.json"):
        record = json.loads(file.read_text(encoding="utf-8"))
        paths = [path for path in record.get("files", ()) if _METADATA.search(path)]
        brought = [one for path in paths if (one := _read_metadata(prefix / path))]
        if brought:
            found[record["name"]] = record["version"], brought
    return found


def _read_metadata(path: Path) -> Distribution | None:
    message = email.parser.HeaderParser().parsestr(path.read_text("utf-8", "replace"))
    try:
        version = str(Version(message.get("Version", "")))
    except InvalidVersion:
        return None
    needs = [
        f"{key}: {' '.join(value.split())}"
        for key in ("Requires-Dist", "Provides-Extra")
        for value in message.get_all(key) or ()
    ]
    return Distribution(canonicalize_name(message.get("Name", "")), version, tuple(needs))
