"""The cache of extracted packages that all builds of a store share.

An entry is the directory ``<name>-<version>-<build>``, and beside it ``….lock``: a revision (64
bits, big endian) and the SHA-256 of the archive, as rattler_cache 0.10 writes and checks it
(``package_cache/cache_lock.rs``; a test compares). While a build links an entry it holds a shared
lock on ``.locks/<archive>.lock``; who fetches or replaces one holds it exclusively, and never
waits for another lock meanwhile, so no two builds can wait for each other.

Whoever can change an entry can change what is built of it. Entries of another user, and entries
that an administrator has opened for others, are therefore none: they are fetched again.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import uuid
from pathlib import Path

from rattler import RepoDataRecord

from .archive_facts import read_facts, write_facts
from .cache_entries import LOCKS, METADATA, lock_of_archive, mark_used
from .locks import LockBusy, lock_file, relock
from .ownership import is_kept_by, keep_to_owner, own_users

_UNSAFE = re.compile(r"[/\\\x00]|^\.")
_WRITE_BITS = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def entry_name(record: RepoDataRecord) -> str:
    """Return the directory name of a package's entry.

    Raises ValueError if what the channel says of the package would lead out of the cache.
    """
    name = f"{record.name.normalized}-{record.version}-{record.build}"
    if _UNSAFE.search(name) or _UNSAFE.search(record.file_name):
        raise ValueError(f"The channel's package {name!r} has a name that is not safe as a path.")
    return name


class PackageCache:
    """The shared cache at `path`; made if it does not exist. Raises OSError if it cannot be."""

    def __init__(self, path: Path, *, create: bool = True) -> None:
        """Without `create`, it is only for looking at what is there."""
        self.path = path
        self._owners = own_users()
        if create:
            path.mkdir(mode=0o755, parents=True, exist_ok=True)
            keep_to_owner(path)
            _make_locks(path / LOCKS)
        self._held: dict[str, int] = {}
        self._taken_in: list[RepoDataRecord] = []

    def entry(self, record: RepoDataRecord) -> Path:
        """Return the directory of a package's entry, which may not exist."""
        return self.path / entry_name(record)

    def contains(self, record: RepoDataRecord) -> bool:
        """Tell whether the very archive of the record is there, going by its recorded hash.

        And whether nobody but this user, or root, can have changed it. A record without a SHA-256
        comes from a lockfile: it is there by its MD5, or its URL.
        """
        entry = f"{self.path}/{entry_name(record)}"
        try:
            with open(f"{entry}.lock", "rb", buffering=0) as metadata:  # noqa: PTH123
                recorded = metadata.read(METADATA.size)[8:]
                is_kept = is_kept_by(self._owners, os.fstat(metadata.fileno()))
            status = os.stat(entry)  # noqa: PTH116
        except OSError:
            return False
        if not (is_kept and is_kept_by(self._owners, status)):
            return False
        if record.sha256 is None:
            facts = read_facts(Path(entry))
            if facts is None:
                return False
            return facts.url == record.url if record.md5 is None else facts.md5 == record.md5.hex()
        return recorded in (b"", record.sha256) and stat.S_ISDIR(status.st_mode)

    # -- holding entries ---------------------------------------------------------------------

    def lock(self, record: RepoDataRecord, *, exclusive: bool, wait: bool) -> None:
        """Lock the record's entry until `release`. Raises `LockBusy` if it may not wait."""
        held = self._held.get(record.file_name)
        if held is not None:
            relock(held, exclusive=exclusive, wait=wait)
            return
        path = lock_of_archive(self.path, record.file_name)
        self._held[record.file_name] = _lock(path, exclusive=exclusive, wait=wait)
        mark_used(f"{self.entry(record)}.lock")

    def release(self) -> None:
        """Unlock every entry."""
        for descriptor in self._held.values():
            os.close(descriptor)
        self._held.clear()

    # -- taking in new ones ------------------------------------------------------------------

    def promote(self, extracted: Path, record: RepoDataRecord, sha256: bytes | None = None) -> None:
        """Move an extracted package in, write-protected, in place of what is there.

        `sha256` is that of the archive, if the record does not tell it. The caller holds the
        entry's exclusive lock; `extracted` is on the same file system.
        """
        entry = self.entry(record)
        metadata = Path(f"{entry}.lock")
        # Without metadata there is no entry: a crash between the steps leaves nothing half valid.
        metadata.unlink(missing_ok=True)
        old = _put_aside(entry, extracted.with_name(f"{extracted.name}.replaced"))
        _keep_facts(old, extracted, record)
        protect(extracted)
        extracted.rename(entry)
        # Always the same name: what a build leaves that is killed here, the next one replaces.
        new = metadata.with_name(f".{metadata.name}.new")
        known = record.sha256 or sha256
        new.unlink(missing_ok=True)  # Another user's could not be written to.
        new.write_bytes(METADATA.pack(1, known or b"")[: 40 if known else 8])
        new.replace(metadata)
        shutil.rmtree(old, ignore_errors=True)
        self._taken_in.append(record)

    def withdraw(self) -> None:
        """Remove what was taken in since the beginning, as far as no other build uses it.

        For a full disk: what an unfinished build has fetched is what fills it.
        """
        for record in self._taken_in:
            try:
                self.lock(record, exclusive=True, wait=False)
            except LockBusy:
                continue
            entry = self.entry(record)
            Path(f"{entry}.lock").unlink(missing_ok=True)
            shutil.rmtree(entry, ignore_errors=True)
        self._taken_in.clear()


def _put_aside(entry: Path, old: Path) -> Path:
    """Move what is at an entry's place away; return where it went, to be removed."""
    try:
        entry.rename(old)
    except FileNotFoundError:
        return old
    except PermissionError:
        # Another user's directory can get a new name here, and stay: it cannot be removed either.
        old = entry.with_name(f".{entry.name}.{uuid.uuid4().hex[:8]}.foreign")
        entry.rename(old)
        return old
    with contextlib.suppress(OSError):
        # Builds may link these files. If somebody has opened them for others, that ends here.
        protect(old)
    return old


def _make_locks(directory: Path) -> None:
    """Make the directory of the locks; in place of one in which this user can make none."""
    directory.mkdir(mode=0o755, exist_ok=True)
    if not os.access(directory, os.W_OK | os.X_OK):
        directory.rename(directory.with_name(f".locks.{uuid.uuid4().hex[:8]}.foreign"))
        directory.mkdir(mode=0o755, exist_ok=True)


def _lock(path: Path, *, exclusive: bool, wait: bool) -> int:
    try:
        return lock_file(path, exclusive=exclusive, wait=wait)
    except PermissionError:
        # Of another user, and hidden from this one: the directory is ours, so that builds of
        # ours are the only ones to lock it.
        path.unlink()
        return lock_file(path, exclusive=exclusive, wait=wait)


def _keep_facts(old: Path, new: Path, record: RepoDataRecord) -> None:
    """Let a package that rattler has fetched again know what its archive was."""
    facts = read_facts(old)
    if facts and record.sha256 and facts.sha256 == record.sha256.hex() and not read_facts(new):
        write_facts(new, facts)


def protect(directory: Path) -> None:
    """Take the write bits from every file below: builds link them, and must not change them.

    Directories keep that of their owner, so that entries can be moved and removed.
    """
    pending = [str(directory)]
    while pending:
        folder = pending.pop()
        keep_to_owner(Path(folder))
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                elif not entry.is_symlink():
                    mode = entry.stat(follow_symlinks=False).st_mode
                    if mode & _WRITE_BITS:
                        # One system call a file: there are many.
                        os.chmod(entry.path, stat.S_IMODE(mode) & ~_WRITE_BITS)  # noqa: PTH101
