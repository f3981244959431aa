"""What a prefix says about where it comes from: its marker, as a value.

The marker is a JSON text in the file `own_files.MARKER`. It has all that is needed to make the
build's row anew when the database is lost. It is read from a disk that others may write to, so
nothing in it is believed before it has been looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .build_key import VERSIONS
from .moments import from_text, to_text

if TYPE_CHECKING:
    from .build import Build
    from .specification import Specification


@dataclass(frozen=True)
class Record:
    """What the database knew of the build when the attempt began."""

    specification: Specification
    prefix: str
    """Where the attempt's product belongs: a prefix works in this place only."""
    key_version: int
    asked_on: datetime
    scheduled_on: datetime
    author: str | None = None
    client: str | None = None
    parent_build_id: int | None = None


@dataclass(frozen=True)
class Ending:
    """When the build's process was done with the prefix, and its sizes in bytes."""

    at: datetime
    size: int
    size_own: int


@dataclass(frozen=True)
class Origin:
    """One marker. Without an `ending` the prefix may be half made."""

    store_id: str
    build_id: int
    attempt: int
    namespace: str
    name: str
    record: Record | None = None
    """None in the markers of the first versions."""
    ending: Ending | None = None


def record_of(build: Build, specification: Specification) -> dict[str, Any]:
    """Return what the marker keeps of a build: primitives only. Nothing in it is secret.

    Lockfiles are large, and markers are read all the time: the build's lock artifact has its lock.
    """
    return {
        "specification": replace(specification, lock=None).model,
        "text": "" if specification.is_lockfile else build.text,
        "prefix": build.prefix,
        "key_version": build.key_version,
        "asked_on": to_text(build.asked_on),
        "scheduled_on": to_text(build.scheduled_on),
        "author": build.author,
        "client": build.client,
        "parent_build_id": build.parent_build_id,
    }


def ending_of(at: datetime, size: int, size_own: int) -> dict[str, Any]:
    """Return what is added to the marker when the prefix is whole."""
    return {"at": to_text(at), "size": size, "size_own": size_own}


def read_origin(marker: Mapping[str, Any]) -> Origin | None:
    """Return what a marker says; None if it lacks, or garbles, what makes it one."""
    try:
        build_id, attempt = int(marker["build_id"]), int(marker["attempt"])
        if build_id < 1 or attempt < 1:
            return None
        return Origin(
            store_id=str(marker["store_id"]),
            build_id=build_id,
            attempt=attempt,
            namespace=str(marker.get("namespace", "")),
            name=str(marker.get("name", "")),
            record=_record(marker["record"]) if marker.get("record") else None,
            ending=_ending(marker["finished"]) if marker.get("finished") else None,
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _record(raw: Mapping[str, Any]) -> Record:
    from .specification import from_model  # With YAML, which the process of a build never reads.

    key_version = int(raw["key_version"])
    if key_version not in VERSIONS:
        raise ValueError(key_version)
    parent = raw.get("parent_build_id")
    return Record(
        specification=from_model(raw["specification"], str(raw["text"])),
        prefix=str(raw["prefix"]),
        key_version=key_version,
        asked_on=from_text(raw["asked_on"]),
        scheduled_on=from_text(raw["scheduled_on"]),
        author=raw.get("author"),
        client=raw.get("client"),
        parent_build_id=None if parent is None else int(parent),
    )


def _ending(raw: Mapping[str, Any]) -> Ending:
    return Ending(from_text(raw["at"]), int(raw["size"]), int(raw["size_own"]))
