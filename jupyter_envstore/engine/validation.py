"""Whether the files of cached packages are still those that the packages list.

A file of the cache is an inode that builds link: what changed it changed them, and would change
every later build. rattler looks by itself when it links; this is for other linkers.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .archive_facts import read_facts

_WORKERS = 4
_BLOCK = 1 << 20


def damaged_packages(packages: Iterable[Path]) -> list[Path]:
    """Return the directories of extracted packages in which a file is missing or another."""
    found = list(packages)
    with ThreadPoolExecutor(_WORKERS) as pool:
        whole = pool.map(_is_whole, found)
        return [path for path, is_whole in zip(found, whole, strict=True) if not is_whole]


def is_as_listed(package: Path, archive: bytes | None) -> bool:
    """Tell whether a package that somebody else has extracted can be believed to be whole.

    `archive` is the SHA-256 that it has to name as its archive's. Packages of the old form, which
    list no hashes, cannot be checked and are not believed.
    """
    facts = read_facts(package)
    if facts is None or archive is None or facts.sha256 != archive.hex():
        return False
    try:
        listed = json.loads((package / "info" / "paths.json").read_bytes())["paths"]
        hashed = all("sha256" in e for e in listed if e.get("path_type") == "hardlink")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return hashed and _is_whole(package)


def _is_whole(package: Path) -> bool:
    try:
        listed = json.loads((package / "info" / "paths.json").read_bytes())["paths"]
    except FileNotFoundError:
        return _has_all(package)
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return all(_is_same(f"{package}/{entry['_path']}", entry) for entry in listed)


def _has_all(package: Path) -> bool:
    """Look at a package of the old form, which lists its files without hashes."""
    try:
        files = (package / "info" / "files").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return False
    return all(os.path.lexists(package / file) for file in files if file)


def _is_same(path: str, entry: dict[str, object]) -> bool:
    if entry.get("path_type") != "hardlink":
        return os.path.lexists(path)
    wanted = entry.get("sha256")
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123  # Thousands of them.
            size = entry.get("size_in_bytes")
            if size is not None and os.fstat(file.fileno()).st_size != size:
                return False
            if wanted is None:
                return True
            digest = hashlib.sha256()
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError:
        return False
    return digest.hexdigest() == wanted
