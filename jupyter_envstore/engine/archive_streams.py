"""Compression as streams that only go forward: their bytes do not depend on how many threads work.

Light on purpose, as all that is needed before the first byte of an archive.
"""

from __future__ import annotations

import os
import struct
import threading
import zlib
from collections import deque
from queue import SimpleQueue
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


class Output(Protocol):
    """What takes the bytes of an archive."""

    def write(self, data: bytes, /) -> object: ...


class Stream(Output, Protocol):
    """An output with an end of its own."""

    def close(self) -> None: ...


class Gzip:
    """One gzip stream, whose blocks are compressed beside each other, as pigz does."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._pending: deque[_Job] = deque()
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
        for _ in range(THREADS):
            self._jobs.put(None)
        self._output.write(zlib.compressobj(LEVEL, zlib.DEFLATED, -15).flush())
        self._output.write(struct.pack("<LL", self._crc, self._length & 0xFFFFFFFF))

    def _compress(self, block: bytes) -> None:
        if len(self._pending) > THREADS:
            self._output.write(self._pending.popleft().result())
        if not self._before:
            for _ in range(THREADS):
                threading.Thread(target=_work, args=(self._jobs,), daemon=True).start()
        job = _Job(block, self._before)
        self._pending.append(job)
        self._jobs.put(job)
        self._before = block[-_WINDOW:]


class _Job:
    """A block to compress; concurrent.futures would take longer to load than all else here."""

    def __init__(self, block: bytes, before: bytes) -> None:
        self._block = block
        self._before = before
        self._done: SimpleQueue[bytes | BaseException] = SimpleQueue()

    def run(self) -> None:
        try:
            self._done.put(_deflate(self._block, self._before))
        except BaseException as error:  # noqa: BLE001 -- raised where it is waited for
            self._done.put(error)

    def result(self) -> bytes:
        done = self._done.get()
        if isinstance(done, BaseException):
            raise done
        return done


def _work(jobs: SimpleQueue[_Job | None]) -> None:
    while (job := jobs.get()) is not None:
        job.run()


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
