"""Files as replies: in pieces, with an entity tag, and parts of them on request (RFC 9110)."""

from __future__ import annotations

import asyncio
import os
import re
from concurrent.futures import Executor
from typing import IO

from jupyter_server.base.handlers import APIHandler
from tornado.iostream import StreamClosedError

from ..domain.errors import NotFound
from ..store.shared_index import open_inside
from .call import SendFile

_CHUNK = 1 << 18
_RANGE = re.compile(r"bytes=(?P<first>[0-9]{0,18})-(?P<last>[0-9]{0,18})")


async def send_file(handler: APIHandler, wanted: SendFile, threads: Executor) -> None:
    """Answer with the file, or the part of it that the request asks for.

    The file is read in the `threads`. Raises `NotFound` if it has been removed meanwhile.
    """
    loop = asyncio.get_running_loop()
    try:
        file, size, tag = await loop.run_in_executor(threads, _open, wanted)
    except FileNotFoundError:
        raise NotFound("The file has been removed meanwhile.", "Ask for it again.") from None
    with file:
        kind = "attachment" if wanted.download else "inline"
        handler.set_header("Etag", tag)
        handler.set_header("Accept-Ranges", "bytes")
        handler.set_header("Content-Disposition", f'{kind}; filename="{wanted.name}"')
        # Only for whoever may read the build: nobody between keeps it.
        handler.set_header("Cache-Control", "private, no-cache")
        if handler.check_etag_header():
            handler.set_status(304)
            await handler.finish()
            return
        part = _part(handler, size, tag)
        if part is None:
            handler.set_status(416)
            handler.set_header("Content-Range", f"bytes */{size}")
            await handler.finish()
            return
        first, end = part
        if (first, end) != (0, size):
            handler.set_status(206)
            handler.set_header("Content-Range", f"bytes {first}-{end - 1}/{size}")
        handler.set_header("Content-Type", wanted.content_type)
        handler.set_header("Content-Length", str(end - first))
        file.seek(first)
        try:
            while first < end:
                data = await loop.run_in_executor(threads, file.read, min(_CHUNK, end - first))
                if not data:
                    break
                first += len(data)
                handler.write(data)
                await handler.flush()
        except StreamClosedError:
            return
        await handler.finish(set_content_type=wanted.content_type)


def _open(wanted: SendFile) -> tuple[IO[bytes], int, str]:
    """Return the open file, its size in bytes, and its entity tag."""
    if wanted.within is None:
        file = wanted.path.open("rb")
    else:
        file = os.fdopen(open_inside(wanted.path, wanted.within), "rb")
    size = file.seek(0, 2)
    modified = os.fstat(file.fileno()).st_mtime_ns
    return file, size, f'"{modified:x}-{size:x}"'


def _part(handler: APIHandler, size: int, tag: str) -> tuple[int, int] | None:
    """Return where the wanted part begins and ends (exclusive); None if there is no such part.

    What is no range of bytes, or several, counts as none, as does one of another version.
    """
    headers = handler.request.headers
    match = _RANGE.fullmatch(headers.get("Range", ""))
    if match is None or headers.get("If-Range", tag) != tag or not any(match.groups()):
        return 0, size
    first, last = match["first"], match["last"]
    if not first:
        return (max(size - int(last), 0), size) if int(last) and size else None
    end = min(int(last) + 1, size) if last else size
    return (int(first), end) if int(first) < end else None
