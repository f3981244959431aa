"""Verification of a finished build: its files beside its records, and nothing is changed."""

from __future__ import annotations

import json
from pathlib import Path

from ..domain.build import Phase
from ..domain.conda_lock import read_conda_lock
from ..domain.errors import InvalidInput
from ..domain.events import Finished, Progress
from ..domain.integrity import INSPECTION_FILE, Deviation, Inspection, inspection
from ..domain.lock import LockedPackage
from ..domain.order import WorkOrder
from ..domain.origin import read_origin
from ..domain.own_files import MARKER
from .as_built import read_as_built
from .background import in_thread
from .bytecode_manifest import byte_code_of
from .inspection import Inspected, inspect_prefix
from .locks import LockBusy, lock_file
from .recorded_files import packages_of
from .refusal import BuildRefused
from .report import Report

INTEGRITY_LOCK = "integrity.lock"
"""Beside a build's lockfile: held with others by who verifies the build, alone by who mends it."""


async def verify(order: WorkOrder, lock: int, report: Report) -> Finished:  # noqa: ARG001
    """Inspect the prefix, leave the `Inspection` in the order's directory, return the verdict.

    Raises `BuildRefused` while the build is repaired, or if it is not there.
    """
    report.enter(Phase.VERIFYING)
    hold_build(order, alone=False)
    found = await in_thread(lambda: inspect(order, report))
    told = inspection(found.deviations, files=found.files, size=found.size, notes=found.notes)
    return leave_inspection(order, told, report)


def inspect(order: WorkOrder, report: Report) -> Inspected:
    """Compare the build's files, the store's marker among them, with what is known of them."""
    packages = locked_packages(order)
    prefix = Path(order.prefix)
    conda = [package for package in packages if package.manager == "conda"]
    hashes = {package.name: package.sha256 for package in conda if package.sha256}

    def progress(done: int, total: int) -> None:
        report.progress(Progress(Phase.VERIFYING, done, total), last=done == total)

    try:
        found = inspect_prefix(
            order.prefix,
            packages_of(
                [f"{p.name}-{p.version}-{p.file.build}.json" for p in conda],
                [package.name for package in packages if package.manager == "pip"],
            ),
            read_as_built(prefix),
            byte_code_of(Path(order.bytecode_cache), hashes),
            only_owner_writes=order.shared_permissions,
            progress=progress,
        )
    except FileNotFoundError as error:
        raise gone(order) from error
    if deviation := _marker_deviates(prefix, order):
        found.deviations.append(deviation)
    return found


def locked_packages(order: WorkOrder) -> list[LockedPackage]:
    """Return the packages that the build has, by its lock."""
    try:
        lock = read_conda_lock(json.loads(Path(order.lock).read_bytes()))
    except (InvalidInput, ValueError) as error:
        raise BuildRefused("internal", f"The lockfile cannot be read: {error}") from error
    return list(lock.installed_on(order.subdir))


def hold_build(order: WorkOrder, *, alone: bool) -> None:
    """Hold the build for as long as this process lives. Raises `BuildRefused` if that cannot be."""
    path = Path(order.lock_artifact).with_name(INTEGRITY_LOCK)
    try:
        lock_file(path, exclusive=alone, wait=False)
    except LockBusy as error:
        what = "verified or repaired" if alone else "repaired"
        raise BuildRefused(
            "conflict",
            f"Build {order.build_id} is being {what} by another server.",
            "Try again when that has ended.",
        ) from error


def leave_inspection(order: WorkOrder, told: Inspection, report: Report) -> Finished:
    """Write the answer where the server looks for it, and return the verdict."""
    Path(order.directory, INSPECTION_FILE).write_text(told.to_text(), encoding="utf-8")
    return Finished(told.size, 0, INSPECTION_FILE, report.finish())


def gone(order: WorkOrder) -> BuildRefused:
    """Return the refusal to look after a build whose prefix is not there."""
    return BuildRefused(
        "path",
        f"The prefix of build {order.build_id} is not there, or was removed meanwhile: "
        f"{order.prefix}",
        "Build the environment again.",
    )


def _marker_deviates(prefix: Path, order: WorkOrder) -> Deviation | None:
    try:
        origin = read_origin(json.loads((prefix / MARKER).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Deviation(MARKER, "missing")
    except (OSError, ValueError):
        origin = None
    if (
        origin is None
        or origin.ending is None
        or (origin.store_id, origin.build_id) != (order.store_id, order.build_id)
    ):
        return Deviation(MARKER, "changed", "content")
    return None
