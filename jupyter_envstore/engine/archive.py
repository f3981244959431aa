"""An archive of a build: ``python -m jupyter_envstore.engine.archive ORDER``.

It has conda-pack's ``bin/activate`` and ``bin/conda-unpack``, so that it works wherever it is
unpacked. It can be read while it grows, as ``<archive>.<tag>.part``, and has its own name when it
is whole; what is known of it then is beside it before that. Of several processes that are to make
the same archive, the first does, and the others wait for it. Standard input is the lifeline; the
exit status is 0 if the archive is there, else standard error says why it is not.
"""

from __future__ import annotations

import gc
import hashlib
import os
import sys
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from ..domain.archives import FACTS, INSTALLER, LOCK, PART, TAR_ZST, ZIP, ArchiveFacts, ArchiveOrder
from ..domain.own_files import HISTORY
from . import process
from .archive_contents import Entry, contents, longest_path, pack, tag_of
from .archive_streams import Gzip, Zstd
from .locks import lock_file, unlock_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from .archive_writers import Writer

SCRATCH = ".scratch"
"""Ends the name of the directory of conda-pack's temporary files."""
_NEW = ".new"


def make_archive(order: ArchiveOrder, begun: Callable[[], None] = lambda: None) -> None:
    """Write the archive, unless it is there. Raises OSError, or what conda-pack raises.

    `begun` is called when its first bytes can be read.
    """
    lock = lock_file(order.archive + LOCK, exclusive=True, wait=True)
    try:
        sweep(order.archive)
        if facts_of(order.archive) is None:
            _make(order, begun)
    finally:
        unlock_file(lock)


def read_facts(archive: str) -> ArchiveFacts | None:
    """Return what is said of an archive, whose file may have another name yet, or be gone."""
    try:
        with open(archive + FACTS, encoding="utf-8") as file:  # noqa: PTH123
            return ArchiveFacts.from_text(file.read())
    except (OSError, ValueError):
        return None


def facts_of(archive: str) -> ArchiveFacts | None:
    """Return what is known of an archive; None if it is not there, or not whole."""
    facts = read_facts(archive)
    try:
        return facts if facts and os.stat(archive).st_size == facts.size else None  # noqa: PTH116
    except OSError:
        return None


def sweep(archive: str) -> None:
    """Remove what those have left who died over an archive. The caller holds its lock."""
    if facts_of(archive) is None:
        _remove(archive, archive + FACTS, archive + FACTS + _NEW)
    folder, _, name = archive.rpartition(os.sep)
    for left in os.listdir(folder):  # noqa: PTH208
        if left.startswith(f"{name}.") and left.endswith(PART):
            _remove(f"{folder}{os.sep}{left}")
    if os.path.isdir(archive + SCRATCH):  # noqa: PTH112
        import shutil

        shutil.rmtree(archive + SCRATCH, ignore_errors=True)


def _remove(*paths: str) -> None:
    for path in paths:
        with suppress(FileNotFoundError):
            os.unlink(path)  # noqa: PTH108


def _make(order: ArchiveOrder, begun: Callable[[], None]) -> None:
    entries = contents(order.prefix)
    tag = tag_of(entries, order.suffix, order.title, order.name, order.subdir)
    part = f"{order.archive}.{tag}{PART}"
    try:
        # What is written can be read at once: nothing stays in a buffer.
        with open(part, "xb", buffering=0) as file:  # noqa: PTH123
            sink = _Sink(file, begun)
            _write(order, entries, sink)
            facts = ArchiveFacts(tag, sink.size, sink.digest.hexdigest())
            # Whoever follows learns from it that this is all: the disk may take its time.
            _write_facts(order.archive, facts)
            os.fsync(file.fileno())
        if not os.path.isdir(f"{order.prefix}/conda-meta"):  # noqa: PTH112
            raise FileNotFoundError("The build has been removed meanwhile.")
        os.replace(part, order.archive)  # noqa: PTH105
    except BaseException:
        _remove(part, order.archive + FACTS)
        raise


def _write(order: ArchiveOrder, entries: list[Entry], sink: _Sink) -> None:
    writer = _writer(order, longest_path(entries), sink)
    # Only now: they take a while to load.
    import shutil
    import tempfile

    scratch = order.archive + SCRATCH
    os.mkdir(scratch, 0o700)  # noqa: PTH102
    tempfile.tempdir = scratch
    try:
        pack(order.prefix, entries, writer)
        writer.close()
    finally:
        tempfile.tempdir = None
        shutil.rmtree(scratch, ignore_errors=True)


def _writer(order: ArchiveOrder, longest: int, sink: _Sink) -> Writer:
    moment = int(os.stat(f"{order.prefix}/{HISTORY}").st_mtime)  # noqa: PTH116
    if order.suffix == ZIP.suffix:
        from .archive_writers import Zip

        return Zip(sink, order.prefix, moment)
    if order.suffix == INSTALLER.suffix:
        from .installer import head

        sink.write(head(order.title, order.name, order.subdir, longest))
    stream = Zstd(sink) if order.suffix == TAR_ZST.suffix else Gzip(sink)
    # The first bytes are there; the rest of what is needed is loaded while they are sent.
    from .archive_writers import Tar

    return Tar(stream, order.prefix, moment)


class _Sink:
    """The file, and what has to be known of its bytes at the end."""

    def __init__(self, file: IO[bytes], begun: Callable[[], None]) -> None:
        self._file = file
        self._begun = begun
        self.size = 0
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        self.digest.update(data)
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]
        if data and not self.size:
            self._begun()
        self.size += len(data)


def _write_facts(archive: str, facts: ArchiveFacts) -> None:
    new = archive + FACTS + _NEW
    with open(new, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(facts.to_text())
    os.replace(new, archive + FACTS)  # noqa: PTH105


def main(arguments: list[str]) -> None:
    """Make the archive that the order is for, and end when the server does."""
    if len(arguments) != 1:
        sys.exit("usage: python -m jupyter_envstore.engine.archive ORDER")
    process.end_with_parent()
    os.umask(0o022)
    # Tens of thousands of entries are made and none goes: to look through them takes time only.
    gc.disable()
    try:
        # Somebody waits for the first bytes; the rest gives way to others.
        make_archive(ArchiveOrder.from_text(arguments[0]), process.be_modest)
    except Exception as error:  # noqa: BLE001  # Whatever it is, the one who asks has to know.
        sys.exit(str(error) or type(error).__name__)


if __name__ == "__main__":
    main(sys.argv[1:])
