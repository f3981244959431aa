"""Packages of channels: looking for them, and what is known of the channels."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..builder.indexed_channels import IndexedChannels
from ..builder.package_indexer import PackageIndexer
from ..domain.index_order import ChannelState
from ..store.channels import Channel, Channels
from ..store.listing import Listing, Page
from ..store.package_index import IndexedPackage, PackageIndex
from ..store.package_index_state import read_states
from ..store.package_search import PackageQuery
from ..store.packages import Packages


@dataclass(frozen=True)
class FoundPackage:
    """A package of a channel, as the index has it."""

    found: IndexedPackage
    channel: Channel


@dataclass(frozen=True)
class FoundPackages:
    """A page of packages, and why nothing was found, if that is not for want of such packages."""

    page: Page[FoundPackage]
    note: str | None


@dataclass(frozen=True)
class ChannelView:
    """A channel and what the index knows of it; `state` is None if it is not in the index."""

    channel: Channel
    state: ChannelState | None


class PackageService:
    """The use cases around packages of channels. Everything is synchronous."""

    def __init__(
        self,
        *,
        index: PackageIndex,
        indexer: PackageIndexer,
        channels: Channels,
        packages: Packages,
        indexed: IndexedChannels,
    ) -> None:
        self._index = index
        self._indexer = indexer
        self._channels = channels
        self._packages = packages
        self._indexed = indexed

    def search(self, query: PackageQuery, listing: Listing) -> FoundPackages:
        """Look for packages in the index that there is, and have it updated if it is too old."""
        self._indexer.ask()
        if query.channels:
            query = replace(query, channels=self._indexed.resolve(query.channels))
        page = self._index.search(query, listing)
        channels = self._channels.by_url({found.channel for found in page.items})
        missing = {item.package.name for item in page.items if item.summary is None}
        summaries = self._packages.summaries(missing) if missing else {}
        return FoundPackages(
            page.map(
                lambda found: FoundPackage(
                    replace(found, summary=found.summary or summaries.get(found.package.name)),
                    channels[found.channel],
                )
            ),
            None if page.count else self._why_nothing_is_found(),
        )

    def channels(self, listing: Listing) -> Page[ChannelView]:
        """Return the channels that are in the index, should be, or were used by builds."""
        self._channels.by_url(self._indexed.urls())
        states = {state.url: state for state in self._states()}
        return self._channels.list(listing).map(
            lambda channel: ChannelView(channel, states.get(channel.url))
        )

    def _states(self) -> tuple[ChannelState, ...]:
        return read_states(self._index.path.parent)

    def _why_nothing_is_found(self) -> str | None:
        if not self._indexer.enabled and not self._index.path.exists():
            return (
                "There is no index of packages, and none is made: "
                "c.EnvStore.package_index_interval is 0."
            )
        states = self._states()
        if not states:
            return "The index of packages is being made: search again in a moment."
        errors = [state.error for state in states if state.error]
        return f"Not every channel could be read. {errors[0]}" if errors else None
