"""Many packages of generated files, for benchmarks and for builds that take a while.

Together with the meta package they hold about 10,000 files and 100 MB. Content follows from the
number of the package alone, so each make gives the same files.
"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Literal

from .packages import PLACEHOLDER, Metadata, write_package

PACKAGES = 200
FILES = 50  # of each package
BYTES = 500_000  # of each package, about

META_PACKAGE = "generated-all"
VERSION = "1.0"

Kind = Literal["modules", "data", "native"]

NOARCH: dict[Kind, Literal["python", "generic"] | None] = {
    "modules": "python",
    "data": "generic",
    "native": None,
}


def write_generated(number: int, work: Path, channel: Path) -> Path:
    """Write the generated package of that number (from 0) and return its path."""
    numbers = random.Random(f"local channel {number}")
    kind = _kind(number)
    with tempfile.TemporaryDirectory(dir=work) as directory:
        tree = Path(directory)
        if kind == "modules":
            _write_modules(tree, number, numbers)
        elif kind == "data":
            _write_data(tree / "share" / _module(number), FILES, BYTES, numbers)
        else:
            _write_native(tree, number, numbers)
        metadata = Metadata(
            name=package_name(number),
            version=VERSION,
            build_string="pyg_0" if kind == "modules" else "g_0",
            subdir="linux-64" if kind == "native" else "noarch",
            noarch=NOARCH[kind],
            depends=tuple(_depends(number, numbers)),
            license="CC0-1.0",
            summary=f"Generated {kind}, for benchmarks",
        )
        return write_package(tree, metadata, channel)


def write_meta_package(work: Path, channel: Path) -> Path:
    """Write the package that depends on all generated ones."""
    with tempfile.TemporaryDirectory(dir=work) as directory:
        metadata = Metadata(
            name=META_PACKAGE,
            version=VERSION,
            build_string="g_0",
            subdir="noarch",
            noarch="generic",
            depends=tuple(f"{package_name(n)} =={VERSION}" for n in range(PACKAGES)),
            summary=f"All {PACKAGES} generated packages",
        )
        return write_package(Path(directory), metadata, channel)


def package_name(number: int) -> str:
    return f"generated-{number:03}"


def _module(number: int) -> str:
    return f"generated_{number:03}"


def _kind(number: int) -> Kind:
    """Of ten packages, six hold Python modules, two hold data, and two belong to the platform."""
    last = number % 10
    return "modules" if last < 6 else "data" if last < 8 else "native"


def _depends(number: int, numbers: random.Random) -> list[str]:
    # Only on lower numbers, so that there is no cycle.
    chosen = sorted(numbers.sample(range(number), min(number, numbers.randint(0, 3))))
    python = ["python >=3.10"] if _kind(number) == "modules" else []
    return python + [f"{package_name(n)} >={VERSION}" for n in chosen]


def _write_modules(tree: Path, number: int, numbers: random.Random) -> None:
    package = tree / "site-packages" / _module(number)
    package.mkdir(parents=True)
    modules = FILES * 4 // 5
    (package / "__init__.py").write_text(f'"""Generated."""\n\nVERSION = "{VERSION}"\n')
    for m in range(1, modules):
        (package / f"part_{m:02}.py").write_text(_source(numbers))
    written = sum(file.stat().st_size for file in package.iterdir())
    _write_data(package / "data", FILES - modules, BYTES - written, numbers)


def _write_native(tree: Path, number: int, numbers: random.Random) -> None:
    """Data under ``lib``; in every second such package, a script that names its prefix."""
    texts = 1 if number % 10 == 8 else 0
    _write_data(tree / "lib" / _module(number), FILES - texts, BYTES, numbers)
    if texts:
        script = tree / "bin" / package_name(number)
        script.parent.mkdir()
        script.write_text(f"#!/bin/sh\nls {PLACEHOLDER}/lib/{_module(number)}\n")
        script.chmod(0o755)


def _write_data(directory: Path, files: int, size: int, numbers: random.Random) -> None:
    """Write ``files`` files of ``size`` bytes together, half of which compression takes away."""
    directory.mkdir(parents=True)
    for f in range(files):
        content = numbers.randbytes(size // files // 2).hex().encode()
        (directory / f"block_{f:02}.dat").write_bytes(content)


def _source(numbers: random.Random) -> str:
    """A module of about 3 KB that compiles, imports and computes something."""
    functions = "\n\n".join(
        f"def step_{n}(value: int, *, scale: int = {numbers.randint(2, 99)}) -> int:\n"
        f'    """Generated step {n}."""\n'
        f"    total = {numbers.randint(0, 10**9)}\n"
        f"    for factor in range(1, {numbers.randint(3, 30)}):\n"
        f"        if factor % {numbers.randint(2, 7)}:\n"
        f"            total += value * factor * scale\n"
        f"    return total\n"
        for n in range(12)
    )
    return f'"""Generated."""\n\nfrom __future__ import annotations\n\n\n{functions}'
