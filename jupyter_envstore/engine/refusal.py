"""The one exception by which a stage of the build says that the build cannot be made."""

from __future__ import annotations

from ..domain.credentials import without_credentials
from ..domain.errors import Problem
from ..domain.events import Refused
from . import disk


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
        self.full_disk = False
        """It would help to free space: what the build has fetched should go at once."""
        self.verdict = Refused(
            kind=kind,
            message=without_credentials(message),
            hint=None if hint is None else without_credentials(hint),
            explanation=None if explanation is None else without_credentials(explanation),
            problems=problems,
            suggestions=suggestions,
        )

    def about(self, message: str, hint: str) -> BuildRefused:
        """Return the same refusal with another sentence, and another hint."""
        verdict = self.verdict
        return BuildRefused(
            verdict.kind,
            message,
            hint,
            explanation=verdict.explanation,
            problems=verdict.problems,
            suggestions=verdict.suggestions,
        )


def disk_is_full(error: BaseException) -> bool:
    """Tell whether an error, ours or rattler's, says that the disk or the quota is full."""
    if isinstance(error, BuildRefused):
        return error.full_disk
    return disk.is_full(error)


def refuse_if_disk_fails(error: BaseException) -> None:
    """Raise `BuildRefused` of kind disk if the error, ours or rattler's, is one of the disk."""
    failure = disk.disk_failure(error)
    if failure is not None:
        refused = BuildRefused(
            failure.kind, failure.message, failure.hint, explanation=failure.explanation
        )
        refused.full_disk = disk.is_full(error)
        raise refused from error
