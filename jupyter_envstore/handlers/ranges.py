"""Which part of a file a request is for (RFC 9110), also of one that still grows (RFC 8673)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tornado.httputil import HTTPHeaders

_RANGE = re.compile(r"bytes=(?P<first>[0-9]{0,18})-(?P<last>[0-9]{0,18})")
_FOLLOW = (1 << 53) - 1
"""Whoever asks for bytes up to here, or further, wants all that come (RFC 8673)."""


@dataclass(frozen=True)
class Part:
    """The bytes of a reply: from `first`, and before `end`, or all that come if that is None."""

    status: int
    first: int = 0
    end: int | None = None
    content_range: str | None = None


def part_of(headers: HTTPHeaders, tag: str, size: int | None, there: int) -> Part | None:
    """Return the part that a request's headers ask for; None if that cannot be told yet.

    `tag` is the entity tag, `size` that of the whole if it is known, `there` how many bytes there
    are by now. What is no range of bytes, or several, counts as none, as does one of another
    version.
    """
    match = _RANGE.fullmatch(headers.get("Range", ""))
    if match is None or headers.get("If-Range", tag) != tag or not any(match.groups()):
        return Part(200, 0, size)
    first, last = match["first"], match["last"]
    if first and last and int(last) < int(first):
        return Part(200, 0, size)  # RFC 9110 calls it invalid, and tells to ignore it.
    if size is not None:
        return _of_whole(first, last, size)
    return _of_beginning(first, last, there)


def _of_whole(first: str, last: str, size: int) -> Part:
    if not first:
        begin, end = max(size - int(last), 0), size
    else:
        begin, end = int(first), min(int(last) + 1, size) if last else size
    if begin >= end:
        return Part(416, content_range=f"bytes */{size}")
    if (begin, end) == (0, size):
        return Part(200, 0, size)
    return Part(206, begin, end, f"bytes {begin}-{end - 1}/{size}")


def _of_beginning(first: str, last: str, there: int) -> Part | None:
    """Return the part of what grows: its end has to be known before the reply begins.

    A reply that ended where the file ends at the moment would be taken for all of it.
    """
    if not first or not last or int(first) >= there:
        return None
    begin, end = int(first), int(last) + 1
    if end > _FOLLOW:
        return Part(206, begin, None, f"bytes {begin}-{last}/*")
    return Part(206, begin, end, f"bytes {begin}-{last}/*") if end <= there else None
