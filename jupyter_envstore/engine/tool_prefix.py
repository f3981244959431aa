"""A prefix after a tool has installed into it: whether it is whole, and what its records say.

The exit status of a tool is no evidence: conda ends with 0 after some failures, and a killed mamba
leaves what lists as an environment. ``conda-meta`` and the files that it names are.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from rattler import RepoDataRecord

from ..domain.credentials import without_credentials
from .package_cache import PackageCache, entry_name

_MOST_NAMED = 5
_BLOCK = 1 << 20


def what_is_missing(prefix: Path, records: Iterable[RepoDataRecord]) -> str | None:
    """Say in a clause what a prefix lacks of the packages, or has besides; None if it is whole."""
    expected = {f"{entry_name(record)}.json" for record in records}
    present = {name for name in _names(prefix / "conda-meta") if name.endswith(".json")}
    if lacking := expected - present:
        return f"it has no record of {_listed(lacking)}"
    if besides := present - expected:
        return f"it has a record of {_listed(besides)}, which nobody asked for"
    there = set(_files(str(prefix)))
    absent = {
        path
        for record in _records(prefix)
        for path in record.get("files", ())
        # Byte code is not the package's own: what is missing is compiled again.
        if path not in there and not path.endswith(".pyc")
    }
    return f"the files {_listed(absent)} of its packages are missing" if absent else None


def amend_records(
    prefix: Path,
    records: Iterable[RepoDataRecord],
    cache: PackageCache,
    asked: Mapping[str, str],
) -> None:
    """Let the records say where the packages are, where from, and which were asked for.

    The tools saw a cache that goes with the attempt, and a list in which everything was asked for.
    `asked` has the match specs by name.
    """
    for record in records:
        path = prefix / "conda-meta" / f"{entry_name(record)}.json"
        raw = json.loads(path.read_text(encoding="utf-8"))
        entry = str(cache.entry(record))
        raw["channel"] = without_credentials(record.channel).rstrip("/")
        raw["url"] = without_credentials(record.url)
        raw["extracted_package_dir"] = entry
        raw["link"] = {**(raw.get("link") or {}), "source": entry}
        for key in ("requested_spec", "requested_specs", "package_tarball_full_path", "auth"):
            raw.pop(key, None)
        if record.name.normalized in asked:
            raw["requested_spec"] = asked[record.name.normalized]
        _write_whole(path, json.dumps(raw, indent=2))


def clobbered_paths(prefix: Path) -> list[tuple[str, str, str]]:
    """Return the paths that two packages have: each path, whose file is there, and whose is not."""
    owners: dict[str, list[tuple[str, str | None]]] = {}
    for record in _records(prefix):
        hashes = {entry.get("_path"): _hash_of(entry) for entry in _paths(record)}
        for path in record.get("files", ()):
            owners.setdefault(path, []).append((record["name"], hashes.get(path)))
    found = []
    for path, claims in sorted(owners.items()):
        if len(claims) > 1 and not path.endswith(".pyc"):
            present = _sha256(prefix / path)
            used = next((name for name, digest in claims if digest == present), claims[0][0])
            found += [(path, used, name) for name, _ in claims if name != used]
    return found


def discard_byte_code(prefix: Path) -> None:
    """Remove what the tool has compiled itself: the store's own is shared with other builds."""
    for record in _records(prefix):
        for entry in _paths(record):
            if entry.get("path_type") == "pyc_file":
                with suppress(OSError):
                    os.unlink(f"{prefix}/{entry['_path']}")  # noqa: PTH108  # Thousands of them.


def _records(prefix: Path) -> Iterator[dict[str, Any]]:
    for path in sorted((prefix / "conda-meta").glob("*.json")):
        with suppress(OSError, ValueError):
            raw = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(raw, dict):
                yield raw


def _paths(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list((record.get("paths_data") or {}).get("paths") or ())


def _hash_of(entry: Mapping[str, Any]) -> str | None:
    return entry.get("sha256_in_prefix") or entry.get("sha256")


def _sha256(path: Path) -> str | None:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError:
        return None
    return digest.hexdigest()


def _files(prefix: str) -> Iterator[str]:
    """Yield the paths of all files below a prefix, relative to it, with slashes."""
    pending = [""]
    while pending:
        folder = pending.pop()
        with os.scandir(f"{prefix}/{folder}") as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(f"{folder}{entry.name}/")
                else:
                    yield f"{folder}{entry.name}"


def _names(directory: Path) -> list[str]:
    try:
        return os.listdir(directory)  # noqa: PTH208
    except FileNotFoundError:
        return []


def _listed(names: Iterable[str]) -> str:
    found = sorted(name.removesuffix(".json") for name in names)
    more = len(found) - _MOST_NAMED
    return ", ".join(found[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _write_whole(path: Path, text: str) -> None:
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)
