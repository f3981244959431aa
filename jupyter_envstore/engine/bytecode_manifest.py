"""What the cache of byte code knows of its entries: which file belongs to which source.

An entry is ``<tag>-<magic>/<sha256 of the package>/``: numbered ``.pyc`` files, and
``manifest.json`` with a `Compiled` for each source.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from .cache_entries import MANIFEST

IN_PREFIX = -1
"""The number of a source that is compiled in each prefix anew."""
NEVER = -2
"""The number of a source that cannot be compiled, such as a template or a test of the parser."""


class Compiled(NamedTuple):
    """What is known of a source: time and size, as byte code records them, and its byte code."""

    time: int
    size: int
    number: int
    """Names the file in the entry; else `IN_PREFIX` or `NEVER`."""
    length: int = 0
    """Bytes of the byte code."""
    sha256: str = ""
    """Of the byte code, hexadecimal; empty in manifests of the first versions."""


Manifest = dict[str, Compiled]
"""By source, relative to the prefix."""


def read_manifest(entry: Path) -> Manifest:
    """Return the manifest of an entry. Raises OSError, ValueError or TypeError without one."""
    raw = json.loads((entry / MANIFEST).read_text(encoding="utf-8"))
    return {source: Compiled(*values) for source, values in raw.items()}


def write_manifest(entry: Path, manifest: Manifest) -> None:
    (entry / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


def target_of(source: str, tag: str) -> str:
    """Return where Python looks for the byte code of a source; `tag` is the interpreter's."""
    folder, _, name = source.rpartition("/")
    return f"{folder}/__pycache__/{name[:-3]}.{tag}.pyc"


def interpreter_file(cache: Path, python: str) -> Path:
    """Return where tag and magic number are remembered of the package python with this SHA-256."""
    return cache / "interpreters" / f"{python}.json"


def entries_of(cache: Path, python: str) -> tuple[str, Path] | None:
    """Return the tag of a package python, and the directory of its entries, if it is known."""
    try:
        tag, magic = json.loads(interpreter_file(cache, python).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return str(tag), cache / f"{tag}-{magic}"


def cached_byte_code(entry: Path, tag: str) -> dict[str, str]:
    """Return the SHA-256 of the byte code that a package's entry has, by its path in prefixes."""
    try:
        manifest = read_manifest(entry)
    except (OSError, ValueError, TypeError):
        return {}
    return {
        target_of(source, tag): compiled.sha256
        for source, compiled in manifest.items()
        if compiled.number >= 0
    }


def damaged_entries(entries: Iterable[Path]) -> Iterator[Path]:
    """Yield the entries with a file that is not what the manifest says."""
    for entry in entries:
        try:
            manifest = read_manifest(entry)
            for compiled in manifest.values():
                if compiled.number < 0 or not compiled.sha256:
                    continue
                code = (entry / f"{compiled.number}.pyc").read_bytes()
                if hashlib.sha256(code).hexdigest() != compiled.sha256:
                    yield entry
                    break
        except FileNotFoundError:
            if entry.is_dir():
                yield entry
        except (OSError, ValueError, TypeError):
            yield entry


def byte_code_of(cache: Path, packages: Mapping[str, str]) -> dict[str, str]:
    """Return what the cache knows of the byte code of a build, as SHA-256 by path in its prefix.

    `packages` has the SHA-256 of conda's packages by name.
    """
    known = entries_of(cache, packages["python"]) if packages.get("python") else None
    if known is None:
        return {}
    tag, entries = known
    found: dict[str, str] = {}
    for sha256 in packages.values():
        found.update(cached_byte_code(entries / sha256, tag))
    return found
