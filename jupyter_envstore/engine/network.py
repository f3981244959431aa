"""Failures of connections: what they mean, which of them may pass, and trying again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ..domain.credentials import without_credentials
from ..domain.errors import Problem
from ..domain.package_urls import read_package_url
from .refusal import BuildRefused, refuse_if_disk_fails
from .report import Report

DELAYS = (0.5, 1.0, 2.0, 4.0)
"""Seconds before each further attempt."""
DAMAGED_DELAYS = (0.5, 1.0)
"""Seconds before a package that arrived damaged is fetched again."""
TOO_MANY_REQUESTS = 429
BUSY_FACTOR = 4
"""How much longer a server is left alone that has asked for it.

Its ``Retry-After`` is not known: neither rattler nor uv tells the headers of an answer.
"""

_CHECK_CHANNEL = (
    "Check the channel's name and URL in the specification; a channel has repodata.json in a "
    "folder per platform and in noarch."
)
_CHECK_URL = "Check the URL in the specification."
_NOWHERE: Mapping[str, str] = {}
_GONE = (404, 410)

T = TypeVar("T")

_STATUS = re.compile(r"HTTP status \w+ error \((\d{3})([^)]*)\)")
_URL = re.compile(r"(?:https?|file|oci|s3|gcs)://[^\s'\"()]+|`(/[^`]+)`")
_NOT_A_CHANNEL = re.compile(
    r"could not find subdir|failed to open file|Unknown frame descriptor|failed to (?:parse|decode)"
    r"|expected value at line|invalid repodata"
)
_NOT_A_PACKAGE = "the direct url query failed"
"""What rattler says where a match spec is the URL of an archive."""
_LASTING = re.compile(
    r"Name or service not known|No address associated|certificate|InvalidContentType"
    r"|builder error|invalid URL|relative URL",
    re.IGNORECASE,
)
_CONNECTION = re.compile(
    r"error sending request|error decoding response body|connection|timed out|stalled"
    r"|reading a body|end of file before message|failed to lookup address|dns error",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Failure:
    """One failure of a channel. `reason` is a clause: ``it answered 503 Service Unavailable``."""

    kind: str
    """``network`` or ``channel``."""
    reason: str
    passing: bool
    """Whether trying again makes sense."""
    status: int | None = None
    url: str | None = None
    text: str = ""

    @property
    def hint(self) -> str:
        if self.status in (401, 403):
            return (
                "Give the credentials for this channel: in ~/.netrc, in conda's configuration "
                "(channel_alias or channels with a token), in the keyring, or in the file that "
                "RATTLER_AUTH_FILE names."
            )
        if self.kind == "channel":
            return _CHECK_CHANNEL
        return "Check the network, the proxy and the certificates of the server, then build again."


class Stalled(Exception):
    """No byte arrived for a while."""


def failure_of(error: BaseException) -> Failure | None:
    """Say what an error of rattler or of ours means for the channel; None if it is another kind.

    rattler 0.28 tells these errors by their text only (reqwest's); see tests for the texts.
    """
    from rattler.exceptions import SolverError  # Late: it loads rattler, and servers look in here.

    if isinstance(error, SolverError):
        return None
    text = without_credentials(str(error))
    match = _URL.search(text)
    url = (match.group(1) or match.group(0)) if match else None
    if isinstance(error, Stalled):
        return Failure("network", text, passing=True, url=url, text=text)
    status = _STATUS.search(text)
    if status:
        number = int(status.group(1))
        passing = number >= 500 or number in (408, 429)
        reason = f"it answered {status.group(1)}{status.group(2)}"
        kind = "network" if passing else "channel"
        return Failure(kind, reason, passing, number, url, text)
    if _NOT_A_CHANNEL.search(text):
        return Failure("channel", _unreadable(text), passing=False, url=url, text=text)
    if _CONNECTION.search(text):
        cause = text.strip().splitlines()[-1].removeprefix("Caused by: ")
        lasting = _LASTING.search(text) is not None
        return Failure(
            "network", f"the connection failed ({cause})", not lasting, url=url, text=text
        )
    if _NOT_A_PACKAGE in text:
        is_there = "No such file" not in text
        reason = "what is there is not a package" if is_there else "there is no such file"
        return Failure("channel", reason, passing=False, url=url, text=text)
    return None


def _unreadable(text: str) -> str:
    if "No such file" in text:
        return "there is no channel (no repodata.json) at that place"
    return "what it sent is not the index of a channel (a login page, or another site?)"


async def repeated(
    what: str,
    action: Callable[[], Awaitable[T]],
    report: Report,
    delays: tuple[float, ...] = DELAYS,
    where: str = "",
    places: Mapping[str, str] = _NOWHERE,
) -> T:
    """Await `action()`; while it fails in a way that may pass, try again with growing delays.

    `what` names the thing in a sentence: ``A channel``; `where` are the URLs it may be about,
    for failures that do not tell; `places` are those of URLs in the specification (see
    `places_by_url`). Raises `BuildRefused` of kind network or channel, naming the thing and the
    status, when it does not pass; other errors are raised as they are.
    """
    attempt = 0
    while True:
        attempt += 1
        try:
            return await action()
        except BuildRefused:
            raise
        except Exception as error:
            refuse_if_disk_fails(error)
            failure = failure_of(error)
            if failure is None:
                raise
            delay = delay_after(failure, what, attempt, report, delays, where, places)
            await asyncio.sleep(delay)


def delay_after(
    failure: Failure,
    what: str,
    attempt: int,
    report: Report,
    delays: tuple[float, ...] = DELAYS,
    where: str = "",
    places: Mapping[str, str] = _NOWHERE,
) -> float:
    """Return the seconds to wait before what failed is tried again, and tell the log of it.

    `attempt` counts from 1; `what`, `where` and `places` are as for `repeated`. Raises
    `BuildRefused` if the failure will not pass, or has been waited for long enough.
    """
    url = failure.url or where
    archive = read_package_url(url)
    if archive is not None:
        what = f"The package {archive.file_name}"
    subject = f"{what} ({url})" if url else what
    if not failure.passing or attempt > len(delays):
        if archive is not None and url not in places and failure.status in _GONE:
            raise package_is_gone(archive.file_name, url, failure.text, places)
        tries = f" after {attempt} attempts" if attempt > 1 else ""
        message = f"{subject} cannot be read{tries}: {failure.reason}."
        is_asked_for = url in places and archive is not None
        hint = _CHECK_URL if is_asked_for and failure.hint == _CHECK_CHANNEL else failure.hint
        raise BuildRefused(
            failure.kind,
            message,
            hint,
            explanation=failure.text,
            problems=_problems(message, hint, url, places),
        )
    delay = delays[attempt - 1]
    if failure.status == TOO_MANY_REQUESTS:
        delay *= BUSY_FACTOR
    report.repeat(f"{subject} cannot be read now: {failure.reason}.", attempt, delay)
    return delay


def package_is_gone(
    file_name: str, url: str, text: str, places: Mapping[str, str] = _NOWHERE
) -> BuildRefused:
    """Return the refusal for an archive that the index of its channel names, and that is not there.

    `text` is that of whoever looked for it; `places` are as for `repeated`.
    """
    message = f"The channel has no {file_name}, which its index promises: {url}"
    hint = (
        "Build again later, when the channel is indexed anew, or ask for another version of the "
        "package; who runs the channel can tell."
    )
    return BuildRefused(
        "channel",
        message,
        hint,
        explanation=text,
        problems=_problems(message, hint, url, places),
    )


def _problems(message: str, hint: str, url: str, places: Mapping[str, str]) -> tuple[Problem, ...]:
    """Return the problem at the place of a URL, or of the channel that it is below."""
    if url.startswith("/"):
        url = Path(url).as_uri()
    above = [known for known in places if f"{url}/".startswith(f"{known}/")]
    return (Problem(message, places[max(above, key=len)], hint),) if above else ()
