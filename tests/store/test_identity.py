from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_envstore.domain.errors import StoreUnusable
from jupyter_envstore.domain.layout import Layout
from jupyter_envstore.store.identity import establish, prepare_directories

from .processes import run_together

# -- directories ----------------------------------------------------------------------------------


def test_directories_are_made_and_may_be_there(layout):
    prepare_directories(layout)
    for path in (layout.work, layout.logs, layout.kernels, layout.servers, layout.trash):
        assert Path(path).is_dir()
    assert not [path for path in Path(layout.internal).iterdir() if path.is_file()]


def test_a_store_that_cannot_be_written_says_what_to_do(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnusable, match="cannot be written") as refused:
        prepare_directories(Layout(str(tmp_path / "file")))
    assert str(tmp_path / "file") in refused.value.message
    assert "c.EnvStore.store_directory" in refused.value.hint


def test_builds_on_another_file_system_are_refused(layout):
    elsewhere = Path("/dev/shm")
    if not elsewhere.is_dir() or elsewhere.stat().st_dev == Path(layout.internal).stat().st_dev:
        pytest.skip("there is no second file system to write to")
    wrong = replace(layout, build_directory=f"{elsewhere}/{os.getpid()}/{{namespace}}")
    with pytest.raises(StoreUnusable, match="different file systems") as refused:
        prepare_directories(wrong)
    assert "c.EnvStore.build_directory" in refused.value.hint
    assert not (elsewhere / str(os.getpid())).exists()


# -- who it is ------------------------------------------------------------------------------------


def test_a_new_store_gets_an_id_and_keeps_it(layout, open_database):
    first = establish(layout, open_database())
    assert (first.doubt, first.mismatch) == (None, None)
    assert json.loads(Path(layout.identity).read_text()) == {"id": first.store_id, "format": 1}
    again = establish(layout, open_database())
    assert (again.store_id, again.doubt) == (first.store_id, None)


def test_a_crash_between_database_and_file_leaves_no_doubt(layout, open_database):
    first = establish(layout, open_database())
    Path(layout.identity).unlink()
    again = establish(layout, open_database())
    assert (again.store_id, again.doubt) == (first.store_id, None)
    assert Path(layout.identity).exists()


def test_nothing_is_on_disk_before_the_database_has_it(layout, open_database):
    """The other way round, a crash would leave an id that belongs to no database."""
    database = open_database()
    seen = []
    database.after_commit.append(lambda: seen.append(Path(layout.identity).exists()))
    establish(layout, database)
    assert seen == [False]


def test_another_stores_database_is_a_doubt(tmp_path, layout, open_database):
    store_id = establish(layout, open_database()).store_id
    other = Layout(str(tmp_path / "other"))
    prepare_directories(other)
    other_database = open_database(other.database)
    establish(other, other_database)
    for _ in range(2):
        confused = establish(layout, other_database)
        assert confused.store_id == store_id, "markers of prefixes carry the directory's id"
        assert "belongs to another store" in confused.doubt
        assert other.database in confused.doubt
        assert layout.store_directory in confused.doubt
    assert establish(layout, open_database()).doubt is None
    assert establish(other, other_database).doubt is None


def lose_database(layout):
    for path in Path(layout.internal).glob("envstore.db*"):
        path.unlink()


def test_a_new_database_beside_a_used_store_is_a_doubt_until_adopted(layout, open_database):
    first = open_database()
    store_id = establish(layout, first).store_id
    first.close()
    lose_database(layout)
    for _ in range(3):
        database = open_database()
        doubtful = establish(layout, database)
        assert doubtful.store_id == store_id
        assert "does not know all builds" in doubtful.doubt
        assert "jupyter envstore adopt" in doubtful.doubt
        database.close()
    here, elsewhere = (establish(layout, open_database()) for _ in range(2))
    here.set_doubt(False)
    assert (here.doubt, elsewhere.doubt) == (None, None), "every server knows at once"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "cannot be read"),
        ("[]", "no id of a store"),
        ('{"format": 1}', "no id of a store"),
        ('{"id": "x", "format": 2}', "format 2; this version knows format 1"),
    ],
)
def test_an_identity_that_cannot_be_read_stops_everything(layout, database, content, reason):
    Path(layout.identity).write_text(content)
    with pytest.raises(StoreUnusable, match=reason) as refused:
        establish(layout, database)
    assert layout.identity in refused.value.message
    assert refused.value.hint
    assert Path(layout.identity).read_text() == content
    assert database.read().execute("SELECT count(*) FROM store").fetchone() == (0,)


ESTABLISH = """
from jupyter_envstore.domain.layout import Layout
from jupyter_envstore.store.database import Database
from jupyter_envstore.store.identity import establish, prepare_directories
layout = Layout(sys.argv[1])
prepare_directories(layout)
database = Database(layout.database)
identity = establish(layout, database)
print(json.dumps([identity.store_id, identity.doubt]))
database.close()
"""


def test_servers_that_start_at_once_agree(tmp_path):
    store = str(tmp_path / "store")
    found = run_together(ESTABLISH, [[store]] * 4)
    assert [doubt for _, doubt in found] == [None] * 4
    assert len({store_id for store_id, _ in found}) == 1
    assert json.loads(Path(Layout(store).identity).read_text())["id"] == found[0][0]
