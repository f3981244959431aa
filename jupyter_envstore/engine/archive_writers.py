"""Tar and zip as streams that only go forward, and that have the same bytes whoever writes them.

Nothing is in them of who makes the archive or when: owners and times of day are left out, and how
many threads compress makes no difference. A download that was broken off can therefore go on after
the archive was made anew. conda-pack's own writers need a file to go back in, and leave traces.
"""

from __future__ import annotations

import os
import stat
import tarfile
import time
import zipfile
from typing import Protocol

from .archive_streams import LEVEL, Output, Stream

_CHUNK = 1 << 18
_LARGE = 64 << 20
"""Bytes from which a file is not read as a whole."""
_OLDEST, _NEWEST = (1980, 1, 1, 0, 0, 0), (2107, 12, 31, 23, 59, 58)
"""The times that zip can tell."""


class Writer(Protocol):
    """An archive that is being written; what conda-pack needs of one."""

    def add(self, source: str, target: str) -> None:
        """Add a file, link or directory, which the archive calls `target`."""

    def add_bytes(self, source: str, data: bytes, target: str) -> None:
        """Add a file with other content than its source has."""

    def close(self) -> None: ...


# -- archives -------------------------------------------------------------------------------------


class Tar:
    """A tar archive. What is not from below `prefix` has the time `moment`, and usual modes."""

    def __init__(self, stream: Stream, prefix: str, moment: int) -> None:
        self._stream = stream
        self._own = f"{prefix}{os.sep}"
        self._moment = moment
        self._length = 0

    def add(self, source: str, target: str) -> None:
        status = os.lstat(source)
        info = self._info(source, target, status)
        if stat.S_ISLNK(status.st_mode):
            info.type, info.linkname = tarfile.SYMTYPE, os.readlink(source)  # noqa: PTH115
        elif stat.S_ISDIR(status.st_mode):
            info.type = tarfile.DIRTYPE
        if not info.isreg():
            self._write_header(info)
            return
        info.size = status.st_size
        self._write_header(info)
        with open(source, "rb", buffering=0) as file:  # noqa: PTH123  # Tens of thousands.
            left = info.size
            while data := file.read(min(_CHUNK, left)):
                self._stream.write(data)
                left -= len(data)
        if left:
            raise OSError(f"{source} became shorter while it was read.")
        self._pad(info.size)

    def add_bytes(self, source: str, data: bytes, target: str) -> None:
        info = self._info(source, target, os.lstat(source))
        info.size = len(data)
        self._write_header(info)
        self._stream.write(data)
        self._pad(info.size)

    def close(self) -> None:
        self._stream.write(bytes(2 * tarfile.BLOCKSIZE))
        self._length += 2 * tarfile.BLOCKSIZE
        self._stream.write(bytes(-self._length % tarfile.RECORDSIZE))
        self._stream.close()

    def _info(self, source: str, target: str, status: os.stat_result) -> tarfile.TarInfo:
        info = tarfile.TarInfo(target.replace(os.sep, "/"))
        info.mode, info.mtime = _mode_and_time(source.startswith(self._own), status, self._moment)
        return info

    def _write_header(self, info: tarfile.TarInfo) -> None:
        header = info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
        self._stream.write(header)
        self._length += len(header)

    def _pad(self, size: int) -> None:
        padding = -size % tarfile.BLOCKSIZE
        self._stream.write(bytes(padding))
        self._length += size + padding


class Zip:
    """A zip archive that keeps modes and symbolic links, as Info-ZIP does."""

    def __init__(self, output: Output, prefix: str, moment: int) -> None:
        # It has no method but `write`: zipfile then never goes back.
        self._zip = zipfile.ZipFile(_Forward(output), "w", zipfile.ZIP_DEFLATED)  # type: ignore[call-overload]
        self._own = f"{prefix}{os.sep}"
        self._moment = moment

    def add(self, source: str, target: str) -> None:
        status = os.lstat(source)
        info = self._info(source, target, status)
        if stat.S_ISLNK(status.st_mode):
            self._zip.writestr(info, os.readlink(source))  # noqa: PTH115
        elif stat.S_ISDIR(status.st_mode):
            info.filename += "/"
            info.external_attr |= 0x10  # What MS-DOS calls a directory.
            self._zip.writestr(info, b"")
        elif status.st_size <= _LARGE:
            with open(source, "rb", buffering=0) as file:  # noqa: PTH123
                self._zip.writestr(info, file.read(), zipfile.ZIP_DEFLATED, LEVEL)
        else:
            info.compress_type = zipfile.ZIP_DEFLATED
            with open(source, "rb") as file, self._zip.open(info, "w", force_zip64=True) as entry:  # noqa: PTH123
                while data := file.read(_CHUNK):
                    entry.write(data)

    def add_bytes(self, source: str, data: bytes, target: str) -> None:
        info = self._info(source, target, os.lstat(source))
        self._zip.writestr(info, data, zipfile.ZIP_DEFLATED, LEVEL)

    def close(self) -> None:
        self._zip.close()

    def _info(self, source: str, target: str, status: os.stat_result) -> zipfile.ZipInfo:
        mode, seconds = _mode_and_time(source.startswith(self._own), status, self._moment)
        when = min(max(time.gmtime(seconds)[:6], _OLDEST), _NEWEST)
        info = zipfile.ZipInfo(target.replace(os.sep, "/"), when)
        info.create_system = 3  # Unix: there are modes.
        info.external_attr = (stat.S_IFMT(status.st_mode) | mode) << 16
        return info


class _Forward:
    """An output as zipfile wants it, which can neither seek nor tell where it is."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def write(self, data: bytes) -> int:
        self._output.write(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is kept back."""


def _mode_and_time(own: bool, status: os.stat_result, moment: int) -> tuple[int, int]:
    """Return what the archive says of a file: whoever unpacks it may change it."""
    if not own:
        return 0o755 if status.st_mode & stat.S_IXUSR else 0o644, moment
    mode = stat.S_IMODE(status.st_mode)
    if stat.S_ISREG(status.st_mode):
        mode |= stat.S_IWUSR
    return mode, int(status.st_mtime)
