"""Which build of an environment is current, as the disk tells it when no database does."""

from __future__ import annotations

from ..domain.layout import Layout
from ..integration.kernelspecs import list_kernels
from ..integration.links import read_link
from .index import Owner
from .index_file import read_index


class CurrentOnDisk:
    """Prefixes of current builds: by the link, else by a published kernel, else by the index.

    Kernels and index are read once, when it is made: publishing changes both.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._prefixes: dict[Owner, str] = {}
        for entry in read_index(layout.index).get("environments", ()):
            if entry.get("build"):
                self._prefixes[entry["namespace"], entry["name"]] = entry["build"]["prefix"]
        for card in list_kernels(layout.kernels):
            if not card.pinned:
                self._prefixes[card.owner] = card.prefix

    def prefix_of(self, namespace: str, name: str) -> str | None:
        """Return the prefix of the current build; None if nothing on disk tells."""
        # Builds of key version 3 have no link.
        link = self._layout.environment_link(namespace, name, key_version=2)
        target = None if link is None else read_link(link)
        return target or self._prefixes.get((namespace, name))
