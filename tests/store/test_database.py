from __future__ import annotations

import sqlite3
import threading

import pytest

from jupyter_envstore.domain.errors import StoreUnusable
from jupyter_envstore.store.database import Database

from .processes import run_together

ADD = "INSERT INTO namespace (name) VALUES (?)"


def names(database):
    return [row[0] for row in database.read().execute("SELECT name FROM namespace ORDER BY name")]


def in_thread(function):
    """Run a function in a thread of its own and return what it returns, or raises."""
    outcome = []

    def run():
        try:
            outcome.append((function(), None))
        except BaseException as error:  # noqa: BLE001 -- raised again in the thread that asked
            outcome.append((None, error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    result, error = outcome[0]
    if error is not None:
        raise error
    return result


# -- one transaction ------------------------------------------------------------------------------


def test_a_write_is_seen_by_others_only_when_it_is_whole(database, open_database):
    other_server = open_database()
    with database.write() as db:
        db.execute(ADD, ["a"])
        db.execute(ADD, ["b"])
        assert names(database) == ["a", "b"], "a transaction sees its own changes"
        assert in_thread(lambda: names(database)) == []
        assert names(other_server) == []
    assert names(database) == names(other_server) == ["a", "b"]


def test_an_error_undoes_all_of_a_write(database):
    def fail_halfway():
        with database.write() as db:
            db.execute(ADD, ["a"])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert names(database) == []
    with database.write() as db:
        db.execute(ADD, ["b"])
    assert names(database) == ["b"], "the next write is not affected"


def test_a_write_within_a_write_is_part_of_it(database):
    def fail_after_inner():
        with database.write() as db:
            with database.write() as inner:
                assert inner is db
                inner.execute(ADD, ["a"])
            assert in_thread(lambda: names(database)) == [], "not committed by the inner one"
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_inner()
    assert names(database) == []


def test_readers_cannot_write(database):
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        database.read().execute(ADD, ["a"])


def test_threads_write_one_after_the_other(database):
    def count_up():
        for _ in range(25):
            with database.write() as db:
                row = db.execute("SELECT metadata FROM namespace").fetchone()
                db.execute("UPDATE namespace SET metadata = ?", [str(int(row[0]) + 1)])

    with database.write() as db:
        db.execute("INSERT INTO namespace (name, metadata) VALUES ('counter', '0')")
    threads = [threading.Thread(target=count_up) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    row = database.read().execute("SELECT metadata FROM namespace").fetchone()
    assert row == ("200",), "a read and the write that follows are one step"


COUNT_UP = """
from jupyter_envstore.store.database import Database
database = Database(sys.argv[1])
for _ in range(50):
    with database.write() as db:
        row = db.execute("SELECT metadata FROM namespace").fetchone()
        db.execute("UPDATE namespace SET metadata = ?", [str(int(row[0]) + 1)])
database.close()
print(json.dumps("done"))
"""


def test_processes_write_one_after_the_other(database):
    with database.write() as db:
        db.execute("INSERT INTO namespace (name, metadata) VALUES ('counter', '0')")
    run_together(COUNT_UP, [[database.path]] * 3)
    row = database.read().execute("SELECT metadata FROM namespace").fetchone()
    assert row == ("150",)


# -- announcements ------------------------------------------------------------------------------


def test_announcements_come_once_and_after_the_commit(database):
    seen = []
    database.after_commit.append(lambda: seen.append(in_thread(lambda: names(database))))
    with database.write() as db:
        db.execute(ADD, ["a"])
        with database.write():
            db.execute(ADD, ["b"])
        assert seen == []
    assert seen == [["a", "b"]]


def test_nothing_is_announced_that_did_not_happen(database):
    seen = []
    database.after_commit.append(lambda: seen.append("announced"))

    def fail():
        with database.write() as db:
            db.execute(ADD, ["a"])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert seen == []


def test_who_is_told_may_write(database):
    def add_another():
        if names(database) == ["a"]:
            with database.write() as db:
                db.execute(ADD, ["b"])

    database.after_commit.append(add_another)
    with database.write() as db:
        db.execute(ADD, ["a"])
    assert names(database) == ["a", "b"]


# -- opening and closing -------------------------------------------------------------------------

OPEN = """
from jupyter_envstore.store.database import Database
database = Database(sys.argv[1], write_ahead_log=sys.argv[2] == "WAL")
with database.write() as db:
    db.execute("INSERT INTO namespace (name) VALUES (?)", [sys.argv[3]])
mode = database.read().execute("PRAGMA journal_mode").fetchone()[0]
database.close()
print(json.dumps(mode))
"""


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_servers_may_open_a_new_store_at_once(tmp_path, mode):
    for number in range(5):
        path = str(tmp_path / str(number) / "envstore.db")
        modes = run_together(OPEN, [[path, mode, name] for name in "abcd"])
        assert modes == [mode.lower()] * 4
        database = Database(path, write_ahead_log=mode == "WAL")
        assert names(database) == ["a", "b", "c", "d"]
        database.close()


def overwritten(path):
    path.write_text("This is a text, and long enough to be looked at as a database file. " * 200)


def cut_in_the_middle(path):
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def with_a_page_of_garbage(path):
    with path.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xff" * 4096)


@pytest.mark.parametrize("damage", [overwritten, cut_in_the_middle, with_a_page_of_garbage])
def test_a_damaged_database_is_refused_with_advice_and_never_written_to(tmp_path, damage):
    path = tmp_path / "envstore.db"
    Database(str(path)).close()
    damage(path)
    before = path.read_bytes()
    for _ in range(2):
        with pytest.raises(StoreUnusable, match="is damaged") as refused:
            Database(str(path))
        assert str(path) in refused.value.message
        assert "jupyter envstore adopt" in refused.value.hint
        assert path.read_bytes() == before


def test_what_is_in_the_log_of_transactions_is_not_written_into_a_damaged_database(tmp_path):
    path = tmp_path / "envstore.db"
    Database(str(path)).close()
    database = Database(str(path))
    with database.write() as db:
        db.execute("INSERT INTO namespace (name) VALUES ('late')")
    whole, log = path.read_bytes(), path.with_name("envstore.db-wal").read_bytes()
    database.close()
    path.write_bytes(whole)
    with_a_page_of_garbage(path)
    before = path.read_bytes()
    path.with_name("envstore.db-wal").write_bytes(log)
    with pytest.raises(StoreUnusable, match="is damaged"):
        Database(str(path))
    assert path.read_bytes() == before
    assert path.with_name("envstore.db-wal").read_bytes() == log


def test_a_directory_that_cannot_be_is_refused_with_advice(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnusable, match="cannot be used"):
        Database(str(tmp_path / "file" / "envstore.db"))


def test_a_closed_database_is_not_opened_again_by_a_late_thread(open_database):
    database = open_database()
    database.close()
    with pytest.raises(StoreUnusable, match="closed"):
        in_thread(database.read)
