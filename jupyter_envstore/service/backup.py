"""Backups of what cannot be made anew: the database, lockfiles and logs, in one file."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ..domain.errors import Conflict, NotFound, Refused
from ..domain.layout import Layout
from ..domain.moments import Clock, to_text, utc_now
from ..store.database import Database
from ..store.files import replacing
from ..store.identity import Identity
from ..store.on_disk import records_on_disk
from ..store.snapshot import SnapshotContent, look_at_snapshot, take_snapshot

FORMAT = 1
_MANIFEST, _DATABASE, _IDENTITY = "backup.json", "envstore.db", "store.json"
_MAX_MANIFEST = 1 << 16
_CHUNK = 1 << 20
_NOT_WHOLE = "Make another backup, and keep this file only if there is none that is better."


@dataclass(frozen=True)
class BackupReport:
    """What a backup holds; every byte of it was read again. Sizes in bytes, times naive UTC."""

    file: str
    size: int
    made_on: str
    store_id: str
    environments: int
    builds: int
    locks: int
    logs: int


class BackupService:
    """Makes backups while servers run, and reads them again to see whether they are whole."""

    def __init__(
        self, database: Database, identity: Identity, layout: Layout, clock: Clock = utc_now
    ) -> None:
        self._database = database
        self._identity = identity
        self._layout = layout
        self._clock = clock

    def make(self, file: Path) -> BackupReport:
        """Write a backup; a file that is there is replaced when the new one is whole.

        Raises `Refused` if it cannot be written, and `Conflict` if the database is damaged.
        """
        try:
            # Beside the file, and not in a directory for temporary ones, which may be in memory.
            with tempfile.TemporaryDirectory(dir=file.parent, prefix=".envstore-backup-") as folder:
                snapshot = Path(folder) / _DATABASE
                take_snapshot(self._database, snapshot)
                content = _whole(look_at_snapshot(snapshot), "The database of this store")
                with replacing(file) as target:
                    self._write(target, snapshot, content)
                    target.flush()
                    # Before it replaces what was there: a disk may have kept something else.
                    return self._read(file, Path(target.name), Path(folder))
        except OSError as error:
            raise Refused(
                f"The backup {file} cannot be written: {error.strerror or error}.",
                "Name a file in a directory that is there, is yours, and has room.",
            ) from error

    def check(self, file: Path) -> BackupReport:
        """Read a backup that was made once.

        Raises `NotFound`, and `Conflict` if it is not whole, or another store's.
        """
        if not file.is_file():
            raise NotFound(f"There is no file {file}.", "Name a backup that was made once.")
        # The file may be on a disk that can only be read.
        with tempfile.TemporaryDirectory(prefix="envstore-backup-") as folder:
            report = self._read(file, file, Path(folder))
        if report.store_id != self._identity.store_id:
            raise Conflict(
                f"The backup {file} is whole, and of another store: {report.store_id}. "
                f"This store is {self._identity.store_id}.",
                "Restore it only where that store was.",
            )
        return report

    # -- writing ----------------------------------------------------------------------------------

    def _write(self, target: IO[bytes], snapshot: Path, content: SnapshotContent) -> None:
        manifest = {
            "format": FORMAT,
            "made_on": to_text(self._clock()),
            "store_id": content.store_id,
            "store_directory": self._layout.store_directory,
            "database_sha256": _sha256(snapshot),
        }
        with tarfile.open(fileobj=target, mode="w:gz", compresslevel=6) as archive:
            _add_bytes(archive, _MANIFEST, json.dumps(manifest, indent=2).encode())
            identity = Path(self._layout.identity)
            _add_bytes(archive, _IDENTITY, identity.read_bytes())
            with snapshot.open("rb") as database:
                _add(archive, _DATABASE, database, snapshot.stat().st_size)
            # After the database: what it knows as finished has its lockfile by now.
            for path in self._records(content.builds):
                _add_file(archive, path.relative_to(self._layout.internal).as_posix(), path)

    def _records(self, builds: frozenset[int]) -> Iterator[Path]:
        """Yield the lockfiles, logs and events of the builds that the database knows."""
        for build_id, path in records_on_disk(self._layout):
            if build_id in builds:
                yield Path(self._layout.lock_artifact(build_id)) if path.is_dir() else path

    # -- reading ----------------------------------------------------------------------------------

    def _read(self, name: Path, path: Path, folder: Path) -> BackupReport:
        """Return what is in the file at `path`, which is, or will be, called `name`."""
        # The one file that is taken out has a name of ours, whatever it is called there.
        snapshot = folder / "again.db"
        manifest: dict[str, Any] = {}
        locks = logs = 0
        with _readable(name), tarfile.open(path, "r|gz") as archive:
            for member in archive:
                if member.name == _MANIFEST and not manifest:
                    manifest = _manifest(archive, member)
                elif member.name == _DATABASE and not snapshot.exists():
                    _take_out(archive, member, snapshot)
                locks += member.name.startswith("artifacts/")
                logs += member.name.endswith(".log")
        if not manifest or not snapshot.exists():
            raise Conflict(f"{name} is no backup of a store.", "Name another file.")
        if _sha256(snapshot) != manifest["database_sha256"]:
            raise Conflict(f"The database in {name} is not the one that was put there.", _NOT_WHOLE)
        content = _whole(look_at_snapshot(snapshot), f"The database in {name}")
        return BackupReport(
            file=str(name),
            size=path.stat().st_size,
            made_on=str(manifest["made_on"]),
            store_id=content.store_id,
            environments=content.environments,
            builds=len(content.builds),
            locks=locks,
            logs=logs,
        )


@contextmanager
def _readable(name: Path) -> Iterator[None]:
    """Turn what reading a damaged archive raises into `Conflict`."""
    try:
        yield
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, OSError, ValueError, KeyError) as error:
        raise Conflict(f"The backup {name} cannot be read whole: {error}.", _NOT_WHOLE) from error


def _manifest(archive: tarfile.TarFile, member: tarfile.TarInfo) -> dict[str, Any]:
    """Return what a backup says of itself; raise ValueError or KeyError if that is nothing."""
    stream = archive.extractfile(member)
    read = json.loads(stream.read(_MAX_MANIFEST)) if stream else None
    if not isinstance(read, dict) or read["format"] != FORMAT:
        raise ValueError(f"it is not of the format {FORMAT}, which this version knows")
    return {key: read[key] for key in ("made_on", "database_sha256")}


def _take_out(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    stream = archive.extractfile(member)
    if stream is not None:
        with path.open("xb") as file:
            while chunk := stream.read(_CHUNK):
                file.write(chunk)


def _whole(content: SnapshotContent, what: str) -> SnapshotContent:
    if content.problems:
        raise Conflict(
            f"{what} is damaged: {'; '.join(content.problems)}.",
            "See docs/how-to/recover-a-store.md for what to do.",
        )
    return content


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _add_file(archive: tarfile.TarFile, name: str, path: Path) -> None:
    """Add a file as long as it is now; nothing if it has been removed meanwhile."""
    try:
        file = path.open("rb")
    except (FileNotFoundError, IsADirectoryError):
        return
    with file:
        # A log may grow meanwhile: its header says how much of it follows.
        _add(archive, name, file, file.seek(0, io.SEEK_END))


def _add_bytes(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    _add(archive, name, io.BytesIO(data), len(data))


def _add(archive: tarfile.TarFile, name: str, file: IO[bytes], size: int) -> None:
    file.seek(0)
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o644, int(time.time())
    if name == _DATABASE:
        member.mode = 0o600
    archive.addfile(member, file)
