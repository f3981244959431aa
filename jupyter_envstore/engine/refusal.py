"""The one exception by which a stage of the build says that the build cannot be made."""

from __future__ import annotations

import errno
import re

from ..domain.credentials import without_credentials
from ..domain.errors import Problem
from ..domain.events import Refused

_FULL_DISK = re.compile(r"No space left on device|Disk quota exceeded|os error (28|122)\b")
_FULL_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT)


class BuildRefused(Exception):
    """The build cannot be made; `verdict` is what its people are told."""

    def __init__(
        self,
        kind: str,
        message: str,
        hint: str | None = None,
        *,
        explanation: str | None = None,
        problems: tuple[Problem, ...] = (),
        suggestions: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.verdict = Refused(
            kind=kind,
            message=without_credentials(message),
            hint=None if hint is None else without_credentials(hint),
            explanation=None if explanation is None else without_credentials(explanation),
            problems=problems,
            suggestions=suggestions,
        )


def disk_is_full(error: BaseException) -> bool:
    """Tell whether an error, ours or rattler's, says that the disk or the quota is full."""
    if isinstance(error, BuildRefused):
        return error.verdict.kind == "disk"
    number = error.errno if isinstance(error, OSError) else None
    return number in _FULL_DISK_ERRORS or _FULL_DISK.search(str(error)) is not None


def refuse_if_disk_is_full(error: BaseException) -> None:
    """Raise `BuildRefused` if the error, ours or rattler's, says that the disk or quota is full."""
    if disk_is_full(error):
        raise BuildRefused(
            "disk",
            "The disk became full during the build (no space left on device).",
            "Delete builds that are no longer needed, or move the store to a larger disk.",
            explanation=str(error),
        ) from error
