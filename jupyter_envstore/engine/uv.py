"""uv, run for one build: its answers in the log, and tried again where that may help."""

from __future__ import annotations

import math
import re
import textwrap
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .children import Children
from .network import DAMAGED_DELAYS, delay_after, failure_of
from .pip_section import PipSection
from .refusal import BuildRefused, refuse_if_disk_fails
from .report import Report
from .uv_reasons import reason_of

_LONGEST_SUMMARY = 300
_TORN = "Failed to read from zip file"
"""What uv says of a wheel of which only a part arrived."""
_UNKNOWN_CALLER = re.compile(r"\b(?:401|403)\b.{0,20}(?:Unauthorized|Forbidden)")
_IN_THE_LOG = "The whole of uv's answer is in the build's log."
_CREDENTIALS = (
    "Credentials for package indexes come from the netrc file of the user who runs the server, or "
    "from the server's variables: UV_INDEX_<NAME>_USERNAME and _PASSWORD for an index in UV_INDEX."
)


class Uv:
    """Runs uv for one build; `cache` is the directory of uv's own cache."""

    def __init__(self, cache: Path, children: Children, report: Report, patience: float) -> None:
        """A connection to the index that brings nothing for `patience` seconds has stalled."""
        import uv

        self._uv = uv.find_uv_bin()
        self._children = children
        self._report = report
        self._environment = {
            "UV_CACHE_DIR": str(cache),
            "UV_LINK_MODE": "hardlink",
            "UV_NO_PROGRESS": "1",
            # Repeating is ours (`network.delay_after`), so that it is seen.
            "UV_HTTP_RETRIES": "0",
            "UV_HTTP_TIMEOUT": str(max(1, math.ceil(patience))),
            "UV_PYTHON_DOWNLOADS": "never",
            "NO_COLOR": "1",
        }

    @property
    def directory(self) -> Path:
        """The attempt's own, for files that uv is given."""
        return self._children.directory

    def run(
        self,
        arguments: Sequence[str | Path],
        *,
        log: bool = True,
        variables: Mapping[str, str] | None = None,
        section: PipSection | None = None,
    ) -> str:
        """Run uv, again while a connection fails in a way that may pass; return its output.

        What uv has fetched is in its cache: trying again goes on where it failed. Raises
        `BuildRefused` of kind disk, or of kind pip: why the `section` that is resolved has no
        solution, or else uv's own text.
        """
        attempt = 0
        environment = {**self._environment, **(variables or {})}
        while True:
            attempt += 1
            status, output = self._children.capture([self._uv, *arguments], environment)
            if log or status != 0:
                self._report.log(output.rstrip())
            if status == 0:
                return output
            refuse_if_disk_fails(OSError(output))
            time.sleep(self._delay_after(output, attempt, section))

    def _delay_after(self, output: str, attempt: int, section: PipSection | None) -> float:
        """Return the seconds until uv is run again; raise `BuildRefused` if that is no use."""
        failure = failure_of(OSError(output))
        if failure is not None and failure.passing:
            return delay_after(failure, "The package index", attempt, self._report)
        if _TORN in output and attempt <= len(DAMAGED_DELAYS):
            delay = DAMAGED_DELAYS[attempt - 1]
            self._report.repeat("A package of the pip section arrived damaged.", attempt, delay)
            return delay
        # An index that refuses to answer may have what uv says that it has not.
        was_refused = _UNKNOWN_CALLER.search(output) is not None
        reason = None if was_refused or section is None else reason_of(output, section)
        if reason is not None:
            raise BuildRefused(
                "pip",
                reason.message,
                reason.hint,
                explanation=output.strip(),
                problems=reason.problems,
            )
        kind = "integrity" if "Hash mismatch for" in output else "pip"
        raise BuildRefused(
            kind,
            f"uv could not install the pip section: {_summary(output)}",
            _CREDENTIALS if was_refused else _IN_THE_LOG,
            explanation=output.strip(),
        )


def _summary(output: str) -> str:
    """Return the first sentences of uv's answer that say what is wrong, in one line."""
    lines = [re.sub(r"^\W+", "", line) for line in output.splitlines()]  # uv draws a tree.
    told = [line for line in lines if line and not line.startswith(("Using Python", "Resolved"))]
    text = " ".join(told).removeprefix("error: ")
    return textwrap.shorten(text, _LONGEST_SUMMARY) or "it gave no reason."
