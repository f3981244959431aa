"""Channels."""

from __future__ import annotations

from ..api.channel_packages import ChannelStateReply
from ..api.models import PageQuery
from ..store.listing import Page
from .call import Call, endpoint


@endpoint(
    "GET",
    "channel",
    action="read",
    permission=(),
    query=PageQuery,
    reply=Page[ChannelStateReply],
)
def list_channels(call: Call) -> Page[ChannelStateReply]:
    """The channels that are searched or were used by builds, and how fresh their index is."""
    listing = call.query.listing(call.services.settings.max_page_size)
    return call.services.channel_packages.channels(listing).map(ChannelStateReply.of)
