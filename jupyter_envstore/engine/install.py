"""The packages of a build: fetched into the cache, linked by the engine, and described."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from rattler import RepoDataRecord
from rattler.networking import Client

from ..domain.build import PackageRow, Phase
from ..domain.events import Solved
from ..domain.order import WorkOrder
from .background import in_thread
from .direct_urls import add_hashes
from .engines import Engine, Selection
from .fetch import Fetcher
from .foreign_layers import ForeignLayers
from .locked import complete_records
from .package_cache import PackageCache
from .packages import package_rows
from .path_lengths import check_packages
from .question import places_by_url
from .refusal import BuildRefused, disk_is_full, refuse_if_disk_fails
from .report import Report

PATIENCE = 10
"""The part of the stall timeout after which a silent connection is given up and tried again."""


async def install(
    order: WorkOrder, selection: Selection, engine: Engine, client: Client, report: Report
) -> tuple[list[RepoDataRecord], list[PackageRow]]:
    """Fetch the packages and have the engine link them; return them and their descriptions.

    When the disk gets full, what was fetched goes again: the server needs room to say so.
    """
    cache = _open_cache(Path(order.package_cache))
    try:
        return await _install_from(cache, order, selection, engine, client, report)
    except Exception as error:
        if disk_is_full(error):
            cache.withdraw()
        raise


async def _install_from(
    cache: PackageCache,
    order: WorkOrder,
    selection: Selection,
    engine: Engine,
    client: Client,
    report: Report,
) -> tuple[list[RepoDataRecord], list[PackageRow]]:
    records = selection.records
    directory = Path(order.directory)
    private = directory / "cache"
    private.mkdir(exist_ok=True)
    layers = ForeignLayers(order.foreign_caches, report.log)
    patience = order.stall_timeout / PATIENCE
    places = places_by_url(order)
    fetcher = Fetcher(cache, layers, private, client, report, patience, places)
    missing = fetcher.to_download(fetcher.missing(records))
    report.emit(Solved(len(records), sum(record.size or 0 for record in missing)))
    report.log(f"{len(records)} packages, {len(missing)} of them to download")
    for record in records:
        report.log(f"  {record.name.normalized} {record.version} {record.build}")

    report.enter(Phase.DOWNLOADING)
    await fetcher.fetch(records)
    if selection.locked is not None:
        records = complete_records(selection.locked, records, cache)
    else:
        add_hashes(records, cache)
    await in_thread(partial(check_packages, order, records, cache))

    report.enter(Phase.LINKING)
    # The engine links while this process describes.
    rows = asyncio.ensure_future(
        in_thread(partial(package_rows, records, selection.requested, cache))
    )
    await engine.link(records, selection, cache, fetcher)
    cache.release()
    return records, await rows


def _open_cache(path: Path) -> PackageCache:
    try:
        return PackageCache(path)
    except OSError as error:
        refuse_if_disk_fails(error)
        raise BuildRefused(
            "disk",
            f"The package cache cannot be written: {error.strerror}: {error.filename}",
            "Let one user own the store and its cache, or give this one write access to them.",
            explanation=str(error),
        ) from error
