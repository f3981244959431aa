"""A prefix beside its records: what was changed in it, is missing, or was added."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ..domain.integrity import Deviation
from ..domain.own_files import AS_BUILT, MARKER
from .as_built import AsBuilt, digest_of
from .prefix import walk
from .recorded_files import Packages, Recorded, RecordedFiles, recorded_files
from .survey import unwanted_modes

THREADS = 2
_BATCH = 400
"""Files that are compared between two reports of progress."""

Progress = Callable[[int, int], None]
"""Called with the number of files that were compared, and of all."""


@dataclass
class Inspected:
    """What an inspection has found. Sizes are bytes."""

    deviations: list[Deviation]
    notes: list[str]
    files: int
    size: int
    records: RecordedFiles


def inspect_prefix(
    prefix: str,
    packages: Packages,
    built: AsBuilt | None,
    byte_code: Mapping[str, str],
    *,
    only_owner_writes: bool = True,
    progress: Progress = lambda *_: None,
) -> Inspected:
    """Compare every file of a prefix with what is recorded of it. Raises OSError.

    `byte_code` is what the cache knows of the byte code, as SHA-256 by path. The store's marker is
    not looked at.
    """
    records = recorded_files(Path(prefix), built, byte_code, packages)
    deviations = list(records.deviations)
    texts = built.texts if built else {}
    there = {path: status for path, status in walk(prefix) if not stat.S_ISDIR(status.st_mode)}
    compare: list[tuple[str, Recorded]] = []
    size = 0
    for path, status in there.items():
        recorded = records.files.get(path)
        if recorded is not None and path not in texts:
            size += status.st_size
            compare.append((path, recorded))
        elif path in texts:
            if _differs(f"{prefix}/{path}", texts[path]):
                deviations.append(Deviation(path, "changed", "content"))
        elif path not in records.lists and path not in (MARKER, AS_BUILT):
            if records.complete and not (built is None and _is_fresh(prefix, path, status)):
                deviations.append(Deviation(path, "added"))
            continue
        if detail := _odd_mode(path, status, built, only_owner_writes):
            deviations.append(Deviation(path, "changed", detail, recorded and recorded.package))
    for path in (records.files.keys() | texts.keys()) - there.keys():
        recorded = records.files.get(path)
        if recorded is not None and os.path.lexists(f"{prefix}/{path}"):
            compare.append((path, recorded))  # It is in a folder that is a link.
        else:
            deviations.append(Deviation(path, "missing", package=recorded and recorded.package))
    deviations += _changed(prefix, compare, progress)
    return Inspected(_once(deviations), records.notes, len(compare), size, records)


def _changed(
    prefix: str, compare: list[tuple[str, Recorded]], progress: Progress
) -> Iterator[Deviation]:
    def look(one: tuple[str, Recorded]) -> Deviation | None:
        path, recorded = one
        digest = digest_of(f"{prefix}/{path}")
        if digest is None:
            return Deviation(path, "changed", "type", recorded.package)
        if recorded.digests and digest not in recorded.digests:
            return Deviation(path, "changed", "content", recorded.package)
        return None

    left, done = iter(compare), 0
    with ThreadPoolExecutor(THREADS) as pool:
        while batch := list(islice(left, _BATCH)):
            yield from filter(None, pool.map(look, batch))
            done += len(batch)
            progress(done, len(compare))


def _differs(path: str, text: str) -> bool:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read() != text.encode()
    except OSError:
        return True


def _odd_mode(
    path: str, status: os.stat_result, built: AsBuilt | None, only_owner_writes: bool
) -> str:
    """Return ``mode`` if a file may be written or run by whom it was not meant for."""
    if not stat.S_ISREG(status.st_mode):
        return ""
    writable = status.st_mode & (unwanted_modes(status) if only_owner_writes else 0)
    runs = bool(status.st_mode & stat.S_IXUSR)
    odd = writable or (built is not None and runs != (path in built.executables))
    return "mode" if odd else ""


def _is_fresh(prefix: str, path: str, status: os.stat_result) -> bool:
    """Tell whether it is byte code that fits its source, which nothing else is known of."""
    folder, _, name = path.rpartition("/__pycache__/")
    if not name.endswith(".pyc") or not stat.S_ISREG(status.st_mode):
        return False
    try:
        source = os.stat(f"{prefix}/{folder}/{name.partition('.')[0]}.py")  # noqa: PTH116
        with open(f"{prefix}/{path}", "rb") as file:  # noqa: PTH123
            head = file.read(16)
    except OSError:
        return False
    told = (int.from_bytes(head[8:12], "little"), int.from_bytes(head[12:16], "little"))
    return told == (int(source.st_mtime) & 0xFFFFFFFF, source.st_size & 0xFFFFFFFF)


def _once(deviations: list[Deviation]) -> list[Deviation]:
    """Return each path once; that a file has another content says more than its mode."""
    best: dict[str, Deviation] = {}
    for one in deviations:
        known = best.get(one.path)
        if known is None or known.detail == "mode":
            best[one.path] = one
    return list(best.values())
