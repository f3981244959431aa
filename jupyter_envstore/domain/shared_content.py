"""What the index of another store says, once every part of it has been looked at.

Whoever owns that store writes the index, and nothing in it is believed: names must be names, ids
must be ids that have a number here, times must be times, and every path must lie in that store. An
entry that breaks a rule is left out, and the others stay.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any, TypeVar

from .build import BuildStatus
from .build_key import VERSIONS
from .moments import from_text
from .names import name_problem
from .shared_names import MAX_OWN_ID

Read = TypeVar("Read")

FORMAT = 2
"""Of the index. Format 1 told of current builds only, without ids of environments."""

MAX_BYTES = 64 << 20
"""The longest index that is read."""
MAX_ENVIRONMENTS = 20_000
MAX_BUILDS = 50
"""Of one environment."""
MAX_ATTEMPTS = 100
_MAX_TEXT = 1 << 20
_MAX_LINE = 2000
_KEY = re.compile(r"[A-Za-z0-9-+_@$&?^~.=]{1,400}")


class NotAnIndex(Exception):
    """A text is no index that this version can read; the message says why, in a sentence."""


@dataclass(frozen=True)
class SharedBuild:
    """A build that has ended; ids are those of its own store."""

    id: int
    status: BuildStatus
    status_info: str | None
    prefix: str
    key: str
    key_version: int
    sha256: str
    attempts: int
    size: int
    size_own: int
    scheduled_on: datetime
    started_on: datetime | None
    ended_on: datetime | None
    author: str | None
    note: str
    tags: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class SharedEnvironment:
    """An environment with at least one build, the newest one first."""

    id: int
    namespace: str
    name: str
    description: str
    link: str | None
    current_id: int | None
    builds: tuple[SharedBuild, ...]

    @property
    def current(self) -> SharedBuild | None:
        return next((build for build in self.builds if build.id == self.current_id), None)


@dataclass(frozen=True)
class SharedNamespace:
    id: int
    name: str
    environments_directory: str | None
    """What conda's ``envs_dirs`` would name; None if it is not in that store."""


@dataclass(frozen=True)
class SharedContent:
    """An index as far as it can be believed."""

    store_id: str
    namespaces: tuple[SharedNamespace, ...]
    environments: tuple[SharedEnvironment, ...]
    left_out: int
    """How many entries break a rule."""


def read_content(raw: Any, roots: Collection[str]) -> SharedContent:
    """Return what a decoded index says; raise `NotAnIndex` if it is none of this format.

    `roots` are the paths by which the store's directory is known here.
    """
    if not isinstance(raw, Mapping) or not isinstance(raw.get("store_id"), str):
        raise NotAnIndex("its index.json is not the index of a store.")
    if raw.get("format") != FORMAT:
        raise NotAnIndex(
            f"its index.json has format {str(raw.get('format'))[:20]}, and this version reads "
            f"format {FORMAT}: the servers of both stores need the same version of "
            "jupyter-envstore."
        )
    said = str(raw.get("store_directory"))
    if os.path.normpath(said) not in roots:
        raise NotAnIndex(
            f"it was made as {said[:_MAX_LINE]}, and prefixes work in the place for which they "
            "were made only: mount it there."
        )
    reader = _Reader(roots)
    namespaces = reader.all(raw.get("namespaces"), reader.namespace, MAX_ENVIRONMENTS)
    environments = reader.all(raw.get("environments"), reader.environment, MAX_ENVIRONMENTS)
    known = {namespace.name for namespace in namespaces}
    return SharedContent(
        store_id=raw["store_id"][:_MAX_LINE],
        namespaces=tuple(namespaces),
        environments=tuple(
            environment
            for environment in environments
            if environment.builds and environment.namespace in known
        ),
        left_out=reader.left_out,
    )


def is_inside(path: str, roots: Collection[str]) -> bool:
    """Tell whether an absolute path without ``..`` is below one of the roots, going by its text."""
    pure = PurePath(path)
    return (
        pure.is_absolute()
        and ".." not in pure.parts
        and "\0" not in path
        and any(root != str(pure) and pure.is_relative_to(root) for root in roots)
    )


class _Reader:
    """Reads entries, and counts those that break a rule."""

    def __init__(self, roots: Collection[str]) -> None:
        self._roots = roots
        self.left_out = 0

    def all(self, raw: Any, read: Callable[[Any], Read], most: int) -> list[Read]:
        entries = raw if isinstance(raw, list) else []
        self.left_out += max(0, len(entries) - most)
        found: list[Read] = []
        for entry in entries[:most]:
            with self._counting():
                found.append(read(entry))
        return found

    @contextmanager
    def _counting(self) -> Iterator[None]:
        try:
            yield
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            self.left_out += 1

    def namespace(self, raw: Mapping[str, Any]) -> SharedNamespace:
        directory = _text(raw["environments_directory"])
        inside = is_inside(directory, self._roots)
        return SharedNamespace(_id(raw["id"]), _name(raw["name"]), directory if inside else None)

    def environment(self, raw: Mapping[str, Any]) -> SharedEnvironment:
        builds = self.all([raw["build"], *raw["other_builds"]], self._optional_build, MAX_BUILDS)
        found = {build.id: build for build in builds if build is not None}
        link = raw.get("link")
        return SharedEnvironment(
            id=_id(raw["id"]),
            namespace=_name(raw["namespace"]),
            name=_name(raw["name"]),
            description=_text(raw["description"], _MAX_TEXT),
            link=link if isinstance(link, str) and is_inside(link, self._roots) else None,
            current_id=raw["build"]["id"] if raw["build"] else None,
            builds=tuple(sorted(found.values(), key=lambda build: build.id, reverse=True)),
        )

    def _optional_build(self, raw: Mapping[str, Any] | None) -> SharedBuild | None:
        return None if raw is None else self._build(raw)

    def _build(self, raw: Mapping[str, Any]) -> SharedBuild:
        status = BuildStatus(raw["status"])
        prefix, key, version = _text(raw["prefix"]), _text(raw["key"]), raw["key_version"]
        if not (status.ended and is_inside(prefix, self._roots) and _KEY.fullmatch(key)):
            raise ValueError(prefix)
        if version not in VERSIONS:
            raise ValueError(version)
        return SharedBuild(
            id=_id(raw["id"]),
            status=status,
            status_info=_optional_text(raw["status_info"]),
            prefix=prefix,
            key=key,
            key_version=version,
            sha256=_text(raw["sha256"], 64),
            attempts=min(_size(raw["attempts"]), MAX_ATTEMPTS),
            size=_size(raw["size"]),
            size_own=_size(raw["size_own"]),
            scheduled_on=_moment(raw["scheduled_on"]),
            started_on=_optional_moment(raw["started_on"]),
            ended_on=_optional_moment(raw["ended_on"]),
            author=_optional_text(raw["author"]),
            note=_text(raw["note"], _MAX_TEXT),
            tags=tuple(_text(tag) for tag in raw["tags"][:_MAX_LINE]),
            text=_text(raw["text"] or "", _MAX_TEXT),
        )


def _id(value: Any) -> int:
    if type(value) is not int or not 1 <= value <= MAX_OWN_ID:
        raise ValueError(value)
    return value


def _size(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 60:
        raise ValueError(value)
    return value


def _name(value: Any) -> str:
    if name_problem(value) is not None:
        raise ValueError(value)
    return str(value)


def _text(value: Any, most: int = _MAX_LINE) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise ValueError
    value.encode()  # Half a surrogate pair is text for JSON, and could not be sent on.
    return value


def _optional_text(value: Any) -> str | None:
    return None if value is None else _text(value, _MAX_TEXT)


def _moment(value: Any) -> datetime:
    moment = from_text(_text(value))
    if moment.tzinfo is not None:
        raise ValueError(value)
    return moment


def _optional_moment(value: Any) -> datetime | None:
    return None if value is None else _moment(value)
