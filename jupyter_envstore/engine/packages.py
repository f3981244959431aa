"""The list of a finished build's packages, for the store's database."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from pathlib import Path

from rattler import RepoDataRecord

from ..domain.build import PackageRow
from ..domain.credentials import without_credentials
from .about import read_about
from .package_cache import PackageCache

PACKAGES_FILE = "packages.json"


def package_rows(
    records: Iterable[RepoDataRecord], requested: Collection[str], cache: PackageCache
) -> list[PackageRow]:
    """Describe conda packages; summaries come from ``info/about.json`` of the cached package.

    `requested` has the names of those that were asked for.
    """
    return [_row(record, requested, cache.entry(record)) for record in records]


def write_packages(directory: Path, rows: Iterable[PackageRow]) -> None:
    """Write the list into the attempt's directory; nothing is nested in a row but tuples."""
    text = json.dumps([vars(row) for row in rows])
    (directory / PACKAGES_FILE).write_text(text, encoding="utf-8")


def _row(record: RepoDataRecord, requested: Collection[str], cached: Path) -> PackageRow:
    name = record.name.normalized
    about = read_about(cached)
    return PackageRow(
        name=name,
        version=str(record.version),
        build=str(record.build),
        channel=without_credentials(record.channel).rstrip("/"),
        subdir=record.subdir,
        build_number=record.build_number,
        url=without_credentials(record.url),
        size=record.size or 0,
        sha256=record.sha256.hex() if record.sha256 else None,
        md5=record.md5.hex() if record.md5 else None,
        license=record.license or about.get("license"),
        summary=about.get("summary"),
        depends=tuple(record.depends),
        requested=name in requested,
    )
