"""What a channel offers: its ``repodata.json``, brought up to date by rattler, read as a stream.

rattler downloads the compressed index where the channel has one, asks with ``If-None-Match`` or
``If-Modified-Since`` whether it has changed, and keeps it beside what it keeps for builds. The
format is that of conda's channels (CEPs 15 and 16 for ``base_url`` and ``packages.conda``).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import url2pathname

from rattler import Gateway, SourceConfig, Subdir, Version
from rattler.exceptions import GatewayError, InvalidVersionError
from rattler.networking import Client

from ..domain.channel_package import ChannelPackage
from ..domain.credentials import without_credentials
from .json_stream import members
from .network import failure_of

_SECTIONS = ("packages", "packages.conda")
_INDEX = "repodata.json"
_LARGEST_NUMBER = 2**63 - 1
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_LONGEST_TEXT = 1000
"""Characters of a name, a version or a licence; there is no sense in more."""


class ChannelUnreadable(Exception):
    """A channel could not be asked, or what it has is no index; the message is a sentence."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class CachedIndex:
    """The index of one subdir of a channel, as a file on this machine."""

    channel: str
    subdir: str
    path: Path
    fingerprint: str
    """Another one for another content."""


async def refresh(channel: str, subdir: str, cache: Path, client: Client) -> None:
    """Bring rattler's copy of an index up to date. Raises `ChannelUnreadable`."""
    gateway = Gateway(
        cache_dir=cache,
        default_config=SourceConfig(sharded_enabled=False, jlap_enabled=False),
        client=client,
    )
    try:
        await gateway.names([channel], [Subdir(subdir)], channel_relations="disabled")
    except GatewayError as error:
        failure = failure_of(error)
        reason = failure.reason if failure else without_credentials(str(error)).splitlines()[0]
        hint = failure.hint if failure else "See that the channel has an index for this platform."
        raise ChannelUnreadable(f"{channel} cannot be read: {reason}.", hint) from error


def cached(channel: str, subdir: str, cache: Path) -> CachedIndex | None:
    """Return the copy of an index; None if there is none, so far as is known of the channel."""
    base = f"{channel}/{subdir}/{_INDEX}"
    if urlsplit(channel).scheme == "file":
        path = _local(base)
        return CachedIndex(channel, subdir, path, _status_of(path)) if path.is_file() else None
    for info in cache.glob("*.info.json"):
        url, fingerprint = _facts(info)
        path = info.with_name(f"{info.name.removesuffix('.info.json')}.json")
        if without_credentials(url).startswith(base) and path.is_file():
            return CachedIndex(channel, subdir, path, fingerprint or _status_of(path))
    return None


class OfferedPackages:
    """The packages of an index; iterate over them once, then ask for `base_url`.

    Raises `ChannelUnreadable` in the midst of it if the file is not an index.
    """

    def __init__(self, index: CachedIndex) -> None:
        self._index = index
        self.base_url = f"{index.channel}/{index.subdir}"
        """The URL below which the files are."""

    def __iter__(self) -> Iterator[ChannelPackage]:
        """Yield all packages, ``.conda`` and ``.tar.bz2`` alike."""
        try:
            with self._index.path.open(encoding="utf-8") as file:
                for section, key, value in members(file, ("info", *_SECTIONS)):
                    if section in _SECTIONS:
                        package = package_of(key, value) if isinstance(value, dict) else None
                        if package is not None:
                            yield package
                    elif key == "base_url" and isinstance(value, str):
                        base = urljoin(f"{self.base_url}/", value)
                        self.base_url = without_credentials(base).rstrip("/")
        except (OSError, ValueError) as error:
            raise ChannelUnreadable(
                f"The index of {self._index.channel} for {self._index.subdir} cannot be read: "
                f"{error}.",
                "It is downloaded again when the channel changes; if it stays like this, remove "
                "the directory that c.EnvStore.repodata_cache_directory names.",
            ) from error


def package_of(file: str, record: dict[str, Any]) -> ChannelPackage | None:
    """Check a record, which anybody may have written; None if it names no package."""
    name, version, build = (_text(record.get(key)) for key in ("name", "version", "build"))
    if name is None or version is None or build is None or len(file) > _LONGEST_TEXT:
        return None
    return ChannelPackage(
        file=file,
        name=name.lower(),
        version=version,
        build=build,
        build_number=_number(record.get("build_number")) or 0,
        size=_number(record.get("size")) or 0,
        sha256=_digest(record.get("sha256")),
        license=_text(record.get("license")) or None,
        timestamp=_number(record.get("timestamp")),
    )


def in_conda_order(versions: Iterable[str]) -> list[str]:
    """Sort versions by conda's rules; those that are none come first, equal ones by their text."""
    # The sort is stable, so it leaves equal versions in the order of their texts.
    return sorted(sorted(versions), key=_Rank)


class _Rank:
    """Sorts versions as rattler compares them, and what is no version before all that are."""

    def __init__(self, text: str) -> None:
        try:
            self._version: Version | None = Version(text)
        except InvalidVersionError:
            self._version = None

    def __lt__(self, other: _Rank) -> bool:
        if self._version is None or other._version is None:
            return self._version is None and other._version is not None
        return self._version < other._version


def _facts(info: Path) -> tuple[str, str]:
    """Return the URL and the digest of a file of the cache, as rattler notes them beside it."""
    try:
        facts = json.loads(info.read_text(encoding="utf-8"))
        return str(facts["url"]), str(facts.get("blake2_hash") or "")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "", ""


def _local(url: str) -> Path:
    return Path(url2pathname(unquote(urlsplit(url).path)))


def _status_of(path: Path) -> str:
    status = path.stat()
    return hashlib.sha256(f"{path}{status.st_size}{status.st_mtime_ns}".encode()).hexdigest()


def _text(value: object) -> str | None:
    # A surrogate alone, which JSON can have, cannot be stored.
    if isinstance(value, str) and len(value) <= _LONGEST_TEXT:
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    return None


def _number(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST_NUMBER:
        return value
    return None


def _digest(value: object) -> str | None:
    return value.lower() if isinstance(value, str) and _SHA256.fullmatch(value) else None
