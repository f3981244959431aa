"""The directory name of a build, in conda-store's three versions.

Source of the format: conda-store's ``BuildKey`` (versions 1 to 3), whose results the
compatibility vectors in the tests hold. A build's own version decides its key for ever.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

VERSIONS = (1, 2, 3)
DEFAULT_VERSION = 2


def check_version(version: object) -> int:
    """Return `version` if it is a build key version, else raise ValueError with the valid ones."""
    if version not in VERSIONS:
        raise ValueError(f"invalid build key version: {version}, expected: {VERSIONS}")
    return int(version)


def specification_sha256(mapping: Mapping[str, Any]) -> str:
    """Return conda-store's hash of a specification: 64 hexadecimal digits.

    `mapping` is the validated model (channels, dependencies, description, name, prefix,
    variables). The order of lists does not count, which loses the order of channels: use
    `content_id` to tell two specifications apart.
    """
    canonical = json.dumps(_sorted_recursively(mapping))
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def content_id(mapping: Mapping[str, Any]) -> str:
    """Return the identity of a specification, order of lists included: 64 hexadecimal digits."""
    canonical = json.dumps(mapping, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def build_key(
    version: int,
    *,
    sha256: str,
    scheduled_on: datetime,
    build_id: int,
    namespace: str,
    name: str,
) -> str:
    """Return the directory name of a build.

    `scheduled_on` is read as UTC if it is naive; it is truncated to seconds in versions 2 and 3.
    Raises ValueError for an unknown version.
    """
    version = check_version(version)
    if scheduled_on.tzinfo is None:
        moment = scheduled_on.replace(tzinfo=timezone.utc)
    else:
        moment = scheduled_on.astimezone(timezone.utc)
    if version == 1:
        return f"{sha256}-{moment:%Y%m%d-%H%M%S-%f}-{build_id}-{name}"
    # timestamp() is a float: flooring the microseconds first keeps .999999 from rounding up.
    seconds = int(moment.replace(microsecond=0).timestamp())
    if version == 2:
        return f"{sha256[:8]}-{seconds}-{build_id}-{name}"
    return hashlib.sha256(f"{namespace}{sha256}{seconds}{build_id}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class ParsedBuildKey:
    """What a key says about itself: its version and, except in version 3, the build's id."""

    version: int
    build_id: int | None


def parse_build_key(key: str) -> ParsedBuildKey:
    """Read a build key of any version; raise ValueError if it is none."""
    parts = key.split("-")
    try:
        if len(parts) == 1:
            if len(key) < 9:
                raise ValueError
            return ParsedBuildKey(3, None)
        if len(parts[0]) == 8:
            return ParsedBuildKey(2, int(parts[2]))
        return ParsedBuildKey(1, int(parts[4]))
    except (IndexError, ValueError):
        raise ValueError(f"{key!r} is not a build key of version 1, 2 or 3") from None


def _sort_key(value: object) -> str:
    if isinstance(value, (list, dict, tuple)):
        return str(type(value))
    return f"{type(value)}-{value}"


def _sorted_recursively(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _sorted_recursively(value[k]) for k in sorted(value, key=_sort_key)}
    if isinstance(value, (list, tuple)):
        return [_sorted_recursively(item) for item in sorted(value, key=_sort_key)]
    return value
