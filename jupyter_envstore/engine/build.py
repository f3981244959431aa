"""One build, stage by stage: solve or take a lock, fetch, link, finish, lock."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from rattler import RepoDataRecord

from ..domain.build import PackageRow, Phase
from ..domain.events import Finished
from ..domain.lock import Lock, LockedPackage
from ..domain.order import WorkOrder
from ..domain.sizes import describe_size
from .bytecode import ByteCodeCache
from .children import Children
from .conda_meta import freeze, seal
from .credentials import connect
from .engines import Engine, Selection, engine_of
from .install import PATIENCE, install
from .locked import (
    incomplete_records,
    lock_of_order,
    lock_of_packages,
    locked_record,
    with_what_was_found,
)
from .lockfile import write_lockfile
from .note_as_built import note_as_built
from .ownership import drop_default_list, own_directory
from .packages import PACKAGES_FILE, write_packages
from .path_lengths import check_prefix
from .prefix import standard_library
from .question import question_of
from .refusal import BuildRefused
from .report import Report
from .solve import solve_elsewhere, virtual_packages_of
from .survey import survey

Solutions = dict[str, list[RepoDataRecord]]
"""The conda packages of further platforms, by platform."""


async def build(order: WorkOrder, lock: int, report: Report) -> Finished:
    """Carry out the order and return the verdict. Raises `BuildRefused`.

    `lock` is the descriptor of the attempt's lock, for programs that the build starts. What a
    refused build leaves behind is for the supervisor to remove, once this process has ended.
    """
    directory, prefix = Path(order.directory), Path(order.prefix)
    children = Children(lock, directory)
    # What is made here becomes the prefix: it is not for a list of the directory above to say who
    # may write to it.
    drop_default_list(directory)
    check_room(order)

    connections = connect(order, report.warn)
    client = connections.client()
    engine = engine_of(order, children, connections, client, report)
    given = lock_of_order(order)
    solutions: Solutions = {}
    if given is None:
        report.enter(Phase.SOLVING)
        selection, solutions = await _solve(order, engine)
    else:
        selection = select(order, given)
    records, rows = await install(order, selection, engine, client, report)
    engine.finish(records, selection)

    elsewhere = [
        locked_record(record, platform) for platform, found in solutions.items() for record in found
    ]
    if order.pip if given is None else pip_of(given, order):
        installed, resolved = _install_pip(order, rows, given, solutions, children, report)
        rows += installed
        elsewhere += resolved
    freeze(prefix, standard_library(prefix), order)

    report.enter(Phase.COMPILING)
    found = survey(order.prefix, only_owner_writes=order.shared_permissions)
    cache = ByteCodeCache(Path(order.bytecode_cache), prefix, children, report, found)
    code = cache.fill(records)
    report.log(f"Byte code: {code.linked} files from the cache, {code.compiled} compiled")

    report.enter(Phase.VERIFYING)
    _verify(prefix, records)

    report.enter(Phase.LOCKING)
    write_lockfile(
        order,
        lock_of_packages(rows, order, elsewhere)
        if given is None
        else with_what_was_found(given, rows, order),
    )
    write_packages(directory, rows)
    note_as_built(order, rows, found, code)
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


async def _solve(order: WorkOrder, engine: Engine) -> tuple[Selection, Solutions]:
    """Return what to install here, and what the lockfile has for other platforms."""
    question = question_of(order)
    records = await engine.solve(question)
    solutions = await solve_elsewhere(order, question, engine)
    return Selection(records, question.specs, question.names), solutions


def select(order: WorkOrder, lock: Lock) -> Selection:
    """Return what to install of a lock. What nobody asked for by name was asked for as a whole."""
    question = question_of(order)
    packages = lock.installed_on(order.subdir)
    names = question.names or frozenset(package.name for package in packages)
    return Selection(incomplete_records(packages), question.specs, names, packages)


def pip_of(lock: Lock, order: WorkOrder) -> list[LockedPackage]:
    """Return what a lock has of pip's packages for this machine."""
    return [package for package in lock.installed_on(order.subdir) if package.manager == "pip"]


def _install_pip(
    order: WorkOrder,
    rows: list[PackageRow],
    given: Lock | None,
    solutions: Solutions,
    children: Children,
    report: Report,
) -> tuple[list[PackageRow], list[LockedPackage]]:
    """Install the pip section, or what a lock has of it.

    Return what came of it, and what the section comes to on other platforms.
    """
    # Only some builds need them.
    from .pip_section import read_pip_section
    from .pypi import PipInstaller
    from .uv import Uv

    report.enter(Phase.PYPI)
    cache = own_directory(Path(order.package_cache).parent / "uv")
    uv = Uv(cache, children, report, order.stall_timeout / PATIENCE)
    installer = PipInstaller(Path(order.prefix), order.subdir, uv, report)
    section = read_pip_section(order.pip, order.pip_places)
    if given is not None:
        return installer.install(pip_of(given, order), rows, section), []
    asked = {asked.name: asked.place for asked in question_of(order).asked}
    found = installer.resolve(section, rows, asked)
    elsewhere = [
        package
        for platform, records in solutions.items()
        for package in installer.resolve_elsewhere(
            section, platform, records, virtual_packages_of(order, platform)
        )
    ]
    return installer.install(found, rows, section), elsewhere


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
