"""The folders whose environment files are built."""

from __future__ import annotations

from ..api.watched_replies import WatchedReply
from .call import Call, endpoint


@endpoint("GET", "watched", action="read", reply=WatchedReply)
def watched(call: Call) -> WatchedReply:
    """The watched folders, and what became of each file that was found there."""
    return WatchedReply.of(call.services.watching.watched())
