"""Package caches of others: what they hold is taken into the store's own cache, never linked on.

An entry is used if nobody but its owner can change it, and the owner is root, this user, or whoever
owns the layer; an archive is used whoever owns it, since its hash is known. Nothing is locked and
nothing is written there. See ADR 38.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rattler import RepoDataRecord

from .archive_facts import FACTS, read_facts
from .ownership import is_kept_by
from .package_cache import entry_name
from .validation import is_as_listed

_CLONE = 0x40049409
"""FICLONE of ``linux/fs.h``: the new file shares the blocks of the old one until either changes."""
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_BLOCK = 1 << 20
_MOST_FACTS = 1 << 20
_WRITE_BITS = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


class _Unfit(Exception):
    """What a layer holds cannot be used; the text says why."""


@dataclass(frozen=True)
class Layer:
    """A package cache of somebody else, and whose files in it are believed."""

    path: Path
    owners: frozenset[int]


class ForeignLayers:
    """The layers that a build may take packages from, in the order in which they are asked."""

    def __init__(self, directories: Iterable[str], say: Callable[[str], None]) -> None:
        """`say` is told what is taken, and what is not and why: lines of a log."""
        self._layers = [layer for text in directories if (layer := _layer(Path(text)))]
        self._say = say

    def offers(self, record: RepoDataRecord) -> bool:
        """Tell whether a layer seems to have the package; only `take` finds out for sure."""
        return any(
            _says_it_is(layer, record) or _is_archive(layer.path / record.file_name, record)
            for layer in self._layers
        )

    def take(self, record: RepoDataRecord, target: Path) -> bool:
        """Make `target` the extracted package, in files that nobody else can change.

        Every file is checked against the package's own list once it is there: what a layer's owner
        does meanwhile makes no difference. Returns False if no layer has the package.
        """
        for layer in self._layers:
            if not _says_it_is(layer, record):
                continue
            try:
                how = _Transfer(layer).make(layer.path / target.name, target)
                if not is_as_listed(target, record.sha256):
                    raise _Unfit("its files are not those that the package lists")
            except (_Unfit, OSError) as reason:
                shutil.rmtree(target, ignore_errors=True)
                self._say(f"{target.name} is not taken from {layer.path}: {reason}")
                continue
            self._say(f"{target.name} is taken from {layer.path}: {how}")
            return True
        return False

    def take_archive(self, record: RepoDataRecord, target: Path) -> bool:
        """Copy the package's archive to `target` if a layer has the one with the right SHA-256."""
        for layer in self._layers:
            source = layer.path / record.file_name
            if not _is_archive(source, record):
                continue
            try:
                if _copy_archive(source, target) == record.sha256:
                    self._say(f"{record.file_name} is taken from {layer.path}")
                    return True
                reason = "its SHA-256 is not the one that the channel tells"
            except OSError as error:
                reason = str(error)
            target.unlink(missing_ok=True)
            self._say(f"{record.file_name} is not taken from {layer.path}: {reason}")
        return False


def _layer(path: Path) -> Layer | None:
    if sys.platform == "win32":
        return None  # Owners and modes say nothing there.
    with contextlib.suppress(OSError):
        return Layer(path, frozenset({0, os.geteuid(), path.stat().st_uid}))
    return None


def _says_it_is(layer: Layer, record: RepoDataRecord) -> bool:
    """Tell whether an entry says, where only its owner can write, that it is the very package."""
    if record.sha256 is None:
        return False
    entry = layer.path / entry_name(record)
    try:
        status = (entry / FACTS).lstat()
    except OSError:
        return False
    if not stat.S_ISREG(status.st_mode) or status.st_size > _MOST_FACTS:
        return False
    facts = read_facts(entry)
    return facts is not None and facts.sha256 == record.sha256.hex()


def _is_archive(path: Path, record: RepoDataRecord) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    return (
        record.sha256 is not None
        and stat.S_ISREG(status.st_mode)
        and record.size in (None, status.st_size)
    )


def _copy_archive(source: Path, target: Path) -> bytes:
    digest = hashlib.sha256()
    with _opened(source) as descriptor, target.open("wb") as file:
        while block := os.read(descriptor, _BLOCK):
            digest.update(block)
            file.write(block)
    return digest.digest()


class _Transfer:
    """One entry of a layer into a directory of this user's."""

    def __init__(self, layer: Layer) -> None:
        self._owners = layer.owners
        self._counts = {"linked": 0, "cloned": 0, "copied": 0}
        self._can_clone = sys.platform == "linux"

    def make(self, source: Path, target: Path) -> str:
        """Do it; return how many files were made in which way. Raises `_Unfit` and OSError."""
        self._directory(str(source), str(target))
        return ", ".join(f"{number} {how}" for how, number in self._counts.items() if number)

    def _directory(self, source: str, target: str) -> None:
        self._check(os.lstat(source), source)
        os.mkdir(target, 0o755)  # noqa: PTH102  # Many directories.
        with os.scandir(source) as entries:
            for entry in entries:
                path = f"{target}/{entry.name}"
                if entry.is_symlink():
                    self._check(entry.stat(follow_symlinks=False), entry.path)
                    os.symlink(os.readlink(entry.path), path)  # noqa: PTH115, PTH211
                elif entry.is_dir(follow_symlinks=False):
                    self._directory(entry.path, path)
                else:
                    self._counts[self._file(entry.path, path)] += 1

    def _file(self, source: str, target: str) -> str:
        with _opened(source) as descriptor:
            status = os.fstat(descriptor)
            self._check(status, source)
            if _may_be_linked(status) and _link(source, target, status):
                return "linked"
            return self._duplicate(descriptor, status, target)

    def _duplicate(self, source: int, status: os.stat_result, target: str) -> str:
        mode = stat.S_IMODE(status.st_mode) & 0o755
        copy = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode | stat.S_IWUSR)
        try:
            how = "cloned" if self._clone(source, copy) else "copied"
            if how == "copied":
                _copy(source, copy)
            # Byte code knows its source by this time.
            os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))
        finally:
            os.close(copy)
        return how

    def _clone(self, source: int, copy: int) -> bool:
        if not self._can_clone:
            return False
        import fcntl

        try:
            fcntl.ioctl(copy, _CLONE, source)
        except OSError:
            # Not on this file system, or the two are on different ones: so it will be next time.
            self._can_clone = False
            return False
        return True

    def _check(self, status: os.stat_result, path: str) -> None:
        if not is_kept_by(self._owners, status):
            raise _Unfit(f"{path} can be changed by others than the owner of the layer")


def _copy(source: int, target: int) -> None:
    while block := os.read(source, _BLOCK):
        rest = memoryview(block)
        while rest:
            rest = rest[os.write(target, rest) :]


@contextlib.contextmanager
def _opened(path: str | Path) -> Iterator[int]:
    """Open a regular file, and nothing else that somebody has put in its place."""
    descriptor = os.open(path, _OPEN)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        yield descriptor
    finally:
        os.close(descriptor)


def _may_be_linked(status: os.stat_result) -> bool:
    """Tell whether a second name for a file lets nobody change a build through the first one.

    An owner can always give the write bit back. So the owner has to be root or this user; and
    without any write bit, no program of theirs changes it by mistake.
    """
    return status.st_uid in (0, os.geteuid()) and not status.st_mode & _WRITE_BITS


def _link(source: str, target: str, status: os.stat_result) -> bool:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # Another file system, or the kernel's rule for files of others.
        return False
    new = os.lstat(target)
    if (new.st_dev, new.st_ino) == (status.st_dev, status.st_ino):
        return True
    os.unlink(target)  # noqa: PTH108  # It was exchanged between opening and linking.
    return False
