"""Every package of a solution, fetched once into the shared cache whichever build comes first."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

from rattler import RepoDataRecord
from rattler.networking import Client
from rattler.package_streaming import download_and_extract, download_to_writer

from ..domain.build import Phase
from ..domain.events import Progress
from .archive_facts import ArchiveFacts, write_facts
from .background import in_thread
from .foreign_layers import ForeignLayers
from .locks import LockBusy
from .network import DAMAGED_DELAYS, Stalled, package_is_gone, repeated
from .package_cache import PackageCache, entry_name
from .path_lengths import path_is_too_long
from .prefix import WINDOWS
from .refusal import BuildRefused, refuse_if_disk_fails
from .report import Report

CONCURRENT_DOWNLOADS = 8
HEARTBEAT = 0.15
"""Seconds between two progress events while something moves; listeners expect one per 0.25 s."""


class Fetcher:
    """Fetches packages for one build, from `layers` or else from their channels.

    `private` is a directory of the attempt, on the file system of the cache. A connection that
    brings no byte for `patience` seconds has stalled.
    """

    def __init__(
        self,
        cache: PackageCache,
        layers: ForeignLayers,
        private: Path,
        client: Client,
        report: Report,
        patience: float,
        places: Mapping[str, str],
    ) -> None:
        """`places` are those of URLs in the specification: see `places_by_url`."""
        self._cache = cache
        self._layers = layers
        self._private = private
        self._client = client
        self._report = report
        self._patience = patience
        self._places = places
        self._downloads = asyncio.Semaphore(CONCURRENT_DOWNLOADS)
        self._extractions = asyncio.Semaphore(max(2, os.cpu_count() or 2))
        self._tally = _Tally()
        self._missing: set[str] = set()

    def missing(self, records: Iterable[RepoDataRecord]) -> list[RepoDataRecord]:
        """Return the packages that the cache does not have, without locking anything."""
        missing = [record for record in records if not self._cache.contains(record)]
        self._missing = {record.file_name for record in missing}
        return missing

    def to_download(self, records: Iterable[RepoDataRecord]) -> list[RepoDataRecord]:
        """Return those of the missing packages that no other cache seems to have either."""
        return [record for record in records if not self._layers.offers(record)]

    async def fetch(self, records: list[RepoDataRecord]) -> None:
        """See to it that the cache has every package, and hold their entries.

        Raises `BuildRefused` of kind network, channel, integrity or disk.
        """
        self._tally = _Tally()
        while True:
            claims = self._claim(records)
            if not claims.absent and not claims.elsewhere:
                return
            contested = await self._fetch_together(claims)
            if not contested:
                return
            # Entries that other builds link, with another archive under the same name: waiting
            # for those builds while holding what they may wait for would be a deadlock.
            self._cache.release()
            for record in contested:
                await in_thread(partial(self._cache.lock, record, exclusive=True, wait=True))
                if not self._cache.contains(record):
                    await self._fetch_whole(record)
                self._cache.release()

    async def replace(self, damaged: list[RepoDataRecord], records: list[RepoDataRecord]) -> None:
        """Fetch damaged packages again, and hold the entries of all of `records` afterwards."""
        # Nothing is held while waiting: the other build may wait for an entry of ours.
        self._cache.release()
        for record in damaged:
            await in_thread(partial(self._cache.lock, record, exclusive=True, wait=True))
            await self._fetch_whole(record)
            self._cache.release()
        for record in records:
            await in_thread(partial(self._cache.lock, record, exclusive=False, wait=True))

    def _claim(self, records: list[RepoDataRecord]) -> _Claims:
        """Hold what is there with others and what is absent alone, as far as that is free."""
        claims = _Claims([], [])
        for record in records:
            try:
                if record.file_name not in self._missing:
                    self._cache.lock(record, exclusive=False, wait=False)
                    if self._cache.contains(record):
                        continue
                self._cache.lock(record, exclusive=True, wait=False)
            except LockBusy:
                claims.elsewhere.append(record)
                continue
            if self._cache.contains(record):  # Another build fetched it just now.
                self._cache.lock(record, exclusive=False, wait=True)
            else:
                claims.absent.append(record)
        return claims

    async def _fetch_together(self, claims: _Claims) -> list[RepoDataRecord]:
        """Fetch what is absent, wait for the rest; return what neither brought into the cache."""
        wanted = [*claims.absent, *claims.elsewhere]
        self._tally.packages_total = len(wanted)
        self._tally.bytes_total = sum(record.size or 0 for record in wanted)
        fetches = [asyncio.ensure_future(self._fetch(record)) for record in claims.absent]
        waiting = asyncio.ensure_future(self._wait_for(claims.elsewhere))
        heartbeat = asyncio.ensure_future(self._beat())
        try:
            await asyncio.gather(waiting, *fetches)
        finally:
            for task in (*fetches, waiting, heartbeat):
                task.cancel()
        self._report.progress(self._tally.progress(), last=True)
        return waiting.result()

    async def _wait_for(self, records: list[RepoDataRecord]) -> list[RepoDataRecord]:
        contested = []
        for record in records:
            detail = f"waiting for another build to fetch {record.file_name}"
            self._tally.detail = detail
            self._report.log(detail.capitalize())
            self._report.progress(self._tally.progress(), last=True)
            await in_thread(partial(self._cache.lock, record, exclusive=False, wait=True))
            self._tally.detail = None
            if self._cache.contains(record):
                self._tally.count(record)
            else:  # The other build failed, or has another archive of that name.
                contested.append(record)
        return contested

    async def _beat(self) -> None:
        told = None
        while True:
            now = self._tally.progress()
            if now != told:
                self._report.progress(now)
                told = now
            await asyncio.sleep(HEARTBEAT)

    # -- one package -------------------------------------------------------------------------

    async def _fetch(self, record: RepoDataRecord) -> None:
        """Fetch a package whose entry is held alone; afterwards it is held with others."""
        await self._fetch_whole(record)
        self._cache.lock(record, exclusive=False, wait=True)

    async def _fetch_whole(self, record: RepoDataRecord) -> None:
        if await self._take_over(record):
            self._tally.count(record)
            return
        attempt = 0
        while True:
            attempt += 1
            async with self._downloads:
                archive_url = await self._download(record)
            damage = await self._extract(record, archive_url)
            if damage is None:
                self._tally.packages_done += 1
                if _is_local(record):
                    self._tally.bytes_done += record.size or 0
                return
            if attempt > len(DAMAGED_DELAYS):
                raise BuildRefused(
                    "integrity",
                    f"{record.file_name} arrived damaged {attempt} times: {damage}.",
                    "The channel, or a proxy before it, serves another file than its index "
                    f"promises: {record.url}. Try again later, or ask who runs the channel.",
                    explanation=damage,
                )
            if not _is_local(record):
                self._tally.bytes_done -= record.size or 0
            delay = DAMAGED_DELAYS[attempt - 1]
            self._report.repeat(f"{record.file_name} arrived damaged: {damage}.", attempt, delay)
            await asyncio.sleep(delay)

    async def _take_over(self, record: RepoDataRecord) -> bool:
        """Take the package from a cache of somebody else; tell whether that was possible."""
        extracted = self._private / entry_name(record)
        async with self._extractions:
            if await in_thread(partial(self._layers.take, record, extracted)):
                await in_thread(partial(self._cache.promote, extracted, record))
                return True
        archive = self._private / record.file_name
        if _is_local(record) or not await in_thread(
            partial(self._layers.take_archive, record, archive)
        ):
            return False
        return await self._extract(record, archive.as_uri()) is None

    async def _download(self, record: RepoDataRecord) -> str:
        """Return the URL of the archive on this machine; what was downloaded has been counted."""
        if _is_local(record):
            return record.url
        archive = self._private / record.file_name
        received = await repeated(
            f"The package {record.file_name}",
            partial(self._receive, record.url, archive),
            self._report,
            places=self._places,
        )
        self._tally.bytes_done += (record.size or 0) - received
        return archive.as_uri()

    async def _receive(self, url: str, archive: Path) -> int:
        """Download into a file and return the number of bytes. Raises `Stalled`, or rattler's."""
        with archive.open("wb") as file:
            sink = _Sink(file.write, self._tally)
            download = asyncio.ensure_future(download_to_writer(self._client, url, sink))
            try:
                while True:
                    before = sink.received
                    done, _ = await asyncio.wait([download], timeout=self._patience)
                    if done:
                        download.result()
                        return sink.received
                    if sink.received == before:
                        raise Stalled(f"no byte arrived for {self._patience:g} s")
            except BaseException:
                sink.close()
                download.cancel()
                raise

    async def _extract(self, record: RepoDataRecord, archive_url: str) -> str | None:
        """Extract the archive and move it into the cache, or say in what way it is damaged."""
        extracted = self._private / entry_name(record)
        async with self._extractions:
            try:
                digests = await download_and_extract(
                    self._client, archive_url, extracted, record.sha256
                )
            except OSError as error:
                refuse_if_disk_fails(error)
                if path_is_too_long(error):
                    raise
                if "No such file" in str(error):
                    raise package_is_gone(
                        record.file_name, record.url, str(error), self._places
                    ) from error
                return f"it cannot be extracted ({error})"
            if damage := _mismatch(record, *digests):
                return damage
            await in_thread(partial(self._take_in, extracted, record, archive_url, *digests))
        if not _is_local(record):
            (self._private / record.file_name).unlink(missing_ok=True)
        return None

    def _take_in(
        self, extracted: Path, record: RepoDataRecord, archive_url: str, sha256: bytes, md5: bytes
    ) -> None:
        size = _path_of(archive_url).stat().st_size
        facts = ArchiveFacts(record.file_name, record.url, md5.hex(), sha256.hex(), size)
        write_facts(extracted, facts)
        self._cache.promote(extracted, record, sha256)


@dataclass(frozen=True)
class _Claims:
    absent: list[RepoDataRecord]
    elsewhere: list[RepoDataRecord]
    """Being fetched, or replaced, by another build."""


@dataclass
class _Tally:
    """What has arrived. Bytes are those of the archives, counted as they come."""

    packages_total: int = 0
    bytes_total: int = 0
    packages_done: int = 0
    bytes_done: int = 0
    detail: str | None = None

    def count(self, record: RepoDataRecord) -> None:
        self.packages_done += 1
        self.bytes_done += record.size or 0

    def progress(self) -> Progress:
        return Progress(
            Phase.DOWNLOADING,
            self.packages_done,
            self.packages_total,
            self.bytes_done,
            self.bytes_total,
            self.detail,
        )


class _Sink:
    """Takes the bytes of a download, from whichever thread brings them, and counts them."""

    def __init__(self, write: Callable[[bytes], int], tally: _Tally) -> None:
        self._write = write
        self._tally = tally
        self._lock = threading.Lock()
        self._closed = False
        self.received = 0

    def write(self, data: bytes) -> int:
        with self._lock:
            if self._closed:
                raise BrokenPipeError("this download was given up")
            self._write(data)
            self.received += len(data)
            self._tally.bytes_done += len(data)
        return len(data)

    def close(self) -> None:
        """Refuse further bytes, and take back those that came: the download begins again."""
        with self._lock:
            self._closed = True
            self._tally.bytes_done -= self.received


def _is_local(record: RepoDataRecord) -> bool:
    """Tell whether the archive is on this machine: it then arrives when it is extracted."""
    return record.url.startswith("file://")


def _path_of(url: str) -> Path:
    path = unquote(urlsplit(url).path)
    return Path(path.lstrip("/") if WINDOWS else path)


def _mismatch(record: RepoDataRecord, sha256: bytes, md5: bytes) -> str | None:
    if record.sha256 is not None:
        if sha256 != record.sha256:
            return f"its SHA-256 is {sha256.hex()}, not {record.sha256.hex()}"
    elif record.md5 is not None and md5 != record.md5:
        return f"its MD5 is {md5.hex()}, not {record.md5.hex()}"
    return None
