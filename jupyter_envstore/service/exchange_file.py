"""The file that environments travel in: a gzipped tar of small parts, written and read in order.

First what it is, then each environment, followed by its builds, each with its lockfile and log.
Parts are called by numbers alone; their names are compared, and never made into paths.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from ..domain.errors import Conflict, NotFound
from ..domain.exchange import FORMAT, Manifest, TravellingBuild, TravellingEnvironment
from ..domain.lock_text import MAX_BYTES as MAX_LOCK

MAX_LOG = 16 << 20
"""Bytes of the end of a log that come along."""
MAX_PARTS = 2_000_000

_MANIFEST = "export.json"
_PART = re.compile(
    r"environments/[0-9]{1,9}\.json|builds/(?P<build>[0-9]{1,18})\.(?P<what>json|lock|log)"
)
_MAX_SIZES = {_MANIFEST: 1 << 16, "json": 64 << 20, "lock": 4 * MAX_LOCK, "log": MAX_LOG + 1024}
"""Bytes of a part. Lockfiles that builds make are written in lines, and longer than others."""

_AGAIN = "Export again, and compare the sizes of both files."

T = TypeVar("T")


@dataclass(frozen=True)
class LockPart:
    build_id: int
    data: bytes


@dataclass(frozen=True)
class LogPart:
    build_id: int
    data: bytes


Part = TravellingEnvironment | TravellingBuild | LockPart | LogPart


class ExportWriter:
    """Writes the parts, each as it comes: see `writing`."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        self._environments = 0

    def begin(self, manifest: Manifest) -> None:
        self._add(_MANIFEST, _json(Manifest, manifest))

    def environment(self, environment: TravellingEnvironment) -> None:
        self._environments += 1
        name = f"environments/{self._environments}.json"
        self._add(name, _json(TravellingEnvironment, environment))

    def build(self, build: TravellingBuild, lock: bytes | None, log: bytes | None) -> None:
        self._add(f"builds/{build.id}.json", _json(TravellingBuild, build))
        if lock is not None:
            self._add(f"builds/{build.id}.lock", lock)
        if log is not None:
            self._add(f"builds/{build.id}.log", log)

    def _add(self, name: str, data: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = len(data), 0o644
        self._archive.addfile(member, io.BytesIO(data))


@contextmanager
def writing(target: IO[bytes]) -> Iterator[ExportWriter]:
    """Write an export into a file; it is whole when the block has ended."""
    with tarfile.open(fileobj=target, mode="w:gz", compresslevel=6) as archive:
        yield ExportWriter(archive)


class ExportReader:
    """Reads the parts in their order. Whatever is not as it has to be is a `Conflict`."""

    def __init__(self, file: Path) -> None:
        """Raises `NotFound`, and `Conflict` if it is no export that this version knows."""
        self._file = file
        try:
            self._archive = tarfile.open(file, "r|gz")  # noqa: SIM115  # `close` does it.
        except FileNotFoundError:
            raise NotFound(f"There is no file {file}.", "Name an export of a store.") from None
        except (tarfile.TarError, OSError, EOFError) as error:
            raise self._broken(error) from error
        self._members = self._checked_members()
        first = next(self._members, None)
        if first is None or first[0] != _MANIFEST:
            raise Conflict(f"{file} is no export of a store.", "Name one, or an environment file.")
        self.manifest = self._read(Manifest, first[1])
        if self.manifest.format != FORMAT:
            raise Conflict(
                f"{file} is an export of format {self.manifest.format}; this version knows "
                f"{FORMAT}.",
                "Use the version of jupyter-envstore that made it, or a newer one.",
            )

    def parts(self) -> Iterator[Part]:
        """Yield the parts; a build comes after its environment, lock and log after the build."""
        for name, data in self._members:
            found = _PART.fullmatch(name)
            if found is None:
                raise self._broken(f"it has a part {name[:100]!r}, which no export has")
            if found["build"] is None:
                yield self._read(TravellingEnvironment, data)
                continue
            build_id = int(found["build"])
            if found["what"] == "json":
                yield self._read(TravellingBuild, data)
            else:
                yield (LockPart if found["what"] == "lock" else LogPart)(build_id, data)

    def close(self) -> None:
        self._archive.close()

    def _checked_members(self) -> Iterator[tuple[str, bytes]]:
        try:
            for number, member in enumerate(self._archive):
                limit = _MAX_SIZES.get(member.name) or _MAX_SIZES.get(member.name[-4:].strip("."))
                if not member.isreg() or member.size > (limit or 0) or number > MAX_PARTS:
                    raise self._broken(f"its part {member.name[:100]!r} is none of an export")
                stream = self._archive.extractfile(member)
                data = stream.read() if stream else b""
                if len(data) != member.size:
                    raise self._broken("it ends too early")
                yield member.name, data
        except (tarfile.TarError, gzip.BadGzipFile, EOFError, OSError, ValueError) as error:
            raise self._broken(error) from error

    def _read(self, kind: type[T], data: bytes) -> T:
        try:
            value = TypeAdapter(kind).validate_json(data)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise self._broken(f"{place}: {first['msg']}") from None
        if not _is_naive(value):
            raise self._broken("its times have zones, and those of stores are UTC without one")
        return value

    def _broken(self, reason: object) -> Conflict:
        return Conflict(f"The export {self._file} cannot be read whole: {reason}.", _AGAIN)


def _is_naive(value: Any) -> bool:
    if isinstance(value, datetime):
        return value.tzinfo is None
    if isinstance(value, tuple):
        return all(map(_is_naive, value))
    return not is_dataclass(value) or all(map(_is_naive, vars(value).values()))


def _json(kind: Any, value: Any) -> bytes:
    return TypeAdapter(kind).dump_json(value)
