"""Summaries of packages: ``channeldata.json``, which conda-build's index has beside the platforms.

Not every channel has one, and nothing depends on it: without it, packages have no summaries.
rattler does not read it, so it is asked for here, with the credentials that rattler has, and only
when it has changed.
"""

from __future__ import annotations

import hashlib
import json
import ssl
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit
from urllib.request import HTTPSHandler, Request, build_opener, url2pathname

from .json_stream import members

_FILE = "channeldata.json"
_LARGEST = 512 << 20
"""Bytes that are read of one at most."""
_CHUNK = 1 << 20
_LONGEST_SUMMARY = 500
_PATIENCE = 30.0
"""Seconds that a server may say nothing."""
_VALIDATORS = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}


class Reaches(Protocol):
    """What this needs of `Connections`."""

    @property
    def verify(self) -> bool: ...

    def address(self, url: str) -> tuple[str, dict[str, str]]: ...


def refresh_channeldata(channel: str, directory: Path, connections: Reaches) -> Path | None:
    """Return the copy of the channel's file, brought up to date if it can be; None without one."""
    if urlsplit(channel).scheme == "file":
        path = Path(url2pathname(unquote(urlsplit(channel).path))) / _FILE
        return path if path.is_file() else None
    name = hashlib.sha256(channel.encode()).hexdigest()[:16]
    path = directory / f"{name}.channeldata.json"
    try:
        _download(f"{channel}/{_FILE}", path, connections)
    except HTTPError as error:
        if error.code in (404, 410):
            path.unlink(missing_ok=True)
    except (OSError, ValueError, HTTPException):
        pass  # What was there before is better than nothing.
    return path if path.is_file() else None


def summaries(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (name, summary) of the packages that have one; ends early if the file is damaged."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for _, name, value in members(file, ("packages",)):
                summary = value.get("summary") if isinstance(value, dict) else None
                if isinstance(summary, str) and summary.strip():
                    text = " ".join(summary.split())[:_LONGEST_SUMMARY]
                    yield name.lower(), text.encode("utf-8", "replace").decode()
    except (OSError, ValueError):
        return


def _download(url: str, path: Path, connections: Reaches) -> None:
    address, headers = connections.address(url)
    if urlsplit(address).scheme not in ("http", "https"):
        return
    request = Request(address)  # noqa: S310 -- the scheme was looked at
    for name, value in (*headers.items(), *_conditions(path).items()):
        # Not for whichever host the answer may lead to.
        request.add_unredirected_header(name, value)
    context = ssl.create_default_context()
    if not connections.verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    opener = build_opener(HTTPSHandler(context=context))
    aside = path.with_suffix(".part")
    try:
        with opener.open(request, timeout=_PATIENCE) as answer, aside.open("wb") as file:
            validators = {name: answer.headers.get(name) for name in _VALIDATORS}
            read = 0
            while chunk := answer.read(_CHUNK):
                read += len(chunk)
                if read > _LARGEST:
                    raise ValueError(f"{_FILE} is larger than any channel's")
                file.write(chunk)
            # A connection that is closed early looks like the end of the file.
            if answer.headers.get("Content-Length") not in (None, str(read)):
                raise ValueError(f"{_FILE} did not arrive as a whole")
        aside.replace(path)
        _validators(path).write_text(json.dumps(validators), encoding="utf-8")
    except HTTPError as error:
        error.close()
        if error.code != 304:
            raise
    finally:
        aside.unlink(missing_ok=True)


def _conditions(path: Path) -> dict[str, str]:
    try:
        known: dict[str, Any] = json.loads(_validators(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not path.is_file():
        return {}
    return {header: known[name] for name, header in _VALIDATORS.items() if known.get(name)}


def _validators(path: Path) -> Path:
    return path.with_suffix(".validators")
