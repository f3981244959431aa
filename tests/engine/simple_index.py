"""A package index for pip and uv (PEP 503) with very small wheels, in a directory."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path


def add_wheel(
    root: Path,
    name: str,
    version: str,
    *,
    requires: tuple[str, ...] = (),
    extras: tuple[str, ...] = (),
    broken: bool = False,
    tag: str = "py3-none-any",
) -> str:
    """Add a wheel with one module to the index at `root`; return its SHA-256."""
    folder = root / "simple" / name
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{name}-{version}-{tag}.whl"
    info = f"{name}-{version}.dist-info"
    lines = [f"Name: {name}", f"Version: {version}", f"Summary: A {name}"]
    lines += [f"Requires-Dist: {need}" for need in requires]
    lines += [f"Provides-Extra: {extra}" for extra in extras]
    files = {
        f"{name}.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": "\n".join(["Metadata-Version: 2.1", *lines]) + "\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    record = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(path, text)
    if broken:
        wheel.write_bytes(b"this is not a wheel")
    links = [
        f'<a href="{file.name}#sha256={_sha256(file)}">{file.name}</a><br>'
        for file in sorted(folder.glob("*.whl"))
    ]
    (folder / "index.html").write_text(f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>")
    return _sha256(wheel)


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
