"""Builds to begin with."""

from __future__ import annotations

from datetime import datetime

from jupyter_envstore.domain.build import Build, BuildStatus

NOON = datetime.fromisoformat("2026-11-20T12:00:00.250000")
LATER = datetime.fromisoformat("2026-11-20T13:00:00")


def build(status: BuildStatus = BuildStatus.QUEUED, **changes: object) -> Build:
    """Return a build that a store could hold: its times and its owner go with its status."""
    fields: dict[str, object] = {
        "id": 7,
        "environment_id": 1,
        "namespace": "default",
        "name": "geo",
        "specification_id": 1,
        "sha256": "ab" * 32,
        "status": status,
        "key_version": 2,
        "asked_on": NOON,
        "scheduled_on": NOON,
    }
    if status is not BuildStatus.QUEUED:
        fields |= {"attempts": 1, "started_on": NOON}
    if status is BuildStatus.BUILDING:
        fields["owner"] = "server-a"
    if status.ended:
        fields["ended_on"] = NOON
    return Build(**{**fields, **changes})
