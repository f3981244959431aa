"""What conda, mamba and micromamba say when they fail, in the build's own words.

conda answers in JSON, with the name of an exception; mamba's reasons are lines of text. The texts
are those of conda 23 to 26 and of mamba 1.1 to 2.8; the tests have them as they were recorded.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ..domain.credentials import without_credentials
from ..domain.errors import Problem
from .network import TOO_MANY_REQUESTS, Failure
from .refusal import BuildRefused, refuse_if_disk_fails
from .tool import ToolRun
from .tool_version import Tool

_FOREIGN_TIME = re.compile(r"cannot set file time: [^\[\n]*\[(?P<path>[^\]\n]+)\]")
_FOREIGN_MODE = re.compile(r"cannot set permissions: [^\[\n]*\[(?P<path>[^\]\n]+)\]")
_NO_CACHE = re.compile(
    r"NoWritablePkgsDirError|No writeable pkgs directories|writable package cache directory"
    r"|cannot create directories: Permission denied \[(?P<path>[^\]\n]+)\]"
)
_OUT_OF_MEMORY = re.compile(r"\bMemoryError\b|std::bad_alloc|Cannot allocate memory")
_NO_SOLVER = re.compile(r"solver backend \((?P<solver>[^)]*)\) but it was not recognized")
_STATUS = re.compile(
    r"(?:\bHTTP |\bHTTP code: |status: )(?P<status>\d{3})(?P<reason>(?: [A-Z]\w*)*)"
)
_URL = re.compile(r"(?:https?|file)://[^\s'\"<>\[\]()]+")
_CURL = re.compile(r"Download error \(\d+\) (?P<reason>[^\[\n]+)")
_CAUSE = re.compile(r"(?:\[Errno \S+\] |: )(?P<reason>[A-Za-z][\w ',.-]+)['\")]*$")
_NOT_AN_INDEX = re.compile(
    r"JSONDecodeError|json\.exception|Could not load repodata|invalid repodata"
    r"|Cache corrupted|parse error"
)
_LASTING = re.compile(
    r"certificate|SSL|resolve host|Name or service not known|No address associated", re.IGNORECASE
)
_LINK_SCRIPT = re.compile(r"(?:post|pre)-link script .*?(?:for|of) (?:package )?(?P<who>[^\s,;]+)")
_SCRIPT_OF_MAMBA = re.compile(
    r"(?:post|pre)-link failed for (?P<who>[^\s,;]+)"
    r"|failed to execute pre/post link script for (?P<other>[^\s,;]+)"
)
_NO_RECORD = "CondaHTTPError"
_NOT_THERE = "there is no channel (no repodata.json) at that place"


def refuse_what_is_clear(run: ToolRun, tool: Tool) -> None:
    """Raise `BuildRefused` if a run lacked memory, room, the right to write, or its solver."""
    if -run.status in (signal.SIGKILL, signal.SIGABRT) or _OUT_OF_MEMORY.search(run.text):
        raise BuildRefused(
            "memory",
            f"{tool} needed more memory than the build may use.",
            "Raise c.EnvStore.memory_limit, or name fewer or more exact packages.",
            explanation=run.text or None,
        )
    refuse_if_disk_fails(OSError(run.text))
    if found := _NO_CACHE.search(run.text):
        where = f" ({found['path']})" if found["path"] else ""
        raise BuildRefused(
            "disk",
            f"{tool} may not write where it keeps the channels' indexes{where}.",
            "Set c.EnvStore.repodata_cache_directory to a directory of the user who builds.",
            explanation=run.text,
        )
    if found := _NO_SOLVER.search(run.text):
        solver = found["solver"]
        raise BuildRefused(
            "engine",
            f"{tool} cannot solve: the solver {solver}, which it is set to use, is not "
            "installed, or cannot be loaded.",
            f"Install conda-{solver}-solver anew beside it, or start the server with "
            "CONDA_SOLVER=classic in its environment, or choose another c.EnvStore.engine.",
            explanation=run.text,
        )


def foreign_files(run: ToolRun, tool: Tool) -> Problem | None:
    """Return what to tell people if mamba failed on a file or folder that another user owns."""
    if found := _FOREIGN_TIME.search(run.text):
        return Problem(
            f"{tool} cannot set the time of {found['path']}, which another user owns: the channel "
            "has not changed, and only the owner of a file may give it another time than now.",
            hint=_GO_ON,
        )
    if found := _FOREIGN_MODE.search(run.text):
        return Problem(
            f"{tool} cannot set the permissions of {found['path']}, which another user owns: it "
            "does so at every start, and only the owner of a directory may.",
            hint=_GO_ON,
        )
    return None


_GO_ON = (
    "This build goes on with an index of its own. So that none is fetched anew, set "
    "c.EnvStore.repodata_cache_directory to a directory that belongs to the user who builds."
)


def connection_failure(run: ToolRun) -> Failure | None:
    """Say what a failed run means for the channel; None if it is another kind of failure."""
    text = run.text
    match = _URL.search(text)
    url = without_credentials(match[0]).rstrip(".,:") if match else None
    name = str(run.answer.get("exception_name") or "")
    status = _status_of(run.answer, text)
    if status is not None and status[0] >= 400:
        return _answered(*status, url, text)
    if name == "JSONDecodeError" or (name in ("", _NO_RECORD) and _NOT_AN_INDEX.search(text)):
        reason = "what it sent is not the index of a channel (a login page, or another site?)"
        return Failure("channel", reason, passing=False, url=url, text=text)
    cause = _cause_of(run, text)
    if cause is None:
        return None
    if (url or "").startswith("file:"):
        return Failure("channel", _NOT_THERE, passing=False, url=url, text=text)
    lasting = _LASTING.search(f"{name} {cause} {run.answer.get('caused_by') or ''}") is not None
    return Failure("network", f"the connection failed ({cause})", not lasting, url=url, text=text)


def missing_channel(run: ToolRun, channels: Iterable[str]) -> Failure | None:
    """Say which channel is a directory that is not there: mamba 1.1 goes on without it."""
    for channel in channels:
        parts = urlsplit(channel)
        if parts.scheme == "file" and not Path(url2pathname(parts.path)).is_dir():
            return Failure("channel", _NOT_THERE, passing=False, url=channel, text=run.text)
    return None


def _status_of(answer: Mapping[str, object], text: str) -> tuple[int, str] | None:
    given = str(answer.get("status_code") or "")
    reason = str(answer.get("reason") or "")
    if given.isdigit() and int(given):
        return int(given), reason.title()
    # conda's own messages of other kinds may quote a status; they have their own exceptions.
    found = None if answer.get("exception_name") else _STATUS.search(text)
    return (int(found["status"]), found["reason"].strip().title()) if found else None


def _answered(status: int, reason: str, url: str | None, text: str) -> Failure:
    passing = status >= 500 or status in (408, TOO_MANY_REQUESTS)
    if (url or "").startswith("file:"):
        return Failure("channel", _NOT_THERE, passing=False, url=url, text=text)
    kind = "network" if passing else "channel"
    return Failure(kind, f"it answered {status} {reason}".rstrip(), passing, status, url, text)


def _cause_of(run: ToolRun, text: str) -> str | None:
    """Return why a connection could not be made or broke; None if that is not what happened."""
    if found := _CURL.search(text):
        return found["reason"].strip()
    name = str(run.answer.get("exception_name") or "")
    if name in ("CondaSSLError", "ProxyError", "CondaHTTPError", "ConnectionError"):
        cause = str(run.answer.get("caused_by") or text).strip()
        found = _CAUSE.search(cause)
        return found["reason"].strip() if found else text.splitlines()[0].rstrip(".:")
    if "not loaded!" in text:
        return "the index could not be fetched"
    return None


def install_refusal(run: ToolRun, tool: Tool, missing: str) -> BuildRefused:
    """Return the refusal for an installation of which `missing`, a clause, is true afterwards."""
    refuse_what_is_clear(run, tool)
    text = run.text
    if found := _LINK_SCRIPT.search(text) or _SCRIPT_OF_MAMBA.search(text):
        who = next(filter(None, found.groups())).rpartition("::")[2].strip("'\".:")
        return BuildRefused(
            "link-script",
            f"The link script of the package {who} failed.",
            "Its output is in the build's log. Ask for another version of the package.",
            explanation=text,
        )
    if "PaddingError" in text or "Placeholder of length" in text:
        return BuildRefused(
            "path",
            "The prefix is too long for a package's placeholder.",
            "Set c.EnvStore.store_directory closer to the root of the file system.",
            explanation=text,
        )
    # The exit status is not what counts: conda ends with 0 after some failures.
    ended = f"ended with status {run.status}" if run.status >= 0 else "was ended by a signal"
    return BuildRefused(
        "internal",
        f"{tool} {ended}, but the environment is not whole: {missing}.",
        "Build again; what the program said is in the build's log.",
        explanation=text or None,
    )
