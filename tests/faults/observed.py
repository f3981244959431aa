"""What a database says at a moment, seen without touching it."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """What is promised about a build depends on this."""

    id: int
    status: str
    attempts: int
    flagged: bool
    deleted: bool
    info: str
    prefix: str
    failure: str | None


def builds(store: Path) -> dict[int, Row]:
    """Return the builds by id. A copy is read: opening a database may mend what is looked at."""
    database = store / ".envstore" / "envstore.db"
    if not database.exists():
        return {}
    with tempfile.TemporaryDirectory(prefix="envstore-faults-") as directory:
        for file in database.parent.glob(f"{database.name}*"):
            if not file.name.endswith("-shm"):
                shutil.copy(file, directory)
        with closing(sqlite3.connect(Path(directory, database.name))) as db:
            db.row_factory = sqlite3.Row
            if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'build'").fetchone() is None:
                return {}
            rows = db.execute(
                "SELECT build.*, environment.deleted_on IS NOT NULL AS with_environment"
                " FROM build JOIN environment ON environment.id = environment_id"
            ).fetchall()
    return {
        row["id"]: Row(
            id=row["id"],
            status=row["status"],
            attempts=row["attempts"],
            flagged=bool(row["cancel_requested"]),
            deleted=row["deleted_on"] is not None or bool(row["with_environment"]),
            info=row["status_info"] or "",
            prefix=row["prefix"],
            failure=row["failure"],
        )
        for row in rows
    }
