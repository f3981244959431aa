"""The files of builds of shared stores: logs, events, locks, and the markers in their prefixes.

Every file is opened only if it is really in its store, and read up to a limit: whoever owns the
store may have put anything there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..domain.build import Build
from ..domain.credentials import without_credentials
from ..domain.errors import InvalidInput, NotFound
from ..domain.layout import Layout
from ..domain.origin import Origin, read_origin
from ..domain.own_files import MARKER
from ..domain.shared_names import shared_id
from ..domain.specification import Specification, parse_specification
from ..store.artifacts import Artifact
from ..store.shared_index import open_inside, read_inside
from .progress import LOG_CHUNK, LogPart
from .shared_stores import FoundBuild, artifacts_of
from .views import BuildView

_MOST_BYTES = 32 << 20
"""Of one file: a marker, the events of an attempt."""


def whole_view(found: FoundBuild) -> BuildView:
    """Return everything that is known of one build."""
    specification = specification_of(found)
    view = found.view
    text = view.build.text or (specification.text if specification else "")
    return replace(
        view,
        build=replace(view.build, text=text),
        specification=specification,
        specification_created_on=found.build.scheduled_on,
        artifacts=tuple(
            Artifact(shared_id(found.state.slot, number), kind.value, _key(found, kind.value))
            for number, kind in enumerate(artifacts_of(found.build), 1)
        ),
    )


def specification_of(found: FoundBuild) -> Specification | None:
    """Return what was asked for, from the build's prefix or from the index, if either tells."""
    origin = _origin(found)
    asked = origin.record.specification if origin and origin.record else None
    try:
        if asked is not None:
            # Read like one that somebody sends: a marker may say anything.
            model = {key: value for key, value in asked.model.items() if value}
            text = without_credentials(asked.text)
            return replace(parse_specification(json.dumps(model)), text=text, spans={}, warnings=())
        return parse_specification(found.build.text) if found.build.text else None
    except (InvalidInput, TypeError, ValueError):
        return None


def lockfile_of(found: FoundBuild) -> Path:
    """Return where the lockfile is; raise `NotFound` if the build has none."""
    path = Path(Layout(found.directory).lock_artifact(found.build.id))
    try:
        os.close(open_inside(path, found.directory))
    except OSError as error:
        raise _unreadable(found.view.build, "lockfile", error) from error
    return path


def log_of(found: FoundBuild, offset: int) -> LogPart:
    """Return the log from a byte offset, at most `LOG_CHUNK` bytes. The build has ended."""
    try:
        descriptor = open_inside(Layout(found.directory).log(found.build.id), found.directory)
    except FileNotFoundError:
        return LogPart(b"", 0, ended=True)
    except OSError as error:
        raise _unreadable(found.view.build, "log", error) from error
    with os.fdopen(descriptor, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        start = min(max(offset, 0), size)
        file.seek(start)
        data = file.read(LOG_CHUNK)
    return LogPart(data, size, ended=start + len(data) >= size)


def events_of(found: FoundBuild, since: int) -> tuple[list[dict[str, Any]], int]:
    """Return the events of all attempts after the first `since`, and the next number."""
    events = list(_events(found))
    since = max(since, 0)
    numbered = enumerate(events[since:], since)
    return [{**event, "seq": number} for number, event in numbered], len(events)


def _events(found: FoundBuild) -> Iterator[dict[str, Any]]:
    layout = Layout(found.directory)
    for attempt in range(1, found.build.attempts + 1):
        with suppress(OSError):
            path = layout.events(found.build.id, attempt)
            for line in read_inside(path, found.directory, _MOST_BYTES).splitlines():
                with suppress(ValueError):
                    event = json.loads(line)
                    if isinstance(event, dict):
                        yield event


def _origin(found: FoundBuild) -> Origin | None:
    content = found.state.content
    try:
        marker = json.loads(
            read_inside(Path(found.build.prefix, MARKER), found.directory, _MOST_BYTES)
        )
    except (OSError, ValueError):
        return None
    origin = read_origin(marker) if isinstance(marker, dict) else None
    store_id = content.store_id if content else None
    is_its_own = origin is not None and (origin.store_id, origin.build_id) == (
        store_id,
        found.build.id,
    )
    return origin if is_its_own else None


def _key(found: FoundBuild, kind: str) -> str:
    layout = Layout(found.directory)
    return {
        "DIRECTORY": found.build.prefix,
        "LOGS": layout.log(found.build.id),
        "LOCKFILE": layout.lock_artifact(found.build.id),
    }[kind]


def _unreadable(build: Build, what: str, error: OSError) -> NotFound:
    return NotFound(
        f"The {what} of build {build.id} cannot be read from its store: {error.strerror}.",
        "Ask who owns the store.",
    )
