"""Failures of connections: what they mean, which of them may pass, and trying again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from ..domain.credentials import without_credentials
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

T = TypeVar("T")

_STATUS = re.compile(r"HTTP status \w+ error \((\d{3})([^)]*)\)")
_URL = re.compile(r"(?:https?|file|oci|s3|gcs)://[^\s'\"()]+|`(/[^`]+)`")
_NOT_A_CHANNEL = re.compile(
    r"could not find subdir|failed to open file|Unknown frame descriptor|failed to (?:parse|decode)"
    r"|expected value at line|invalid repodata"
)
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
            return (
                "Check the channel's name and URL in the specification; a channel has "
                "repodata.json in a folder per platform and in noarch."
            )
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
) -> T:
    """Await `action()`; while it fails in a way that may pass, try again with growing delays.

    `what` names the thing in a sentence: ``A channel``; `where` are the URLs it may be about,
    for failures that do not tell. Raises `BuildRefused` of
    kind network or channel, naming the thing and the status, when it does not pass; other errors
    are raised as they are.
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
            await asyncio.sleep(delay_after(failure, what, attempt, report, delays, where))


def delay_after(
    failure: Failure,
    what: str,
    attempt: int,
    report: Report,
    delays: tuple[float, ...] = DELAYS,
    where: str = "",
) -> float:
    """Return the seconds to wait before what failed is tried again, and tell the log of it.

    `attempt` counts from 1; `what` and `where` are as for `repeated`. Raises `BuildRefused` if the
    failure will not pass, or has been waited for long enough.
    """
    place = failure.url or where
    subject = f"{what} ({place})" if place else what
    if not failure.passing or attempt > len(delays):
        tries = f" after {attempt} attempts" if attempt > 1 else ""
        raise BuildRefused(
            failure.kind,
            f"{subject} cannot be read{tries}: {failure.reason}.",
            failure.hint,
            explanation=failure.text,
        )
    delay = delays[attempt - 1]
    if failure.status == TOO_MANY_REQUESTS:
        delay *= BUSY_FACTOR
    report.repeat(f"{subject} cannot be read now: {failure.reason}.", attempt, delay)
    return delay
