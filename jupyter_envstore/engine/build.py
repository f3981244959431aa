"""One build, stage by stage: solve, fetch, link, finish, lock."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from functools import partial
from pathlib import Path

from rattler import RepoDataRecord
from rattler.networking import Client

from ..domain.build import PackageRow, Phase
from ..domain.events import Finished, Solved
from ..domain.order import WorkOrder
from ..domain.sizes import describe_size
from .background import in_thread
from .bytecode import ByteCodeCache
from .children import Children
from .conda_meta import finish_staging, freeze, seal
from .credentials import connect
from .fetch import Fetcher
from .link import Linker, check_clobbered_paths
from .link_scripts import run_link_scripts
from .lockfile import write_lockfile
from .package_cache import PackageCache
from .packages import PACKAGES_FILE, package_rows, write_packages
from .path_lengths import check_packages, check_prefix
from .prefix import standard_library
from .protocol import STAGING
from .question import Question, question_of
from .refusal import BuildRefused, disk_is_full, refuse_if_disk_fails
from .report import Report
from .solve import index_timeout, solve
from .survey import survey

_PATIENCE = 10
"""The part of the stall timeout after which a silent connection is given up and tried again."""


async def build(order: WorkOrder, lock: int, report: Report) -> Finished:
    """Carry out the order and return the verdict. Raises `BuildRefused`.

    `lock` is the descriptor of the attempt's lock, for programs that the build starts. What a
    refused build leaves behind is for the supervisor to remove, once this process has ended.
    """
    directory, prefix = Path(order.directory), Path(order.prefix)
    children = Children(lock, directory)
    check_room(order)

    report.enter(Phase.SOLVING)
    connections = connect(order, report.warn)
    question = question_of(order)
    index_client = connections.client(timeout=index_timeout(order))
    records = await solve(order, question, index_client, report)

    rows = await _install(order, question, records, connections.client(), report)

    staging = directory / STAGING
    check_clobbered_paths(staging, order.path_conflict, report)
    finish_staging(staging, order, records)
    move_into_place(staging, prefix)
    if order.run_link_scripts:
        run_link_scripts(prefix, records, children, report)

    if order.pip:
        rows += _install_pip(order, rows, children, report)
    freeze(prefix, standard_library(prefix), order)

    report.enter(Phase.COMPILING)
    found = survey(order.prefix, only_owner_writes=order.shared_permissions)
    cache = ByteCodeCache(Path(order.bytecode_cache), prefix, children, report, found)
    code = cache.fill(records)
    report.log(f"Byte code: {code.linked} files from the cache, {code.compiled} compiled")

    report.enter(Phase.VERIFYING)
    _verify(prefix, records)

    report.enter(Phase.LOCKING)
    write_lockfile(order, rows)
    write_packages(directory, rows)
    size, size_own = found.size + code.size, found.size_own + code.size_own
    seal(prefix, order, size, size_own)
    seconds = report.finish()
    report.log(f"{found.files} files, {size} bytes, of which {size_own} are this build's own")
    return Finished(size=size, size_own=size_own, packages=PACKAGES_FILE, seconds=seconds)


def check_room(order: WorkOrder) -> None:
    """Refuse a prefix that no package could be installed to, and a disk that is nearly full."""
    check_prefix(order)
    free = shutil.disk_usage(order.directory).free
    if free < order.storage_threshold:
        raise BuildRefused(
            "disk",
            f"The disk of the store has {describe_size(free)} free; builds begin with at least "
            f"{describe_size(order.storage_threshold)}.",
            "Delete builds that are no longer needed, or lower c.EnvStore.storage_threshold.",
        )


async def _install(
    order: WorkOrder,
    question: Question,
    records: list[RepoDataRecord],
    client: Client,
    report: Report,
) -> list[PackageRow]:
    """Fetch and link the packages into the staging prefix; return their descriptions.

    When the disk gets full, what was fetched goes again: the server needs room to say so.
    """
    cache = _open_cache(Path(order.package_cache))
    try:
        return await _install_from(cache, order, question, records, client, report)
    except Exception as error:
        if disk_is_full(error):
            cache.withdraw()
        raise


async def _install_from(
    cache: PackageCache,
    order: WorkOrder,
    question: Question,
    records: list[RepoDataRecord],
    client: Client,
    report: Report,
) -> list[PackageRow]:
    directory = Path(order.directory)
    private = directory / "cache"
    private.mkdir(exist_ok=True)
    fetcher = Fetcher(cache, private, client, report, order.stall_timeout / _PATIENCE)
    missing = fetcher.missing(records)
    report.emit(Solved(len(records), sum(record.size or 0 for record in missing)))
    report.log(f"{len(records)} packages, {len(missing)} of them to download")
    for record in records:
        report.log(f"  {record.name.normalized} {record.version} {record.build}")

    report.enter(Phase.DOWNLOADING)
    await fetcher.fetch(records)
    await in_thread(partial(check_packages, order, records, cache))

    report.enter(Phase.LINKING)
    # rattler's threads link while this one describes.
    rows = asyncio.ensure_future(in_thread(partial(package_rows, records, question, cache)))
    linker = Linker(cache, private, directory / STAGING, Path(order.prefix), client, report)
    await linker.link(records, question)
    cache.release()
    return await rows


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


def move_into_place(staging: Path, prefix: Path) -> None:
    """Give the prefix its final name; never in place of anything that is there.

    Raises `BuildRefused` of kind path.
    """
    prefix.parent.mkdir(parents=True, exist_ok=True)
    taken = BuildRefused(
        "path",
        f"There is something at the build's prefix already: {prefix}",
        "Nothing of it was changed. Move it away if it is not needed, and build again.",
    )
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


def _install_pip(
    order: WorkOrder, rows: list[PackageRow], children: Children, report: Report
) -> list[PackageRow]:
    from .pypi import PipInstaller, read_pip_section  # Only some builds need it.

    report.enter(Phase.PYPI)
    installer = PipInstaller(
        Path(order.prefix),
        Path(order.package_cache).parent / "uv",
        children,
        report,
        order.stall_timeout / _PATIENCE,
    )
    return installer.install(read_pip_section(order.pip), rows)


def _verify(prefix: Path, records: list[RepoDataRecord]) -> None:
    """Check that the prefix has a record of every package, and none besides."""
    meta = prefix / "conda-meta"
    expected = {f"{r.name.normalized}-{r.version}-{r.build}.json" for r in records}
    missing = sorted(expected.difference(os.listdir(meta)))  # noqa: PTH208
    if missing:
        raise BuildRefused(
            "internal",
            f"After the installation the prefix has no record of {', '.join(missing)}.",
            "Build again; if that does not help, report it with the build's log.",
        )
