"""Packages of channels."""

from __future__ import annotations

from ..api.channel_packages import FindPackagesQuery, FoundPackageReply
from ..store.listing import Page
from .call import Call, WithMessage, endpoint


@endpoint(
    "GET",
    "package",
    action="read",
    permission=(),
    query=FindPackagesQuery,
    reply=Page[FoundPackageReply],
)
def find_packages(call: Call) -> Page[FoundPackageReply] | WithMessage:
    """The packages of the channels, by name; versions are sorted by conda's rules."""
    listing = call.query.listing(call.services.settings.max_page_size)
    found = call.services.channel_packages.search(call.query.wanted(), listing)
    page: Page[FoundPackageReply] = found.page.map(FoundPackageReply.of)
    return page if found.note is None else WithMessage(page, found.note)
