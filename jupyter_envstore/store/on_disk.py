"""What the store's directory shows of builds: prefixes, and the numbers that were given out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..domain.layout import Layout

_NUMBERED = re.compile(r"(?P<build>\d+)(?:\..*)?")
"""Logs, events, artifacts and attempts: all begin with the id of their build."""


def prefixes_on_disk(layout: Layout, known: Iterable[str]) -> Iterator[Path]:
    """Yield the directories that could be prefixes of builds, wherever templates put them.

    `known` are the prefixes of the database's builds: an older template may have put them
    elsewhere, and others beside them.
    """
    parents = {Path(layout.prefix("", "x", 3)).parent}
    parents |= {Path(prefix).parent for prefix in known}
    parents |= {
        Path(layout.prefix(entry.name, "x", 2)).parent
        for entry in entries(layout.store_directory)
        if not entry.name.startswith(".")
    }
    for parent in sorted(parents):
        yield from (entry for entry in entries(parent) if (entry / "conda-meta").is_dir())


def links_to_prefixes(layout: Layout, namespaces: Iterable[str]) -> Iterator[Path]:
    """Yield whatever has the place of an environment's link in these namespaces."""
    for namespace in namespaces:
        yield from entries(layout.environments_directory(namespace))


def highest_build_id(layout: Layout) -> int:
    """Return the largest id of a build that has left a log, an artifact or an attempt; or 0."""
    numbered = (*_numbered(layout.work), *records_on_disk(layout))
    return max((build_id for build_id, _ in numbered), default=0)


def records_on_disk(layout: Layout) -> Iterator[tuple[int, Path]]:
    """Yield the logs, events and artifacts that there are, with the id of their build."""
    yield from _numbered(layout.logs)
    yield from _numbered(Path(layout.lock_artifact(0)).parents[1])


def _numbered(directory: str | Path) -> Iterator[tuple[int, Path]]:
    for entry in entries(directory):
        if match := _NUMBERED.fullmatch(entry.name):
            yield int(match["build"]), entry


def entries(directory: str | Path) -> list[Path]:
    """Return what a directory holds, sorted; nothing if it is not there."""
    try:
        return sorted(Path(directory).iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
