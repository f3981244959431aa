"""Indexes by which the builds that have an artifact are counted."""

from __future__ import annotations

from sqlite_utils import Database


def m0015_artifacts_by_type(db: Database) -> None:
    """Lists of the builds that have an artifact are as fast as others."""
    db.execute("CREATE INDEX build_artifact_type ON build_artifact (artifact_type, build_id)")
    db.execute("CREATE INDEX build_deleted ON build (id) WHERE deleted_on IS NOT NULL")
