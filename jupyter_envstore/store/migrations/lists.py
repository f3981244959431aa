"""Indexes for lists, and the artifacts that are made on request."""

from __future__ import annotations

from sqlite_utils import Database

_LISTS = (
    # What lists count and sort by, with what decides whether a build is shown: the rows
    # themselves, which have whole specifications in them, are read for the page alone.
    "CREATE INDEX build_listed ON build (id, environment_id) WHERE deleted_on IS NULL",
    "CREATE INDEX build_listed_status ON build (status, environment_id) WHERE deleted_on IS NULL",
    (
        "CREATE INDEX build_listed_scheduled ON build (scheduled_on, id, environment_id)"
        " WHERE deleted_on IS NULL"
    ),
    (
        "CREATE INDEX build_listed_started ON build (started_on, id, environment_id)"
        " WHERE deleted_on IS NULL"
    ),
    (
        "CREATE INDEX build_listed_ended ON build (ended_on, id, environment_id)"
        " WHERE deleted_on IS NULL"
    ),
    "DROP INDEX build_scheduled",
    "CREATE INDEX environment_deleted ON environment (id) WHERE deleted_on IS NOT NULL",
    # Finished builds have two more artifacts, which are made when somebody asks for them.
    """
    INSERT INTO build_artifact (build_id, artifact_type, key)
    SELECT build_id, made.artifact_type, replace(key, 'conda-lock.yml', made.file)
    FROM build_artifact, (
        SELECT 'YAML' AS artifact_type, 'environment.yml' AS file
        UNION ALL SELECT 'CONDA_PACK', 'archive.tar.gz'
    ) AS made
    WHERE build_artifact.artifact_type = 'LOCKFILE'
    """,
)


def m0007_lists(db: Database) -> None:
    """Lists of ten thousand builds are as fast as short ones; artifacts made on request."""
    for statement in _LISTS:
        db.execute(statement)
