"""Times as the store keeps them and as conda-store's clients expect them: naive UTC, ISO 8601."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

Clock = Callable[[], datetime]
"""Returns the present, naive UTC. A parameter everywhere, so that tests own the time."""


def utc_now() -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None)


def to_text(moment: datetime) -> str:
    """Return e.g. ``2026-11-20T08:45:10.838793``; no offset, microseconds only if there are any."""
    return moment.isoformat()


def from_text(text: str) -> datetime:
    return datetime.fromisoformat(text)


def from_optional(text: str | None) -> datetime | None:
    return None if text is None else from_text(text)


def to_optional(moment: datetime | None) -> str | None:
    return None if moment is None else to_text(moment)
