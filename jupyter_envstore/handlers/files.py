"""Files as replies: in pieces, with an entity tag, and parts of them on request (RFC 9110)."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import Executor
from typing import IO, TYPE_CHECKING

from tornado.iostream import StreamClosedError

from ..domain.errors import NotFound
from ..store.shared_index import open_inside
from .call import SendFile
from .ranges import Part, part_of

if TYPE_CHECKING:
    from .base import EnvStoreHandler

CHUNK = 1 << 18
"""Bytes that are read, and sent, at once."""


async def send_file(handler: EnvStoreHandler, wanted: SendFile, threads: Executor) -> None:
    """Answer with the file, or the part of it that the request asks for.

    The file is read in the `threads`. Raises `NotFound` if it has been removed meanwhile.
    """
    loop = asyncio.get_running_loop()
    try:
        file, size, tag = await loop.run_in_executor(threads, _open, wanted)
    except FileNotFoundError:
        raise NotFound("The file has been removed meanwhile.", "Ask for it again.") from None
    with file:
        part = part_of(handler.request.headers, tag, size, size)
        assert part is not None, "its size is known"
        disposition = f'inline; filename="{wanted.name}"'
        if not await begin(handler, part, tag, wanted.content_type, disposition):
            return
        first, end = part.first, size if part.end is None else part.end
        file.seek(first)
        try:
            while first < end:
                data = await loop.run_in_executor(threads, file.read, min(CHUNK, end - first))
                if not data:
                    break
                first += len(data)
                handler.write(data)
                await handler.flush()
        except StreamClosedError:
            return
        await handler.finish(set_content_type=wanted.content_type)


async def begin(
    handler: EnvStoreHandler, part: Part, tag: str, content_type: str, disposition: str
) -> bool:
    """Write the headers of a file or a part of it; return whether bytes are to follow.

    If not, the reply is finished.
    """
    handler.set_header("Etag", tag)
    handler.set_header("Accept-Ranges", "bytes")
    handler.set_header("Content-Disposition", disposition)
    # Only for whoever may read the build: nobody between keeps it.
    handler.set_header("Cache-Control", "private, no-cache")
    if handler.check_etag_header():
        handler.set_status(304)
        await handler.finish()
        return False
    handler.set_status(part.status)
    if part.content_range is not None:
        handler.set_header("Content-Range", part.content_range)
    if part.status == 416:
        await handler.finish()
        return False
    handler.set_header("Content-Type", content_type)
    if part.end is not None:
        handler.set_header("Content-Length", str(part.end - part.first))
    return True


def _open(wanted: SendFile) -> tuple[IO[bytes], int, str]:
    """Return the open file, its size in bytes, and its entity tag."""
    if wanted.within is None:
        file = wanted.path.open("rb")
    else:
        file = os.fdopen(open_inside(wanted.path, wanted.within), "rb")
    size = file.seek(0, 2)
    modified = os.fstat(file.fileno()).st_mtime_ns
    return file, size, f'"{modified:x}-{size:x}"'
