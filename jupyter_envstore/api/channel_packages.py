"""Packages of channels: what clients may ask for, and what they get.

The first keys of each reply are conda-store's, with its names and in its order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from pydantic import Field

from ..service.packages import ChannelView, FoundPackage
from ..store.package_search import PackageQuery
from .build_replies import ChannelReply
from .models import PackagesQuery


class FindPackagesQuery(PackagesQuery):
    """What is looked for, in the index of all channels.

    `search` is a part of the name, with `exact` all of it; `build` a part of the build string;
    `channel` a channel's name or URL, several times for several channels. `distinct_on` (channel,
    name, version; what else it says is ignored) leaves one package of those that are alike.
    """

    distinct_on: list[str] = Field(default_factory=list)
    channel: list[str] = Field(default_factory=list, max_length=50)

    def wanted(self) -> PackageQuery:
        return PackageQuery(
            search=self.search or "",
            exact=self.is_exact,
            build=self.build or "",
            channels=tuple(self.channel),
            distinct_on=tuple(self.distinct_on),
        )


@dataclass(frozen=True)
class FoundPackageReply:
    id: int
    """Changes when the index does."""
    channel: ChannelReply
    license: str | None
    name: str
    version: str
    summary: str | None
    build: str
    build_number: int
    subdir: str
    size: int
    url: str
    sha256: str | None
    timestamp: int | None
    """When it was made, in milliseconds since the epoch."""

    @classmethod
    def of(cls, item: FoundPackage) -> FoundPackageReply:
        found, package = item.found, item.found.package
        channel = item.channel
        return cls(
            id=found.id,
            channel=ChannelReply(channel.id, channel.url, channel.last_update),
            license=package.license,
            name=package.name,
            version=package.version,
            summary=found.summary,
            build=package.build,
            build_number=package.build_number,
            subdir=found.subdir,
            size=package.size,
            url=found.url,
            sha256=package.sha256,
            timestamp=package.timestamp,
        )


@dataclass(frozen=True)
class ChannelStateReply:
    id: int
    name: str
    last_update: str | None
    """When its packages were last found to be different from before."""
    indexed: bool
    """Whether searches look at it."""
    packages: int
    checked_on: datetime | None
    """When it was last asked."""
    error: str | None
    """Why it could not be read then: searches answer with what was known before."""
    hint: str | None

    @classmethod
    def of(cls, view: ChannelView) -> ChannelStateReply:
        channel, state = view.channel, view.state
        checked = state.checked_at if state else None
        return cls(
            id=channel.id,
            name=channel.url,
            last_update=channel.last_update,
            indexed=state is not None,
            packages=state.packages if state else 0,
            checked_on=None
            if checked is None
            else datetime.fromtimestamp(checked, timezone.utc).replace(tzinfo=None),
            error=state.error if state else None,
            hint=state.hint if state else None,
        )
