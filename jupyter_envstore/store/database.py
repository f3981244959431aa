"""Connections: one writer at a time, any number of readers, and announcements after commit."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import sqlite_utils

from ..domain.errors import StoreUnusable
from .migrations import migrations

MINIMUM_SQLITE = (3, 37, 0)
"""``STRICT`` tables (3.37) and ``RETURNING`` (3.35)."""

_BUSY_TIMEOUT_S = 20.0


class Database:
    """One SQLite file, used from many threads.

    Writing: ``with database.write() as db`` is one ``BEGIN IMMEDIATE`` transaction, and nothing of
    it is seen before it is whole. Reading: ``database.read()`` is this thread's own connection,
    which cannot write.
    """

    def __init__(self, path: str, *, write_ahead_log: bool = True) -> None:
        """Open the file, making it and its tables if needed.

        `write_ahead_log` needs a local disk. Raises `StoreUnusable` if the file cannot be used.
        """
        if sqlite3.sqlite_version_info < MINIMUM_SQLITE:
            raise StoreUnusable(
                f"SQLite {sqlite3.sqlite_version} is too old: the store needs 3.37 or newer.",
                "Use a newer Python, or a newer libsqlite3.",
            )
        self.path = path
        self.after_commit: list[Callable[[], None]] = []
        self._lock = threading.RLock()
        self._writing_thread: int | None = None
        self._local = threading.local()
        self._opened: list[sqlite_utils.Database] = []
        self._closed = False
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            _check_whole(Path(path))
            self._writer = self._connect()
            self._set_journal_mode("WAL" if write_ahead_log else "DELETE")
            self._migrate()
        except StoreUnusable:
            self.close()
            raise
        except (sqlite3.Error, OSError) as error:
            self.close()
            if _is_damage(error):
                raise _damaged(path, error) from error
            raise StoreUnusable(
                f"The database {path} cannot be used: {error}",
                "Check that the directory is writable and on a local disk, or set "
                "c.EnvStore.database_path.",
            ) from error

    @contextmanager
    def write(self) -> Iterator[sqlite_utils.Database]:
        """One transaction. What it announces is announced after it is committed.

        Inside another ``write()`` of the same thread it joins that one. Raises `StoreUnusable`
        if the disk cannot take it: nothing was changed then, and it may work again later.
        """
        if self._writing_thread == threading.get_ident():
            yield self._writer
            return
        with self._lock:
            self._writing_thread = threading.get_ident()
            try:
                self._writer.conn.execute("BEGIN IMMEDIATE")
                try:
                    yield self._writer
                    self._writer.conn.execute("COMMIT")
                except BaseException:
                    self._writer.conn.rollback()
                    raise
            except sqlite3.OperationalError as error:
                failure = _disk_failure(error)
                if failure is None:
                    raise
                raise failure from error
            finally:
                self._writing_thread = None
        for announce in self.after_commit:
            announce()

    def read(self) -> sqlite_utils.Database:
        """Return this thread's reading connection.

        Inside ``write()`` it is the writing one, so that a transaction sees its own changes.
        """
        if self._writing_thread == threading.get_ident():
            return self._writer
        reader: sqlite_utils.Database | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = self._connect()
            reader.conn.execute("PRAGMA query_only = ON")
            self._local.reader = reader
        return reader

    def close(self) -> None:
        """Close every connection; call it when no other thread uses the database any more."""
        with self._lock:
            self._closed = True
            for opened in self._opened:
                opened.conn.close()
            self._opened.clear()

    def _connect(self) -> sqlite_utils.Database:
        if self._closed:
            raise StoreUnusable("The store is closed.", "The server is stopping; try again later.")
        connection = sqlite3.connect(
            self.path,
            timeout=_BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        opened = sqlite_utils.Database(connection, execute_plugins=False)
        self._opened.append(opened)
        return opened

    def _set_journal_mode(self, mode: str) -> None:
        # Here SQLite's own busy timeout does not count: two servers that open a new store at
        # once would meet, and one of them fail.
        deadline = time.monotonic() + _BUSY_TIMEOUT_S
        while True:
            try:
                self._writer.conn.execute(f"PRAGMA journal_mode = {mode}")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
            time.sleep(0.01)

    def _migrate(self) -> None:
        # Two servers may open a new store at once: the second waits here and finds it done.
        with self.write() as db:
            migrations.apply(db)


def _disk_failure(error: sqlite3.OperationalError) -> StoreUnusable | None:
    """Return what to tell people if a write failed for a reason that is not its own."""
    again = "Nothing was changed; ask again then."
    for said, reason, hint in (
        ("disk is full", "its disk is full", "Free some space"),
        ("readonly database", "its file system is read-only", "Mount it writable again"),
        ("disk I/O error", "its disk reports errors", "See the system's log, and mend the disk"),
        ("unable to open", "its files cannot be opened", "See that its directory is there"),
    ):
        if said in str(error):
            return StoreUnusable(
                f"The store cannot be written: {reason} ({error}).", f"{hint}. {again}"
            )
    return None


def _check_whole(path: Path) -> None:
    """Raise sqlite3's DatabaseError if the file is damaged.

    SQLite itself would find out hours later, when it needs a page that is wrong or missing.
    """
    if not path.exists() or path.stat().st_size == 0:
        return
    # Reading only: a connection that may write would, when it is closed, write the log of
    # transactions into the damaged file.
    with closing(
        sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_TIMEOUT_S)
    ) as connection:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise sqlite3.DatabaseError(f"malformed: {verdict}")


def _is_damage(error: Exception) -> bool:
    return isinstance(error, sqlite3.DatabaseError) and any(
        said in str(error) for said in ("malformed", "not a database", "corrupt")
    )


def _damaged(path: str, error: Exception) -> StoreUnusable:
    return StoreUnusable(
        f"The database {path} is damaged: {error}. It was left as it is.",
        "Stop the servers of this store. Put back a backup of the file, or move it away with its "
        "-wal and -shm files; then run jupyter envstore adopt: builds are made known again from "
        "what their directories say.",
    )
