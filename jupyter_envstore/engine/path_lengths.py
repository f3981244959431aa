"""Whether every path of a build is short enough: before the solve, after the fetch, and after all.

What a package allows is known once it is fetched, from ``info/paths.json``: the length of the
placeholder that the prefix replaces in its binary files, and of the paths of its files.
"""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rattler import RepoDataRecord
from rattler.package import PathsJson

from ..domain.order import WorkOrder
from ..domain.path_lengths import PathRules, PathTooLong, without_extended
from .package_cache import PackageCache
from .protocol import STAGING
from .refusal import BuildRefused

_WINDOWS_TOO_LONG = 206
"""``ERROR_FILENAME_EXCED_RANGE``."""
_SAYS_206 = re.compile(r"\b(WinError|os error) 206\b")
_SAYS_NAME_TOO_LONG = re.compile(r"\bFile name too long\b")


@dataclass(frozen=True)
class PackagePaths:
    """What a package says of its files."""

    shortest_placeholder: str | None
    """Of its binary files: where a prefix is put in, it cannot be longer than what it replaces."""
    longest_path: int
    """In characters, relative to the prefix."""


def rules_of(order: WorkOrder) -> PathRules:
    """Return how long the paths of the ordered build may be."""
    return PathRules(
        windows=order.subdir.startswith("win-"),
        win_extended_length_prefix=order.win_extended_length_prefix,
        long_paths_enabled=order.long_paths_enabled,
        store_directory=order.store_directory,
        key_version=order.key_version,
    )


def check_prefix(order: WorkOrder) -> None:
    """Raise `BuildRefused` of kind path if no package could be installed to the prefix."""
    try:
        rules_of(order).check_prefix(order.prefix)
    except PathTooLong as error:
        raise BuildRefused("path", error.message, error.hint) from error


def check_packages(
    order: WorkOrder, records: Iterable[RepoDataRecord], cache: PackageCache
) -> None:
    """Raise `BuildRefused` of kind path if a fetched package does not allow such a long prefix."""
    rules = rules_of(order)
    known = [(record, paths_of(cache.entry(record), rules)) for record in records]
    if rules.windows:
        # Windows programs find their files by themselves: nothing is put into binary files.
        longest = max((paths.longest_path for _, paths in known), default=0)
        staging = str(Path(order.directory, STAGING))
        try:
            rules.check_file(max(order.prefix, staging, key=len), longest)
        except PathTooLong as error:
            raise BuildRefused("path", error.message, error.hint) from error
        return
    length = len(os.fsencode(order.prefix))
    for record, paths in known:
        allowed = paths.shortest_placeholder
        if allowed is not None and length > len(allowed.encode()):
            raise _placeholder_too_short(order, rules, record, len(allowed.encode()))


def paths_of(package: Path, rules: PathRules) -> PackagePaths:
    """Read what an extracted package says of its files.

    Only what `rules` need is read: without Windows, a package without binary files that have a
    placeholder is passed over quickly, and its longest path is 0.
    """
    file = package / "info" / "paths.json"
    try:
        text = file.read_bytes()
    except FileNotFoundError:
        return _deprecated_paths(package)
    # Most packages have no such file, and parsing the long lists of some takes a while.
    if not rules.windows and b'"binary"' not in text:
        return PackagePaths(None, 0)
    entries = json.loads(text)["paths"]
    placeholders = [
        entry["prefix_placeholder"]
        for entry in entries
        if entry.get("file_mode") == "binary" and entry.get("prefix_placeholder")
    ]
    return _summary(placeholders, [entry["_path"] for entry in entries])


def _deprecated_paths(package: Path) -> PackagePaths:
    """Read what old packages have in place of ``paths.json``: ``files`` and ``has_prefix``."""
    entries = PathsJson.from_deprecated_package_directory(package).paths
    placeholders = [
        entry.prefix_placeholder.placeholder
        for entry in entries
        if entry.prefix_placeholder and entry.prefix_placeholder.file_mode.binary
    ]
    return _summary(placeholders, [str(entry.relative_path) for entry in entries])


def _summary(placeholders: list[str], paths: list[str]) -> PackagePaths:
    shortest = min(placeholders, key=lambda text: len(text.encode()), default=None)
    return PackagePaths(shortest, max(map(len, paths), default=0))


def _placeholder_too_short(
    order: WorkOrder, rules: PathRules, record: RepoDataRecord, allowed: int
) -> BuildRefused:
    length = len(os.fsencode(order.prefix))
    name = f"{record.name.normalized} {record.version} {record.build}"
    return BuildRefused(
        "path",
        f"The package {name} can be installed to prefixes of at most {allowed} bytes, because its "
        f"programs have room for no more; this build's has {length}: {order.prefix}",
        f"{_sentence(rules.shortening())}; or ask for another build of {record.name.normalized}: "
        "conda-build leaves room for 255 unless it is told otherwise.",
    )


def path_is_too_long(error: BaseException) -> bool:
    """Tell whether an error, ours or rattler's, says that the system allows no such long path."""
    return _is_206(error) or _is_name_too_long(error)


def refuse_if_path_is_too_long(error: BaseException, order: WorkOrder) -> None:
    """Raise `BuildRefused` if the error, ours or rattler's, says that a path is too long."""
    if _is_206(error):
        raise BuildRefused(
            "path",
            f"A path of this build is too long for Windows (error 206){_which(error)}",
            rules_of(order).remedies(),
            explanation=str(error),
        ) from error
    if _is_name_too_long(error):
        raise BuildRefused(
            "path",
            f"A path of this build is longer than the file system allows{_which(error)}",
            f"{_sentence(rules_of(order).shortening())}; or move the store to another file system: "
            "some that encrypt allow names of 143 bytes only.",
            explanation=str(error),
        ) from error


def _is_206(error: BaseException) -> bool:
    number = getattr(error, "winerror", None)
    return number == _WINDOWS_TOO_LONG or _SAYS_206.search(str(error)) is not None


def _is_name_too_long(error: BaseException) -> bool:
    number = error.errno if isinstance(error, OSError) else None
    return number == errno.ENAMETOOLONG or _SAYS_NAME_TOO_LONG.search(str(error)) is not None


def _which(error: BaseException) -> str:
    filename = getattr(error, "filename", None)
    if filename is None:
        return "."
    path = without_extended(os.fsdecode(filename))
    return f": {path} has {len(path)} characters."


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}"
