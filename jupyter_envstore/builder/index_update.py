"""Bringing the package index up to date: what has changed is read, what has not is taken over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ..domain.channel_package import ChannelPackage
from ..domain.index_order import ChannelState, IndexOrder
from ..engine.channel_index import (
    CachedIndex,
    ChannelUnreadable,
    OfferedPackages,
    cached,
    in_conda_order,
    refresh,
)
from ..engine.channeldata import refresh_channeldata, summaries
from ..engine.credentials import Connections, connect
from ..engine.index_directory import INDEXES, own_index_directory
from ..store.package_index import PackageIndex
from ..store.package_index_state import read_states, write_states
from ..store.package_index_writer import PackageIndexWriter


@dataclass(frozen=True)
class _Part:
    """The packages of a channel for one platform. Without `offered` they are in the old index."""

    channel: str
    subdir: str
    fingerprint: str
    offered: CachedIndex | None


async def update_index(order: IndexOrder, clock: Callable[[], float] = time.time) -> None:
    """Bring the index up to date; what cannot be read stays in it as it was."""
    directory = Path(order.directory)
    connections = connect(order, lambda *_: None)
    old = PackageIndex(directory)
    before = {state.url: state for state in read_states(directory)} if old.is_there() else {}
    look = _Look(order, connections, before)
    states = {channel: await look.at(channel, clock()) for channel in order.channels}
    fingerprints = look.fingerprints()
    if not old.is_there() or fingerprints != {
        url: state.fingerprints for url, state in before.items()
    }:
        states = _Write(order, connections, old).write(look.parts, states, before)
    write_states(directory, states.values())


class _Look:
    """Asks channels, and finds what there is of each."""

    def __init__(
        self, order: IndexOrder, connections: Connections, before: dict[str, ChannelState]
    ) -> None:
        self._order = order
        own = Path(order.directory) / INDEXES
        self._cache = own_index_directory(order.repodata_cache, own)
        self._client = connections.client(timeout=order.request_timeout)
        self._before = before
        self.parts: list[_Part] = []

    async def at(self, channel: str, now: float) -> ChannelState:
        """Ask one channel; note its parts and return its state."""
        old = self._before.get(channel, ChannelState(channel))
        state = replace(old, checked_at=now, error=None, hint=None)
        for subdir in self._order.subdirs:
            try:
                await refresh(channel, subdir, self._cache, self._client)
            except ChannelUnreadable as error:
                state = replace(state, error=str(error), hint=error.hint)
            known = old.fingerprints.get(subdir)
            index = cached(channel, subdir, self._cache)
            if index is not None:
                offered = None if index.fingerprint == known else index
                self.parts.append(_Part(channel, subdir, index.fingerprint, offered))
            elif known is not None and state.error is not None:
                self.parts.append(_Part(channel, subdir, known, None))
        return state

    def fingerprints(self) -> dict[str, dict[str, str]]:
        """Return the fingerprints of what there is now, by channel and subdir."""
        found: dict[str, dict[str, str]] = {channel: {} for channel in self._order.channels}
        for part in self.parts:
            found[part.channel][part.subdir] = part.fingerprint
        return found


class _Write:
    """Writes the new index."""

    def __init__(self, order: IndexOrder, connections: Connections, old: PackageIndex) -> None:
        self._order = order
        self._connections = connections
        self._old = old

    def write(
        self,
        parts: list[_Part],
        states: dict[str, ChannelState],
        before: dict[str, ChannelState],
    ) -> dict[str, ChannelState]:
        """Write the parts into a new index, publish it, and return the states as they are then."""
        directory = Path(self._order.directory)
        with PackageIndexWriter(directory, self._order.channels) as writer:
            for part in parts:
                channel = part.channel
                state = states[channel]
                fingerprints = dict(state.fingerprints)
                try:
                    self._add(writer, part)
                    fingerprints[part.subdir] = part.fingerprint
                except ChannelUnreadable as error:
                    # It cannot be what the channel meant: the old packages stay.
                    state = replace(state, error=str(error), hint=error.hint)
                    if part.subdir in fingerprints:
                        self._add(writer, replace(part, offered=None))
                states[channel] = replace(state, fingerprints=fingerprints)
            for channel in self._order.channels:
                data = refresh_channeldata(channel, directory, self._connections)
                if data is not None:
                    writer.describe(channel, summaries(data))
            counts = writer.publish(in_conda_order)
        return {
            channel: replace(
                state,
                packages=counts.get(channel, 0),
                updated_at=state.updated_at
                if channel in before and before[channel].fingerprints == state.fingerprints
                else state.checked_at,
            )
            for channel, state in states.items()
        }

    def _add(self, writer: PackageIndexWriter, part: _Part) -> None:
        channel, subdir = part.channel, part.subdir
        if part.offered is not None:
            offered = OfferedPackages(part.offered)
            writer.add(channel, subdir, offered)
            writer.place(channel, subdir, offered.base_url)
        else:
            kept = _Kept(self._old, channel, subdir)
            writer.add(channel, subdir, kept)
            writer.place(channel, subdir, kept.base_url)


class _Kept:
    """The packages of a part, and where they are, as the old index has them."""

    def __init__(self, old: PackageIndex, channel: str, subdir: str) -> None:
        self._packages = old.packages(channel, subdir)
        self.base_url = f"{channel}/{subdir}"

    def __iter__(self) -> Iterator[ChannelPackage]:
        for found in self._packages:
            self.base_url = found.url.removesuffix(f"/{found.package.file}")
            yield found.package
