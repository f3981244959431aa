"""Which channels the package index is about, and what the store's database keeps of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timezone

from ..domain.channels import channel_names
from ..domain.conda_settings import CondaSettings
from ..domain.credentials import without_credentials
from ..domain.index_order import ChannelState, IndexOrder
from ..domain.layout import Layout
from ..domain.moments import to_text
from ..domain.settings import Settings
from ..store.channels import Channels

_MEMORY = 1 << 30
"""Bytes: four times what half a million packages need."""


class IndexedChannels:
    """The default channels, those of the setting, and those of builds, in this order."""

    def __init__(
        self,
        channels: Channels,
        settings: Callable[[], Settings],
        layout: Layout,
        conda_settings: Callable[[], CondaSettings],
        subdir: str,
    ) -> None:
        """`settings` and `conda_settings` are asked each time; `subdir` is the platform."""
        self._channels = channels
        self._settings = settings
        self._layout = layout
        self._conda_settings = conda_settings
        self._subdir = subdir

    def order(self) -> IndexOrder:
        """Return what the index's process has to do now."""
        conda, settings = self._conda_settings(), self._settings()
        urls = self._wanted(conda)
        return IndexOrder(
            directory=self._layout.package_index,
            repodata_cache=settings.repodata_cache_directory,
            channels=urls,
            subdirs=(self._subdir, "noarch"),
            mirrors=channel_names(settings, conda).mirrors_of(urls),
            conda_files=conda.files if conda.concerns_connections else (),
            memory_limit=min(settings.memory_limit, _MEMORY),
        )

    def urls(self) -> tuple[str, ...]:
        """Return the channels' URLs, without credentials, the most important one first."""
        return self._wanted(self._conda_settings())

    def resolve(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the URLs, without credentials, that names of channels stand for."""
        return self._resolve(names, self._conda_settings())

    def note(self, states: Iterable[ChannelState]) -> None:
        """Keep when the channels' packages last changed, for conda-store's clients."""
        moments = {
            state.url: to_text(
                datetime.fromtimestamp(state.updated_at, timezone.utc).replace(tzinfo=None)
            )
            for state in states
            if state.updated_at is not None
        }
        known = self._channels.by_url(moments)
        changed = {
            url: moment for url, moment in moments.items() if known[url].last_update != moment
        }
        if changed:
            self._channels.set_updated(changed)

    def _wanted(self, conda: CondaSettings) -> tuple[str, ...]:
        settings = self._settings()
        names = (*settings.conda_default_channels, *settings.conda_indexed_channels)
        return tuple(dict.fromkeys((*self._resolve(names, conda), *self._channels.in_use())))

    def _resolve(self, names: Iterable[str], conda: CondaSettings) -> tuple[str, ...]:
        urls = channel_names(self._settings(), conda).resolve(names)
        return tuple(without_credentials(url) for url in urls)
