"""Where the archives of builds are, and that builds have installers."""

from __future__ import annotations

from sqlite_utils import Database

_ARCHIVES = (
    # All archives are in one directory; the sign between the names is that of the system.
    """
    UPDATE build_artifact SET key =
        substr(key, 1, length(key) - length('artifacts//archive.tar.gz') - length(build_id))
        || 'archives' || substr(key, -length('/archive.tar.gz'), 1) || build_id || '.tar.gz'
    WHERE artifact_type = 'CONDA_PACK' AND key LIKE '%archive.tar.gz'
    """,
    # On unix, finished builds have an installer, too.
    """
    INSERT INTO build_artifact (build_id, artifact_type, key)
    SELECT build_id, 'CONSTRUCTOR_INSTALLER', replace(key, '.tar.gz', '.sh')
    FROM build_artifact WHERE artifact_type = 'CONDA_PACK' AND key LIKE '/%'
    """,
)


def m0011_archives(db: Database) -> None:
    """Archives of all builds in one directory; installers."""
    for statement in _ARCHIVES:
        db.execute(statement)
