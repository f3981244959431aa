"""The engines: what solves, and what installs into the prefix.

Fetching is not theirs. Whichever engine it is, packages come into the store's cache in the same
way: each once, checked, shared by all builds, with the same events and the same words on failure.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rattler import MatchSpec, RepoDataRecord
from rattler.networking import Client

from ..domain.lock import LockedPackage
from ..domain.order import WorkOrder
from .children import Children
from .credentials import Connections
from .fetch import Fetcher
from .package_cache import PackageCache
from .question import Question
from .report import Report
from .solve import index_timeout


@dataclass(frozen=True)
class Selection:
    """The packages to install, and which of them were asked for."""

    records: list[RepoDataRecord]
    specs: list[MatchSpec]
    """The match specs that asked for them; none if a lockfile did."""
    requested: frozenset[str]
    """The names of the packages that were asked for."""
    locked: tuple[LockedPackage, ...] | None = None
    """What a lockfile says of the packages, whose records are then incomplete."""


class Engine(Protocol):
    """One engine at work on one order. Its methods raise `BuildRefused`."""

    async def solve(self, question: Question) -> list[RepoDataRecord]:
        """Return the packages that answer the question, dependencies first."""
        ...

    async def link(
        self,
        records: list[RepoDataRecord],
        selection: Selection,
        cache: PackageCache,
        fetcher: Fetcher,
    ) -> None:
        """Make a prefix of the packages, all of which the cache has and holds."""
        ...

    def finish(self, records: list[RepoDataRecord], selection: Selection) -> None:
        """Do the rest until the prefix is at its final path, with its marker and its history."""
        ...


def engine_of(
    order: WorkOrder,
    children: Children,
    connections: Connections,
    client: Client,
    report: Report,
) -> Engine:
    """Return the order's engine; `client` fetches packages. Raises `BuildRefused`."""
    index_client = connections.client(timeout=index_timeout(order))
    directory, prefix = Path(order.directory), Path(order.prefix)
    if order.engine == "rattler":
        from .rattler_engine import RattlerEngine

        return RattlerEngine(order, directory, prefix, children, index_client, client, report)
    from .tool import tool_of
    from .tool_engine import ToolEngine
    from .tool_solve import ToolSolver

    tool = tool_of(order, children, report)
    return ToolEngine(tool, ToolSolver(tool, order, index_client, report), order, report)
