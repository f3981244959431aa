"""The default engine: rattler, in the build's own process, into a directory that is renamed."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from rattler import RepoDataRecord
from rattler.networking import Client

from ..domain.order import WorkOrder
from .children import Children
from .conda_meta import finish_staging
from .engines import Selection
from .fetch import Fetcher
from .link import Linker, check_clobbered_paths
from .link_scripts import run_link_scripts
from .ownership import keep_way_to_owner
from .package_cache import PackageCache
from .protocol import STAGING
from .question import Question
from .refusal import BuildRefused
from .report import Report
from .solve import solve


class RattlerEngine:
    """See `engines.Engine`."""

    def __init__(
        self,
        order: WorkOrder,
        directory: Path,
        prefix: Path,
        children: Children,
        index_client: Client,
        client: Client,
        report: Report,
    ) -> None:
        self._order = order
        self._directory = directory
        self._prefix = prefix
        self._children = children
        self._index_client = index_client
        self._client = client
        self._report = report

    async def solve(self, question: Question) -> list[RepoDataRecord]:
        return await solve(self._order, question, self._index_client, self._report)

    async def link(
        self,
        records: list[RepoDataRecord],
        selection: Selection,
        cache: PackageCache,
        fetcher: Fetcher,  # noqa: ARG002  # rattler itself fetches what is damaged.
    ) -> None:
        private, staging = self._directory / "cache", self._directory / STAGING
        linker = Linker(cache, private, staging, self._prefix, self._client, self._report)
        await linker.link(records, selection.specs)

    def finish(self, records: list[RepoDataRecord], selection: Selection) -> None:  # noqa: ARG002
        staging = self._directory / STAGING
        check_clobbered_paths(staging, self._order.path_conflict, self._report)
        finish_staging(staging, self._order, records)
        move_into_place(staging, self._prefix, self._order.store_directory)
        if self._order.run_link_scripts:
            run_link_scripts(self._prefix, records, self._children, self._report)


def move_into_place(staging: Path, prefix: Path, store: str = "") -> None:
    """Give the prefix its final name; never in place of anything that is there.

    Nobody else may exchange it then: not by its directories in `store`, the store's.

    Raises `BuildRefused` of kind path.
    """
    prefix.parent.mkdir(parents=True, exist_ok=True)
    keep_way_to_owner(prefix, store)
    taken = prefix_is_taken(prefix)
    if os.path.lexists(prefix):
        raise taken
    try:
        staging.rename(prefix)
    except OSError as error:
        if error.errno in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
            raise taken from error
        if error.errno == errno.EXDEV:
            raise BuildRefused(
                "path",
                f"The store's work directory and its builds ({prefix.parent}) are on different "
                "file systems, so a finished build cannot be moved into place.",
                "Set c.EnvStore.build_directory to a path on the file system of the store.",
            ) from error
        raise


def prefix_is_taken(prefix: Path) -> BuildRefused:
    """Return the refusal to install over something that is there."""
    return BuildRefused(
        "path",
        f"There is something at the build's prefix already: {prefix}",
        "Nothing of it was changed. Move it away if it is not needed, and build again.",
    )
