"""Download wheels from the configured package index, and convert them to conda packages.

whl2conda lays the files out. What it leaves out is done here: dependencies that have environment
markers, the console scripts of binary packages, conda-forge's names with an underscore, and the
libraries that a manylinux wheel expects.
"""

from __future__ import annotations

import configparser
import functools
import logging
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name, parse_wheel_filename
from whl2conda.api.converter import (
    CondaPackageFormat,
    CondaTargetInfo,
    Wheel2CondaConverter,
    Wheel2CondaError,
)
from whl2conda.api.stdrename import load_std_renames

from .interpreter import Interpreter
from .packages import PLACEHOLDER, Metadata, write_package

# Names of conda-forge that whl2conda's table does not hold.
CONDA_NAMES = {"jupyter-client": "jupyter_client", "jupyter-core": "jupyter_core"}

# Platform tags older than PEP 600 and the glibc that each stands for.
LEGACY_GLIBC = {"manylinux1": 5, "manylinux2010": 12, "manylinux2014": 17}


class DownloadError(Exception):
    """pip could not get the wheels."""


class ConversionError(Exception):
    """A wheel cannot be made a conda package of this channel."""


@dataclass(frozen=True)
class Wheel:
    """A wheel file and the metadata in it."""

    file: Path
    metadata: Message
    entry_points: tuple[str, ...]  # "name = module:function"

    @classmethod
    def read(cls, file: Path) -> Wheel:
        """Read the metadata of the wheel at ``file``."""
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            metadata = next(n for n in names if re.fullmatch(r"[^/]+\.dist-info/METADATA", n))
            points = metadata.replace("METADATA", "entry_points.txt")
            return cls(
                file=file,
                metadata=Parser().parsestr(archive.read(metadata).decode("utf-8", "replace")),
                entry_points=_scripts(archive.read(points).decode()) if points in names else (),
            )

    @property
    def license(self) -> str:
        """The licence's name: many wheels hold its whole text, which is not for repodata."""
        text = self.metadata["License-Expression"] or self.metadata["License"] or ""
        return str(text).strip().partition("\n")[0][:60]


def download(requirements: Iterable[str], directory: Path, *, with_dependencies: bool) -> None:
    """Download wheels for ``requirements`` (PEP 508) and the running interpreter with pip.

    Raises DownloadError with what pip says if that fails.
    """
    options = [] if with_dependencies else ["--no-deps"]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--only-binary=:all:", "--dest", str(directory), *options, *requirements]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        raise DownloadError(
            "The wheels for the channel could not be downloaded: check that pip works here and "
            f"reaches a package index, then run the tool again. pip says:\n{run.stderr.strip()}"
        )


def convert(
    file: Path, interpreter: Interpreter, libraries: Sequence[str], work: Path, channel: Path
) -> Path:
    """Convert the wheel at ``file`` to a package in ``channel``, and return its path.

    Binary packages depend on ``libraries``. Raises ConversionError if whl2conda cannot convert the
    wheel, or if it is a binary one for another Python.
    """
    logging.getLogger("whl2conda").setLevel(logging.ERROR)
    wheel = Wheel.read(file)
    with tempfile.TemporaryDirectory(dir=work) as directory:
        converter = Wheel2CondaConverter(file, Path(directory))
        converter.out_format = CondaPackageFormat.TREE
        converter.allow_impure = True
        converter.keep_pip_dependencies = True
        try:
            tree = converter.convert()
        except Wheel2CondaError as error:
            raise ConversionError(f"whl2conda cannot convert {file.name}: {error}") from error
        target = converter.conda_target
        if target is None or (
            not target.uses_noarch_python and target.python_version != interpreter.minor
        ):
            raise ConversionError(f"{file.name} is not a wheel for Python {interpreter.minor}.")
        _mend_scripts(tree)
        for installer in tree.glob(f"{target.site_packages_prefix}/*.dist-info/INSTALLER"):
            installer.write_text("conda\n", encoding="utf-8")
        if not target.uses_noarch_python:
            _write_entry_points(tree / "bin", wheel.entry_points, interpreter)
        depends = dependencies(wheel.metadata)
        if not target.is_noarch:
            depends = binary_dependencies(depends, file.name, target, interpreter, libraries)
        metadata = Metadata(
            name=conda_name(str(wheel.metadata["Name"])),
            version=str(wheel.metadata["Version"]),
            build_string=target.build_string,
            subdir="noarch" if target.is_noarch else "linux-64",
            noarch="python" if target.uses_noarch_python else None,
            depends=tuple(depends),
            entry_points=wheel.entry_points if target.uses_noarch_python else (),
            license=wheel.license,
            summary=str(wheel.metadata["Summary"] or ""),
        )
        return write_package(tree, metadata, channel)


def conda_name(name: str) -> str:
    """The name of a PyPI project as conda-forge writes it."""
    canonical = str(canonicalize_name(name))
    return conda_names().get(canonical, canonical)


@functools.cache
def conda_names() -> dict[str, str]:
    """conda-forge's names (by canonical PyPI names) where they differ.

    whl2conda keeps its table in the user's cache directory, and writes it on first use: call this
    before several processes do.
    """
    return {**load_std_renames(), **CONDA_NAMES}


def dependencies(metadata: Message) -> list[str]:
    """Match specs for what a wheel requires in the running interpreter; extras are not followed."""
    python = SpecifierSet(metadata["Requires-Python"] or "")
    found = [f"python {conda_range(python)}".strip()]
    for line in metadata.get_all("Requires-Dist") or []:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            found.append(
                f"{conda_name(requirement.name)} {conda_range(requirement.specifier)}".strip()
            )
    return found


def conda_range(specifiers: SpecifierSet) -> str:
    """Write PEP 440 specifiers as conda does: ``~=1.4.2`` becomes ``>=1.4.2,1.4.*``."""
    parts = []
    for specifier in specifiers:
        operator, version = specifier.operator, specifier.version
        if operator == "~=":
            release = re.match(r"(?:\d+!)?\d+(?:\.\d+)*", version)
            series = release.group().rpartition(".")[0] if release else version
            parts += [f">={version}", f"{series}.*"]
        elif operator in ("==", "===") and version.endswith(".*"):
            parts.append(version)
        else:
            parts.append(f"{'==' if operator == '===' else operator}{version}")
    return ",".join(sorted(parts, reverse=True))


def binary_dependencies(
    depends: list[str],
    file_name: str,
    target: CondaTargetInfo,
    interpreter: Interpreter,
    libraries: Sequence[str],
) -> list[str]:
    """Add what compiled code needs: an interpreter of its ABI, the C library, ``libraries``."""
    if target.is_abi3:
        depends = [*depends, f"python >={target.python_version}"]
    else:
        major, minor = interpreter.version_info
        own = f"python >={major}.{minor},<{major}.{minor + 1}.0a0"
        others = [spec for spec in depends if spec.split()[0] != "python"]
        depends = [own, f"python_abi {interpreter.minor}.* *_{interpreter.tag}", *others]
    return [*depends, f"__glibc >=2.{_glibc_minor(file_name)},<3.0.a0", *libraries]


def _glibc_minor(file_name: str) -> int:
    """The least glibc 2.N that a wheel's platform tags accept."""
    minors = []
    for tag in parse_wheel_filename(file_name)[3]:
        if modern := re.match(r"manylinux_2_(\d+)_", tag.platform):
            minors.append(int(modern.group(1)))
        else:
            minors.append(LEGACY_GLIBC.get(tag.platform.partition("_")[0], 17))
    return min(minors)


def _scripts(entry_points: str) -> tuple[str, ...]:
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None)
    parser.optionxform = str  # type: ignore[assignment]  # names of scripts keep their case
    parser.read_string(entry_points)
    sections = [parser[s] for s in ("console_scripts", "gui_scripts") if s in parser]
    return tuple(
        f"{name} = {target.partition('[')[0].strip()}"
        for section in sections
        for name, target in section.items()
    )


def _write_entry_points(
    directory: Path, entry_points: Iterable[str], interpreter: Interpreter
) -> None:
    """Write the console scripts that conda makes itself for noarch packages only."""
    for entry_point in entry_points:
        name, _, target = entry_point.partition(" = ")
        module, _, function = target.partition(":")
        directory.mkdir(exist_ok=True)
        script = directory / name
        script.write_text(
            f"#!{PLACEHOLDER}/bin/python{interpreter.minor}\n"
            f"import sys\n\nfrom {module} import {function.partition('.')[0]}\n\n"
            f"sys.exit({function}())\n",
            encoding="utf-8",
        )
        script.chmod(0o755)


def _mend_scripts(tree: Path) -> None:
    """Fill in ``#!python``, which begins a wheel's scripts, and make them executable."""
    for script in (*tree.glob("bin/*"), *tree.glob("python-scripts/*")):
        first, newline, rest = script.read_bytes().partition(b"\n")
        if re.match(rb"#!pythonw?\b", first):
            script.write_bytes(f"#!{PLACEHOLDER}/bin/python".encode() + newline + rest)
        script.chmod(0o755)


def write_ca_certificates(certifi: Path, work: Path, channel: Path) -> Path:
    """Package the certificates of certifi's wheel as conda-forge does: ``ssl/cacert.pem``."""
    with tempfile.TemporaryDirectory(dir=work) as directory:
        ssl = Path(directory) / "ssl"
        ssl.mkdir()
        with zipfile.ZipFile(certifi) as archive:
            (ssl / "cacert.pem").write_bytes(archive.read("certifi/cacert.pem"))
        (ssl / "cert.pem").symlink_to("cacert.pem")
        version = str(parse_wheel_filename(certifi.name)[1])
        metadata = _generic("ca-certificates", version, "Certificates of Mozilla, from certifi")
        return write_package(Path(directory), metadata, channel)


def write_tzdata(tzdata: Path, work: Path, channel: Path) -> Path:
    """Package the time zones of tzdata's wheel as conda-forge does: in ``share/zoneinfo``."""
    with tempfile.TemporaryDirectory(dir=work) as directory:
        tree, unpacked = Path(directory) / "tree", Path(directory) / "unpacked"
        with zipfile.ZipFile(tzdata) as archive:
            archive.extractall(unpacked)
        module = (unpacked / "tzdata/__init__.py").read_text(encoding="utf-8")
        version = re.search(r'IANA_VERSION = "(\w+)"', module)
        if version is None:
            raise ConversionError(f"{tzdata.name} does not tell the version of its time zones.")
        python_only = shutil.ignore_patterns("__init__.py", "__pycache__")
        shutil.copytree(unpacked / "tzdata/zoneinfo", tree / "share/zoneinfo", ignore=python_only)
        metadata = _generic("tzdata", version.group(1), "The time zones of IANA")
        return write_package(tree, metadata, channel)


def _generic(name: str, version: str, summary: str) -> Metadata:
    return Metadata(
        name=name,
        version=version,
        build_string="h_pypi_0",
        subdir="noarch",
        noarch="generic",
        summary=summary,
    )
