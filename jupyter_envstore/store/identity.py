"""Whether directory and database belong together, and whether the directory can be used at all."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path

from ..domain.errors import StoreUnusable
from ..domain.layout import Layout
from .database import Database
from .files import write_atomically
from .own_directories import guard, make_own

FORMAT = 1


class Identity:
    """The store's id, and whether its database can be believed when it does not know a build."""

    def __init__(self, store_id: str, database: Database, mismatch: str | None = None) -> None:
        """`mismatch` says why the database can never be this store's."""
        self.store_id = store_id
        self.mismatch = mismatch
        self._database = database

    @property
    def doubt(self) -> str | None:
        """Why builds that the database does not know are kept, as a sentence; None if it is whole.

        While there is a doubt, nothing that looks like a stray is removed.
        """
        if self.mismatch is not None:
            return self.mismatch
        row = self._database.read().execute("SELECT needs_adoption FROM store").fetchone()
        if row is None or not row[0]:
            return None
        return (
            f"The database {self._database.path} does not know all builds of its store: it is new, "
            "or older than they are. Builds that it does not know are kept. Stop the servers and "
            "put back the database that belongs to the store, or adopt the builds: "
            "jupyter envstore adopt."
        )

    def set_doubt(self, doubtful: bool) -> None:
        """Raise the doubt, or lay it to rest, for all servers of the store."""
        with self._database.write() as db:
            db.execute("UPDATE store SET needs_adoption = ?", [doubtful])


def prepare_directories(layout: Layout) -> None:
    """Make the store's directories; raise `StoreUnusable` if that is not possible."""
    try:
        for path in (
            layout.store_directory,
            layout.internal,
            layout.work,
            layout.logs,
            layout.kernels,
            layout.servers,
            layout.trash,
            layout.cache,
        ):
            make_own(path)
            guard(path)
        probe = Path(layout.internal) / f".probe-{uuid.uuid4().hex[:8]}"
        probe.touch()
        # Also those that servers left which were killed right here.
        for left in probe.parent.glob(".probe-*"):
            left.unlink(missing_ok=True)
    except OSError as error:
        raise StoreUnusable(
            f"The store {layout.store_directory} cannot be written: {error.strerror}.",
            "Set c.EnvStore.store_directory to a directory that you may write, or ask its owner.",
        ) from error
    _check_same_file_system(layout)


def _check_same_file_system(layout: Layout) -> None:
    """A build is renamed to its prefix: both must be on one file system."""
    example = Path(layout.prefix("default", "x", 2))
    existing = next(parent for parent in example.parents if parent.exists())
    if os.stat(existing).st_dev != os.stat(layout.internal).st_dev:  # noqa: PTH116
        raise StoreUnusable(
            f"{existing} and {layout.internal} are on different file systems; "
            "builds could not be moved into place.",
            "Set c.EnvStore.build_directory to a directory on the file system of the store.",
        )


def establish(layout: Layout, database: Database) -> Identity:
    """Return the store's identity, made on first use.

    A database that is new, or another store's, beside a store that has an identity, is a doubt:
    the prefixes it does not know may be somebody's builds.
    """
    path = Path(layout.identity)
    on_disk = _read(path)
    with database.write() as db:
        if db.execute("SELECT 1 FROM store").fetchone() is None:
            db.execute(
                "INSERT INTO store (id, needs_adoption) VALUES (?, ?)",
                [on_disk or uuid.uuid4().hex, on_disk is not None],
            )
        store_id = str(db.execute("SELECT id FROM store").fetchone()[0])
    if on_disk is None:
        # After the commit: a crash in between must not leave an id that no database has.
        write_atomically(path, json.dumps({"id": store_id, "format": FORMAT}) + "\n")
        on_disk = store_id
    if on_disk == store_id:
        return Identity(store_id, database)
    return Identity(
        on_disk,
        database,
        f"The database {database.path} belongs to another store than {layout.store_directory}. "
        "Builds that it does not know are kept. Stop the servers and put back the database that "
        "belongs to the store; if it is lost, move this one away and run jupyter envstore adopt.",
    )


def _read(path: Path) -> str | None:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StoreUnusable(
            f"{path} cannot be read: {error}", "Restore it from a backup, or remove it."
        ) from error
    if not isinstance(raw, dict) or "id" not in raw:
        raise StoreUnusable(
            f"{path} has no id of a store.", "Restore it from a backup, or remove it."
        )
    if raw.get("format") != FORMAT:
        raise StoreUnusable(
            f"{path} says format {raw.get('format')}; this version knows format {FORMAT}.",
            "Use the version of jupyter-envstore that made the store, or a newer one.",
        )
    return str(raw["id"])
