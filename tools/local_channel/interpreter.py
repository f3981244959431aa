"""What the running interpreter is, and whether a relocatable package can be made of it.

Only the standard library is imported here, so that a refusal can be told before anything else is
needed.
"""

from __future__ import annotations

import os
import platform
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Interpreter:
    """Facts about a Python interpreter that decide whether and how it can be packaged.

    A virtual environment is described by the interpreter that it was made from
    (``sys.base_prefix``).
    """

    implementation: str  # sys.implementation.name: "cpython", "pypy"
    system: str  # sys.platform: "linux", "darwin", "win32"
    machine: str  # "x86_64" only if the interpreter itself is a 64-bit program
    libc: tuple[str, str]  # ("glibc", "2.36"); ("", "") for musl
    version_info: tuple[int, int]
    version: str  # as conda writes it: "3.11.7", "3.15.0a1"
    abiflags: str  # "t" for a free-threaded build, "d" for a debug build
    platlibdir: str  # "lib", or "lib64" on Fedora and its kin
    base_prefix: Path
    stdlib: Path
    from_conda: bool
    debian_layout: bool  # modules go to dist-packages, as Debian and Ubuntu patch it

    @classmethod
    def running(cls) -> Interpreter:
        """Describe the interpreter that runs this program."""
        base = Path(sys.base_prefix)
        return cls(
            implementation=sys.implementation.name,
            system=sys.platform,
            machine=platform.machine() if sys.maxsize > 2**32 else "32-bit " + platform.machine(),
            libc=platform.libc_ver() if sys.platform == "linux" else ("", ""),
            version_info=sys.version_info[:2],
            version=_conda_version(),
            abiflags=getattr(sys, "abiflags", ""),
            platlibdir=sys.platlibdir,
            base_prefix=base,
            stdlib=Path(sysconfig.get_path("stdlib")),
            from_conda=(base / "conda-meta").is_dir(),
            debian_layout="deb_system" in sysconfig.get_scheme_names(),
        )

    @property
    def minor(self) -> str:
        """The version that names directories and programs: ``3.11``."""
        return f"{self.version_info[0]}.{self.version_info[1]}"

    @property
    def tag(self) -> str:
        """The version as in wheel and ABI tags: ``cp311``."""
        return f"cp{self.version_info[0]}{self.version_info[1]}"

    @property
    def executable(self) -> Path:
        return self.base_prefix / "bin" / f"python{self.minor}"

    @property
    def extensions(self) -> Path:
        """The directory of the standard library's extension modules."""
        return self.stdlib / "lib-dynload"

    @property
    def glibc_requirement(self) -> str:
        """The match spec of the C library that programs of this machine need."""
        return f"__glibc >={self.libc[1]},<3.0.a0"


def refusal(interpreter: Interpreter) -> str | None:
    """Say in one sentence why no channel can be made of ``interpreter``, or None if one can."""
    advice = "run the tool with a CPython 3.10 or newer on 64-bit Linux"
    if interpreter.implementation != "cpython":
        name = interpreter.implementation
        return f"This Python is {name}, and only CPython can be packaged: {advice}."
    if interpreter.system != "linux":
        system = interpreter.system
        return f"A local channel can only be made on Linux, and this is {system}: {advice}."
    if interpreter.machine != "x86_64":
        machine = interpreter.machine
        return f"Only linux-64 packages can be made, and this Python is for {machine}: {advice}."
    if interpreter.libc[0] != "glibc":
        return (
            "conda packages for Linux need the GNU C library, and this Python uses another: "
            f"{advice} with glibc."
        )
    if interpreter.version_info < (3, 10):
        return f"Python {interpreter.version} is too old to be packaged: {advice}."
    if interpreter.abiflags:
        return (
            f"This Python is a free-threaded or debug build (ABI flags {interpreter.abiflags!r}), "
            f"which needs other wheels: {advice} that is built without them."
        )
    if interpreter.from_conda:
        return (
            f"The Python in {interpreter.base_prefix} comes from a conda package already, "
            "so use the channel it came from, or run the tool with a Python from elsewhere."
        )
    if interpreter.platlibdir != "lib":
        return (
            f"This Python keeps its library in {interpreter.platlibdir}, and a conda prefix has "
            "only lib: run the tool with a Python built from upstream's sources, or with Debian's."
        )
    if not interpreter.executable.is_file() or not os.access(interpreter.stdlib / "os.py", os.R_OK):
        return (
            f"{interpreter.base_prefix} holds no whole Python: {interpreter.executable} or "
            f"{interpreter.stdlib} is missing; run the tool with a full installation."
        )
    return None


def _conda_version() -> str:
    info = sys.version_info
    stage = {"alpha": "a", "beta": "b", "candidate": "rc"}.get(info.releaselevel)
    return f"{info.major}.{info.minor}.{info.micro}" + (f"{stage}{info.serial}" if stage else "")
