"""Tar and zip as streams that only go forward, and that have the same bytes whoever writes them.

Nothing is in them of who makes the archive or when: owners and times of day are left out, and how
many threads compress makes no difference. A download that was broken off can therefore go on after
the archive was made anew. conda-pack's own writers need a file to go back in, and leave traces.
"""

from __future__ import annotations

import os
import stat
import struct
import tarfile
import time
import zipfile
import zlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

LEVEL = 4
"""Of deflate: conda-pack's default."""
ZSTD_LEVEL = 9
"""What conda-pack compresses with, whatever level it is asked for."""
THREADS = min(2, os.cpu_count() or 1)

_CHUNK = 1 << 18
_WINDOW = 1 << 15
"""How far back deflate looks."""
_ZSTD_JOB = 4 << 20
_LARGE = 64 << 20
"""Bytes from which a file is not read as a whole."""
_OLDEST, _NEWEST = (1980, 1, 1, 0, 0, 0), (2107, 12, 31, 23, 59, 58)
"""The times that zip can tell."""


class Output(Protocol):
    """What takes the bytes of an archive."""

    def write(self, data: bytes, /) -> object: ...


class Stream(Output, Protocol):
    """An output with an end of its own."""

    def close(self) -> None: ...


class Writer(Protocol):
    """An archive that is being written; what conda-pack needs of one."""

    def add(self, source: str, target: str) -> None:
        """Add a file, link or directory, which the archive calls `target`."""

    def add_bytes(self, source: str, data: bytes, target: str) -> None:
        """Add a file with other content than its source has."""

    def close(self) -> None: ...


# -- compression ----------------------------------------------------------------------------------


class Gzip:
    """One gzip stream, whose blocks are compressed beside each other, as pigz does."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._pool = ThreadPoolExecutor(THREADS)
        self._pending: deque[Future[bytes]] = deque()
        self._buffer = bytearray()
        self._before = b""
        self._crc = zlib.crc32(b"")
        self._length = 0
        output.write(b"\x1f\x8b\x08\0\0\0\0\0\0\xff")  # No name, no time, no system.

    def write(self, data: bytes) -> None:
        self._crc = zlib.crc32(data, self._crc)
        self._length += len(data)
        self._buffer += data
        while len(self._buffer) >= _CHUNK:
            self._compress(bytes(self._buffer[:_CHUNK]))
            del self._buffer[:_CHUNK]

    def close(self) -> None:
        self._compress(bytes(self._buffer))
        while self._pending:
            self._output.write(self._pending.popleft().result())
        self._pool.shutdown()
        self._output.write(zlib.compressobj(LEVEL, zlib.DEFLATED, -15).flush())
        self._output.write(struct.pack("<LL", self._crc, self._length & 0xFFFFFFFF))

    def _compress(self, block: bytes) -> None:
        if len(self._pending) > THREADS:
            self._output.write(self._pending.popleft().result())
        self._pending.append(self._pool.submit(_deflate, block, self._before))
        self._before = block[-_WINDOW:]


def _deflate(block: bytes, before: bytes) -> bytes:
    """Compress a block that may refer to the one before it; it ends with a whole byte."""
    deflate = zlib.compressobj(LEVEL, zlib.DEFLATED, -15, 8, zlib.Z_DEFAULT_STRATEGY, before)
    return deflate.compress(block) + deflate.flush(zlib.Z_SYNC_FLUSH)


class Zstd:
    """One zstd frame."""

    def __init__(self, output: Output) -> None:
        import zstandard  # Only this format needs it.

        self._output = output
        settings = zstandard.ZstdCompressionParameters.from_level(
            ZSTD_LEVEL, threads=THREADS, job_size=_ZSTD_JOB
        )
        self._frame = zstandard.ZstdCompressor(compression_params=settings).compressobj()
        self._flush_block = zstandard.COMPRESSOBJ_FLUSH_BLOCK
        self._begun = False

    def write(self, data: bytes) -> None:
        self._output.write(self._frame.compress(data))
        if not self._begun:
            # The first bytes at once: whoever downloads sees that there is something.
            self._begun = True
            self._output.write(self._frame.flush(self._flush_block))

    def close(self) -> None:
        self._output.write(self._frame.flush())


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
