"""The packages of a lockfile as rattler's records: what an order with a lock installs.

A lockfile tells where an archive is and what its hashes are. The rest of a record is in the
archive itself, so records are complete only when everything has been fetched.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from rattler import BuildString, PackageRecord, RepoDataRecord
from rattler.exceptions import InvalidVersionError

from ..domain.build import PackageRow
from ..domain.conda_lock import read_conda_lock
from ..domain.credentials import without_credentials
from ..domain.errors import InvalidInput
from ..domain.lock import Lock, LockedPackage, by_name, lock_of, requirements_by_name
from ..domain.order import WorkOrder
from .archive_facts import read_facts
from .package_cache import PackageCache
from .refusal import BuildRefused


def lock_of_order(order: WorkOrder) -> Lock | None:
    """Return the lock that an order is to install from; None if there is something to solve.

    Raises `BuildRefused` if the lock is not one, or has nothing for this machine's platform.
    """
    if not order.lock:
        return None
    try:
        lock = read_conda_lock(json.loads(Path(order.lock).read_bytes()))
    except (InvalidInput, ValueError) as error:
        raise BuildRefused("internal", f"The lockfile cannot be read: {error}") from error
    if lock.packages and not lock.installed_on(order.subdir):
        raise BuildRefused(
            "unsatisfiable",
            f"The lockfile is for {', '.join(lock.platforms)}; this machine is {order.subdir}.",
            f"Lock the environment for {order.subdir}, too.",
        )
    return lock


def incomplete_records(packages: Iterable[LockedPackage]) -> list[RepoDataRecord]:
    """Return records with which conda packages can be fetched, and no more.

    Raises `BuildRefused` if a version is none.
    """
    return [_incomplete(package) for package in packages if package.manager == "conda"]


def _incomplete(package: LockedPackage) -> RepoDataRecord:
    file = package.file
    try:
        record = PackageRecord(
            file.name,
            file.version,
            BuildString(file.build),
            0,
            file.subdir,
            sha256=None if package.sha256 is None else bytes.fromhex(package.sha256),
            md5=None if package.md5 is None else bytes.fromhex(package.md5),
        )
    except InvalidVersionError as error:
        raise BuildRefused("unsatisfiable", f"{file.file_name} has no valid version.") from error
    return RepoDataRecord(record, file.file_name, package.url, file.channel)


def complete_records(
    packages: Iterable[LockedPackage], records: Iterable[RepoDataRecord], cache: PackageCache
) -> list[RepoDataRecord]:
    """Return the records with everything that the fetched archives tell, dependencies first.

    Raises `BuildRefused` of kind integrity if an archive is not what the lockfile says.
    """
    locked = {package.name: package for package in packages if package.manager == "conda"}
    complete = [_complete(locked[r.name.normalized], r, cache) for r in records]
    return dependencies_first(complete)


def dependencies_first(records: list[RepoDataRecord]) -> list[RepoDataRecord]:
    """Return the records in the order in which packages can be put to use."""
    by_record_name = {record.name.normalized: record for record in records}
    # rattler's sort returns the records without their URLs.
    order = PackageRecord.sort_topologically(list[PackageRecord](records))
    return [by_record_name[record.name.normalized] for record in order]


def _complete(
    package: LockedPackage, record: RepoDataRecord, cache: PackageCache
) -> RepoDataRecord:
    entry = cache.entry(record)
    facts = read_facts(entry)
    known = package
    if facts is not None:
        for what, said, found in (
            ("MD5", package.md5, facts.md5),
            ("SHA-256", package.sha256, facts.sha256),
        ):
            if said not in (None, found):
                raise BuildRefused(
                    "integrity",
                    f"{record.file_name} has the {what} {found}, and the lockfile says {said}.",
                    "Lock the environment again, or ask who made the lockfile.",
                )
        known = replace(package, md5=facts.md5, sha256=facts.sha256)
    try:
        inner = PackageRecord.from_index_json(
            entry / "info" / "index.json",
            size=facts.size if facts else None,
            sha256=known.sha256,
            md5=known.md5,
        )
    except OSError as error:
        raise BuildRefused(
            "integrity",
            f"{record.file_name} does not say what it is: {error}",
            "It is no package of conda's; ask who made the lockfile.",
        ) from error
    if package.depends is not None:
        # Channels mend the dependencies of packages that they have published: these count.
        inner.depends = list(package.depends)
    inner.subdir = package.file.subdir
    return RepoDataRecord(inner, record.file_name, record.url, record.channel)


# -- the lock of what was installed -----------------------------------------------------------


def locked_record(record: RepoDataRecord, platform: str) -> LockedPackage:
    """Return what a lock says of a solved package."""
    return LockedPackage(
        name=record.name.normalized,
        version=str(record.version),
        platform=platform,
        url=without_credentials(record.url),
        md5=record.md5.hex() if record.md5 else None,
        sha256=record.sha256.hex() if record.sha256 else None,
        depends=by_name(record.depends),
    )


def lock_of_packages(
    rows: Iterable[PackageRow], order: WorkOrder, others: Iterable[LockedPackage] = ()
) -> Lock:
    """Return the lock of what was installed, and of what was solved for other platforms."""
    rows = list(rows)
    names = {row.name for row in rows}
    packages = [
        LockedPackage(
            name=row.name,
            version=row.version,
            platform=order.subdir,
            url=row.url,
            manager="pip" if row.manager == "pip" else "conda",
            md5=row.md5,
            sha256=row.sha256,
            depends=_depends(row, names),
        )
        for row in rows
    ]
    return lock_of([*packages, *others], order.channels, order.variables)


def with_what_was_found(lock: Lock, rows: Iterable[PackageRow], order: WorkOrder) -> Lock:
    """Return a lock with what it lacked of the packages that were installed from it."""
    rows = list(rows)
    names = {row.name for row in rows}
    found = {(row.manager, row.name): row for row in rows}
    packages = []
    for package in lock.packages:
        row = found.get((package.manager, package.name))
        if row is None or package.platform != order.subdir:
            packages.append(package)
            continue
        packages.append(
            replace(
                package,
                version=row.version,
                md5=package.md5 or row.md5,
                sha256=package.sha256 or row.sha256,
                depends=_depends(row, names) if package.depends is None else package.depends,
            )
        )
    return lock_of(packages, lock.channels, order.variables)


def _depends(row: PackageRow, names: set[str]) -> tuple[str, ...]:
    if row.manager == "conda":
        return by_name(row.depends)
    # Their markers may not hold here: what is not there is not needed.
    needs = requirements_by_name(row.depends)
    return tuple(need for need in needs if need.partition(" ")[0] in names)
