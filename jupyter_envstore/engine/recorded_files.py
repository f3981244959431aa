"""Which files a prefix has to have, and what is recorded of each: by conda, pip and the store."""

from __future__ import annotations

import base64
import csv
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from ..domain.integrity import Deviation
from .as_built import AsBuilt, digest_of, pip_records

_META = "conda-meta/"
_UNSURE = (
    "What belongs to {} cannot be told: its list of files is not what it was. Files that were "
    "added are not looked for before that is mended."
)


class Recorded(NamedTuple):
    """What is known of a file."""

    digests: frozenset[str]
    """As `as_built.digest_of` gives them: one of them has to fit. None of them: it has to exist."""
    package: str | None = None


class Packages(NamedTuple):
    """The packages that a build has by its lock."""

    conda: frozenset[str]
    """The names of their records: ``name-version-build.json``."""
    pip: frozenset[str]
    """Their names, normalised."""


@dataclass
class RecordedFiles:
    """All that is known, by path."""

    files: dict[str, Recorded] = field(default_factory=dict)
    deviations: list[Deviation] = field(default_factory=list)
    """Of the records themselves."""
    lists: set[str] = field(default_factory=set)
    """The records that were looked at: they need not be looked at again."""
    notes: list[str] = field(default_factory=list)
    complete: bool = True
    """Whether a file that is not among them was added."""


def recorded_files(
    prefix: Path, built: AsBuilt | None, byte_code: Mapping[str, str], packages: Packages
) -> RecordedFiles:
    """Read all records of a prefix, as far as they are what they were. Raises OSError.

    `byte_code` is what the cache knows of the byte code, as SHA-256 by path.
    """
    found = RecordedFiles()
    for path, digest in byte_code.items():
        found.files[path] = Recorded(frozenset([digest] if digest else []))
    _read_conda(prefix, built, packages.conda, found)
    _read_pip(prefix, built, packages.pip, found)
    if built is None:
        found.notes.append(
            "Nothing tells what this build was like when it was finished, beside the records of "
            "its packages: it was built by an earlier version, or that file is gone."
        )
        return found
    for path, digest in built.hashes.items():
        known = found.files.get(path)
        if path not in found.lists:
            found.files[path] = Recorded(frozenset([digest]), known and known.package)
    for path in built.absent:
        found.files.pop(path, None)
    return found


def _read_conda(
    prefix: Path, built: AsBuilt | None, names: frozenset[str], found: RecordedFiles
) -> None:
    there = {path.name: path for path in (prefix / _META).glob("*.json")}
    for name in sorted(names | there.keys()):
        path = f"{_META}{name}"
        found.lists.add(path)
        if name not in names:
            found.deviations.append(Deviation(path, "added"))
        elif name not in there:
            _miss(found, path, name, "missing")
        elif built is not None and built.hashes.get(path) != digest_of(str(there[name])):
            _miss(found, path, name, "changed")
        else:
            try:
                record = json.loads(there[name].read_bytes())
                files = list(_conda_files(record))
            except (ValueError, KeyError, TypeError, AttributeError):
                _miss(found, path, name, "changed")
                continue
            for file, recorded in files:
                _add(found, file, recorded)


def _conda_files(record: Mapping[str, Any]) -> Iterator[tuple[str, Recorded]]:
    name = str(record["name"])
    for entry in (record.get("paths_data") or {}).get("paths") or ():
        kind = entry.get("path_type")
        # Byte code that an installer has compiled is not the package's own.
        if kind in ("directory", "pyc_file", "linked_package_record"):
            continue
        in_prefix, in_package = entry.get("sha256_in_prefix"), entry.get("sha256")
        if kind == "softlink":
            # rattler has here what the link says, conda what it points at.
            digests = [in_prefix] if in_prefix and in_prefix != in_package else []
        elif in_prefix:
            digests = [in_prefix]
        else:
            digests = [in_package] if in_package and not entry.get("prefix_placeholder") else []
        yield str(entry["_path"]), Recorded(frozenset(digests), name)


def _read_pip(
    prefix: Path, built: AsBuilt | None, names: frozenset[str], found: RecordedFiles
) -> None:
    if not names:
        return
    there = [path for path in pip_records(prefix) if path not in found.files]
    expected = [path for path in (built.hashes if built else ()) if path.endswith("/RECORD")]
    for path in sorted({*there, *expected} - found.files.keys()):
        name = distribution_of(path)
        if path in there and name not in names:
            continue  # All of its files were added.
        found.lists.add(path)
        if path not in there:
            _miss(found, path, name, "missing")
        elif built is not None and built.hashes.get(path) != digest_of(f"{prefix}/{path}"):
            _miss(found, path, name, "changed")
        else:
            _add(found, path, Recorded(frozenset(), name))
            for file, recorded in files_of_list(prefix, path, name):
                _add(found, file, recorded)


def files_of_list(prefix: Path, path: str, name: str) -> Iterator[tuple[str, Recorded]]:
    """Yield what a list of pip's, the file RECORD of a package, says of the package's files."""
    site = PurePosixPath(path).parents[1]
    with (prefix / path).open(encoding="utf-8", errors="surrogateescape", newline="") as lines:
        for row in csv.reader(lines):
            file = _normal(site / row[0]) if row else path
            if file == path or file.endswith(".pyc"):
                continue
            kind, _, code = row[1].partition("=") if len(row) > 1 else ("", "", "")
            digests = []
            if kind == "sha256":
                digests = [base64.urlsafe_b64decode(code + "=" * (-len(code) % 4)).hex()]
            yield file, Recorded(frozenset(digests), name)


def _normal(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            del parts[-1:]
        else:
            parts.append(part)
    return "/".join(parts)


def distribution_of(path: str) -> str:
    """Return the normalised name of the package whose list of files is at this path."""
    directory = PurePosixPath(path).parent.name.removesuffix(".dist-info")
    return _normalised(directory.partition("-")[0])


def _add(found: RecordedFiles, path: str, recorded: Recorded) -> None:
    known = found.files.get(path)
    if known is not None and known.digests and recorded.digests:
        # Two packages have it, or an archive and the cache of byte code: either may be there.
        recorded = Recorded(known.digests | recorded.digests, recorded.package)
    found.files[path] = recorded


def _miss(found: RecordedFiles, path: str, name: str, kind: str) -> None:
    detail = "content" if kind == "changed" else ""
    package = name.removesuffix(".json")
    found.deviations.append(Deviation(path, "changed" if detail else "missing", detail, package))
    found.notes.append(_UNSURE.format(package))
    found.complete = False


def packages_of(names: Collection[str], pip: Collection[str]) -> Packages:
    """Return the packages of a build by the names of their records, and of pip's packages."""
    return Packages(frozenset(names), frozenset(map(_normalised, pip)))


def _normalised(name: str) -> str:
    """Return the name of a package of pip's in its one spelling (PEP 503)."""
    from packaging.utils import canonicalize_name  # Most builds have no package of pip's.

    return canonicalize_name(name)
