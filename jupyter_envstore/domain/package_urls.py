"""The URL of a conda package, and what it says: channel, platform, name, version and build."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

SCHEMES = ("https", "http", "file", "s3", "gcs", "oci")

_URL = re.compile(
    r"(?P<channel>(?P<scheme>[a-z][a-z0-9+.\-]*)://[^?#\s]+)"
    r"/(?P<subdir>noarch|[a-z]+-[a-z0-9]+)/(?P<file>[^/?#\s]+)"
)
_FILE = re.compile(
    r"(?P<name>[A-Za-z0-9_][A-Za-z0-9_.\-]*)-(?P<version>[A-Za-z0-9_.!+]+)-(?P<build>[A-Za-z0-9_.+]+)"
    r"\.(?:conda|tar\.bz2)"
)


@dataclass(frozen=True)
class PackageUrl:
    """The parts of the URL of a conda package."""

    channel: str
    """The URL of the channel, without a slash at the end."""
    subdir: str
    """The platform, or ``noarch``."""
    file_name: str
    name: str
    version: str
    build: str


def read_package_url(url: str) -> PackageUrl | None:
    """Return what the URL of a conda package says; None if it is no such URL."""
    parts = _URL.fullmatch(url)
    if parts is None or parts["scheme"] not in SCHEMES:
        return None
    file_name = unquote(parts["file"])
    file = _FILE.fullmatch(file_name)
    if file is None:
        return None
    return PackageUrl(
        channel=parts["channel"].rstrip("/"),
        subdir=parts["subdir"],
        file_name=file_name,
        name=file["name"].lower(),
        version=file["version"],
        build=file["build"],
    )
