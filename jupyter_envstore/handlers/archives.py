"""Archives as replies, also while they are still being made."""

from __future__ import annotations

import asyncio
import base64
from concurrent.futures import Executor
from typing import TYPE_CHECKING

from tornado.iostream import StreamClosedError

from ..builder.open_archive import OpenArchive
from ..domain.errors import EnvStoreError
from .call import SendArchive
from .files import CHUNK, begin
from .ranges import Part, part_of

if TYPE_CHECKING:
    from .base import EnvStoreHandler


async def send_archive(handler: EnvStoreHandler, wanted: SendArchive, threads: Executor) -> None:
    """Answer with what there is of the archive, and with the rest as it comes.

    How long it is, and its checksum, is told as soon as it is known. If it cannot be finished, the
    connection ends without the end of the reply: nobody takes the beginning for the whole.
    """
    archive = wanted.archive
    try:
        part = await _part(handler, archive)
        digest = archive.facts and base64.b64encode(bytes.fromhex(archive.facts.sha256)).decode()
        if digest is not None:
            handler.set_header("Repr-Digest", f"sha-256=:{digest}:")
        # A proxy that gathers the reply would hide what is there already.
        handler.set_header("X-Accel-Buffering", "no")
        disposition = f'attachment; filename="{wanted.name}"'
        if await begin(handler, part, _etag(archive), wanted.content_type, disposition):
            await _send(handler, archive, part, threads)
            await handler.finish(set_content_type=wanted.content_type)
    except StreamClosedError:
        pass  # Who asked has hung up: nobody is there to be told.
    except EnvStoreError as error:
        if not handler._headers_written:  # noqa: SLF001  # Tornado's own way to ask it.
            raise
        handler.log.info("The archive %s is cut off: %s", wanted.name, error.message)
        handler.request.connection.stream.close()  # type: ignore[union-attr]
    finally:
        await asyncio.get_running_loop().run_in_executor(threads, archive.close)


async def _part(handler: EnvStoreHandler, archive: OpenArchive) -> Part:
    """Return the part that is asked for, as soon as it can be told."""
    headers, tag = handler.request.headers, _etag(archive)
    while True:
        there, facts = archive.size, archive.facts
        part = part_of(headers, tag, facts.size if facts else None, there)
        if part is not None:
            return part
        await handler.hold(asyncio.wrap_future(archive.more(there)))


async def _send(
    handler: EnvStoreHandler, archive: OpenArchive, part: Part, threads: Executor
) -> None:
    loop = asyncio.get_running_loop()
    position = part.first
    while part.end is None or position < part.end:
        left = CHUNK if part.end is None else min(CHUNK, part.end - position)
        there = archive.size
        if position >= there:
            if archive.facts is not None:
                return
            await handler.hold(asyncio.wrap_future(archive.more(there)))
            continue
        wanted = min(left, there - position)
        data = await loop.run_in_executor(threads, archive.read, position, wanted)
        position += len(data)
        handler.write(data)
        await handler.flush()


def _etag(archive: OpenArchive) -> str:
    return f'"{archive.tag}"'
