"""Packages that a specification asks for by their URL: what rattler leaves out of their records.

It reads such a package from the archive alone, which says neither what channel it is in nor what
its hashes are.
"""

from __future__ import annotations

from collections.abc import Iterable

from rattler import RepoDataRecord

from ..domain.package_urls import read_package_url
from .archive_facts import read_facts
from .package_cache import PackageCache


def add_channels(records: Iterable[RepoDataRecord]) -> None:
    """Let the records that name no channel name the one that their URL is in."""
    for record in records:
        named: str | None = record.channel
        found = read_package_url(record.url) if named is None else None
        if found is not None:
            record.channel = found.channel


def add_hashes(records: Iterable[RepoDataRecord], cache: PackageCache) -> None:
    """Let the records that have no hash have those of the archives that were fetched."""
    for record in records:
        if record.sha256 is not None or record.md5 is not None:
            continue
        if facts := read_facts(cache.entry(record)):
            record.sha256, record.md5 = bytes.fromhex(facts.sha256), bytes.fromhex(facts.md5)
            record.size = facts.size
