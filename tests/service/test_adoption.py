"""A database that is new, or older than its store: nothing is lost, and `adopt` brings it back."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from jupyter_envstore.builder.adoption import Adoption
from jupyter_envstore.domain.build import BuildStatus
from jupyter_envstore.domain.errors import Conflict
from jupyter_envstore.integration.kernelspecs import list_kernels
from jupyter_envstore.integration.links import read_link
from jupyter_envstore.store.files import read_marker
from jupyter_envstore.store.packages import Packages
from tests.builder.invariants import ON_REQUEST
from tests.builder.waiting import wait_for

QUEUED, BUILDING = BuildStatus.QUEUED, BuildStatus.BUILDING
COMPLETED, FAILED = BuildStatus.COMPLETED, BuildStatus.FAILED

BUILDS = """
    SELECT build.id, namespace.name AS namespace, environment.name, status, attempts, key_version,
        prefix, asked_on, scheduled_on, size, size_own, text, author, client, parent_build_id,
        specification.model, specification.sha256, content_id,
        build.id = published_build_id AS current
    FROM build JOIN environment ON environment.id = environment_id
    JOIN namespace ON namespace.id = namespace_id
    JOIN specification ON specification.id = specification_id
    WHERE build.deleted_on IS NULL AND status = 'COMPLETED' ORDER BY build.id
"""
PACKAGES = """
    SELECT build_id, manager, package.name, version, requested FROM build_package
    JOIN package ON package.id = package_id ORDER BY build_id, package.name
"""
ARTIFACTS = "SELECT build_id, artifact_type, key FROM build_artifact ORDER BY 1, 2"


def rows(bench, query: str) -> list[dict[str, Any]]:
    return [dict(row) for row in bench.rows(query)]


def adopt(bench, **options: bool):
    return bench.store.services.adoption._adoption.adopt(**options)


def doubt(bench) -> str | None:
    return bench.store.services.identity.doubt


def tidy(bench) -> None:
    """Run a round of recovery, and wait for its end."""
    bench.store._recovery.run()


def lose_database(bench) -> None:
    for path in bench.internal.glob("envstore.db*"):
        path.unlink()


def save_database(bench, to: Path) -> None:
    """Make a backup as an administrator does, while the server runs."""
    with closing(sqlite3.connect(to)) as copy, bench.database() as db:
        db.backup(copy)


def restore_database(bench, backup: Path) -> None:
    lose_database(bench)
    shutil.copy(backup, bench.internal / "envstore.db")


def everything(directory: Path) -> set[Path]:
    """Return what the store has that is worth something."""
    return {
        path.relative_to(directory)
        for pattern in ("*/*", "*/envs/*", ".envstore/logs/*", ".envstore/kernels/*")
        for path in directory.glob(pattern)
        if not path.name.startswith(("envstore.db", "adopt.lock", "publish.lock"))
        and path.parent.name not in ("servers", "work")
    }


def fill(open_bench, **settings: Any):
    """Make a store with history: two environments, a user's switch, a failed build."""
    bench = open_bench(**settings)
    first = bench.completed()
    bench.completed()
    assert bench.wait_for_end(bench.submit("refuse")).status is FAILED
    again = bench.builds.rebuild(first, author="ada", client="a browser")
    bench.wait_until_recorded(again)
    bench.environments.switch("ns", "env", first)
    bench.completed(name="other")
    return bench


# -- everything lost ------------------------------------------------------------------------------


@pytest.mark.parametrize("key_version", [1, 2, 3])
def test_adoption_rebuilds_what_a_lost_database_knew(open_bench, key_version):
    bench = fill(open_bench, build_key_version=key_version)
    before = {query: rows(bench, query) for query in (BUILDS, ARTIFACTS)}
    kernels = {(card.name, card.prefix) for card in list_kernels(bench.internal / "kernels")}
    bench.stop()
    lose_database(bench)
    there = everything(bench.directory)

    again = open_bench()
    assert "does not know all builds" in doubt(again)
    tidy(again)
    assert everything(bench.directory) == there, "nothing is removed, and no kernel goes"
    assert rows(again, BUILDS) == []
    report = again.store.services.adoption.adopt()
    assert [build.build_id for build in report.adopted] == [1, 2, 4, 5]
    assert [build.build_id for build in report.adopted if build.current] == [1, 5]
    assert (report.left, report.missing, report.doubt) == ((), (), None)
    assert doubt(again) is None, "without a new start"
    assert rows(again, BUILDS) == before[BUILDS]
    # A failed build has left no prefix, and so no row; its log stays.
    assert rows(again, ARTIFACTS) == [row for row in before[ARTIFACTS] if row["build_id"] != 3]
    tidy(again)
    assert {(c.name, c.prefix) for c in list_kernels(again.internal / "kernels")} == kernels
    # Ids go on behind the highest that was ever used: build 3, which failed, has a log.
    assert again.completed() == 6
    assert adopt(again).adopted == ()


def test_what_a_dry_run_says_is_what_is_done(open_bench):
    bench = fill(open_bench)
    bench.stop()
    lose_database(bench)
    again = open_bench(start=False)
    told = adopt(again, dry_run=True)
    assert rows(again, BUILDS) == []
    assert told.doubt == doubt(again)
    done = adopt(again)
    assert told.adopted == done.adopted


def test_a_new_database_can_be_used_before_anything_is_adopted(open_bench):
    bench = open_bench()
    prefix = Path(bench.build(bench.completed()).prefix)
    other = bench.build(bench.completed(name="other"))
    bench.stop()
    lose_database(bench)
    (bench.internal / "work" / "5.1").mkdir()
    again = open_bench()
    tidy(again)
    assert (bench.internal / "work" / "5.1").is_dir()
    new = again.completed()
    assert new == 6
    tidy(again)
    assert prefix.is_dir()
    assert read_link(again.link("other")) == other.prefix
    adopt(again)
    assert again.current() == new, "a younger build is current already"
    assert again.current("other") == other.id
    assert {build["id"] for build in rows(again, BUILDS)} == {1, 2, new}
    tidy(again)
    assert not (bench.internal / "work" / "5.1").exists(), "nobody doubts any more"


def test_an_adoption_that_is_killed_is_repeated(open_bench, monkeypatch):
    bench = fill(open_bench)
    before = rows(bench, BUILDS)
    bench.stop()
    lose_database(bench)
    again = open_bench(start=False)

    class Crash(BaseException):
        pass

    count = []

    def crash(self, build_id, packages):
        count.append(build_id)
        if len(count) == 3:
            raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(Packages, "record", crash)
        with pytest.raises(Crash):
            adopt(again)
    assert len(rows(again, BUILDS)) == 2, "each build is whole or not there"
    assert doubt(again) is not None
    adopt(again)
    assert rows(again, BUILDS) == before
    assert doubt(again) is None


def test_adoption_while_servers_build(open_bench):
    bench = fill(open_bench)
    before = rows(bench, BUILDS)
    bench.stop()
    lose_database(bench)
    first, second = open_bench(), open_bench()
    running = first.submit("gated", name="new")
    first.wait_until_running(running)
    adopt(second)
    tidy(second)
    assert first.build(running).status is BUILDING
    first.open_gate(running)
    assert first.wait_until_recorded(running).attempts == 1
    assert doubt(first) is None, "the other server has laid it to rest"
    assert rows(first, BUILDS)[: len(before)] == before


# -- a part lost ----------------------------------------------------------------------------------


def test_a_backup_that_is_older_than_the_store(open_bench, tmp_path):
    bench = open_bench()
    old = bench.completed()
    save_database(bench, tmp_path / "backup.db")
    lost, other = bench.completed(), bench.completed(name="other")
    prefixes = {bench.build(one).prefix for one in (old, lost, other)}
    kernels = {card.build_id for card in list_kernels(bench.internal / "kernels")}
    bench.stop()
    restore_database(bench, tmp_path / "backup.db")
    again = open_bench()
    for _ in range(2):
        tidy(again)
        assert all(Path(prefix).is_dir() for prefix in prefixes)
    assert "older than they are" in doubt(again)
    assert {card.build_id for card in list_kernels(again.internal / "kernels")} == kernels
    assert again.submit("gated", name="new") == other + 1, "no id is given out twice"
    again.open_gate(other + 1)
    again.wait_until_recorded(other + 1)
    adopt(again)
    assert (again.current(), again.current("other")) == (lost, other)
    assert {row["id"] for row in rows(again, BUILDS)} == {old, lost, other, other + 1}
    assert doubt(again) is None
    tidy(again)
    assert read_link(again.link()) == again.build(lost).prefix


def test_a_backup_that_is_restored_twice_gives_no_id_out_twice(open_bench, tmp_path):
    bench = open_bench()
    bench.completed()
    save_database(bench, tmp_path / "backup.db")
    seen = {1}
    for _ in range(3):
        new = bench.completed()
        assert new not in seen
        seen.add(new)
        bench.stop()
        restore_database(bench, tmp_path / "backup.db")
        bench = open_bench()
        adopt(bench)
    assert {row["id"] for row in rows(bench, BUILDS)} == seen


@pytest.mark.parametrize("claimed", [False, True], ids=["queued", "running"])
def test_a_build_whose_end_was_forgotten_is_not_built_again(open_bench, tmp_path, claimed):
    bench = open_bench()
    build_id = bench.submit("gated")
    if claimed:
        bench.wait_until_running(build_id)
    save_database(bench, tmp_path / "backup.db")
    if not claimed:
        with closing(sqlite3.connect(tmp_path / "backup.db")) as db:
            # As before the claim: taken a moment earlier.
            db.executescript(
                "UPDATE build SET status = 'QUEUED', attempts = 0, owner = NULL, started_on = NULL;"
                "DELETE FROM attempt; DELETE FROM turn; DELETE FROM journal WHERE seq > 2;"
                "UPDATE sqlite_sequence SET seq = 2 WHERE name = 'journal';"
            )
    bench.open_gate(build_id)
    before = bench.wait_until_recorded(build_id)
    bench.stop()
    restore_database(bench, tmp_path / "backup.db")
    again = open_bench()
    after = again.wait_for_status(build_id, COMPLETED)
    assert (after.prefix, after.attempts) == (before.prefix, 1)
    assert (after.size, after.size_own) == (1000, 10)
    wait_for(lambda: again.current() == build_id)
    tidy(again)
    assert doubt(again) is None
    assert [row["build_id"] for row in rows(again, ARTIFACTS)] == [build_id] * (3 + len(ON_REQUEST))


def test_transactions_that_were_never_written_to_the_database(open_bench):
    """After a power failure the log of transactions may end anywhere."""
    bench = open_bench()
    old = bench.completed()
    with bench.database() as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    lost = bench.completed()
    database = bench.internal / "envstore.db"
    log = database.with_name("envstore.db-wal").read_bytes()
    whole = database.read_bytes()
    bench.stop()
    lose_database(bench)
    database.write_bytes(whole)
    database.with_name("envstore.db-wal").write_bytes(log[: len(log) // 3])
    again = open_bench()
    again.wait_for_status(old, COMPLETED)
    adopt(again)
    wait_for(lambda: again.build(lost).status is COMPLETED)
    wait_for(lambda: read_link(again.link()) == again.build(lost).prefix)
    assert doubt(again) is None


def test_a_deletion_that_was_forgotten_is_found_out(open_bench, tmp_path):
    bench = open_bench()
    kept, gone = bench.completed(), bench.completed()
    alone = bench.completed(name="other")
    save_database(bench, tmp_path / "backup.db")
    bench.environments.switch("ns", "env", kept)
    bench.builds.delete(gone)
    bench.environments.delete("ns", "other")
    wait_for(lambda: not bench.rows("SELECT 1 FROM build WHERE id = ?", alone))
    bench.stop()
    restore_database(bench, tmp_path / "backup.db")
    again = open_bench(start=False)
    report = adopt(again)
    assert report.missing == (gone, alone)
    assert again.current() == kept
    tidy(again)
    assert [row["id"] for row in rows(again, BUILDS)] == [kept]
    assert adopt(again).missing == ()


# -- what is left alone ---------------------------------------------------------------------------


def test_what_cannot_be_adopted_is_left_or_removed_with_its_reason(open_bench, tmp_path):
    bench = open_bench()
    good = bench.build(bench.completed())
    bench.stop()
    lose_database(bench)
    beside = Path(good.prefix).parent
    moved = shutil.copytree(good.prefix, beside / "a-copy")
    unfinished = shutil.copytree(good.prefix, beside / "unfinished")
    foreign = shutil.copytree(good.prefix, beside / "foreign")
    garbled = shutil.copytree(good.prefix, beside / "garbled")
    marker = "conda-meta/envstore"
    raw = json.loads((moved / marker).read_text())
    record = {**raw["record"], "prefix": str(unfinished)}
    own = {**raw, "build_id": 7, "record": record, "finished": None}
    (unfinished / marker).write_text(json.dumps(own))
    (foreign / marker).write_text(json.dumps({**raw, "store_id": "another"}))
    (garbled / marker).write_text("{")
    again = open_bench(start=False)
    preview = adopt(again, dry_run=True)
    assert unfinished.is_dir()
    report = adopt(again)
    assert report.left == preview.left
    assert [build.build_id for build in report.adopted] == [good.id]
    reasons = {Path(left.prefix).name: left for left in report.left}
    assert reasons.keys() == {"a-copy", "unfinished"}
    assert "works in its own place only" in reasons["a-copy"].reason
    assert "was never finished" in reasons["unfinished"].reason
    assert [left.removed for left in reasons.values()] == [False, True]
    tidy(again)
    assert [path.is_dir() for path in (moved, foreign, garbled, unfinished)] == [True] * 3 + [False]
    assert doubt(again) is None
    for path in (moved, foreign, garbled):
        shutil.rmtree(path)


def test_an_id_that_another_build_has_by_now_is_replaced(open_bench, tmp_path):
    bench = open_bench()
    lost = bench.build(bench.completed())
    bench.stop()
    kept = shutil.move(lost.prefix, tmp_path / "kept")
    lose_database(bench)
    bench.link().unlink()
    for directory in ("logs", "artifacts", "kernels"):
        shutil.rmtree(bench.internal / directory, ignore_errors=True)
    (bench.internal / "index.json").unlink()
    # Nothing on disk tells of the first build while the second gets its id.
    between = open_bench()
    assert between.completed(name="second") == lost.id
    between.stop()
    shutil.move(kept, lost.prefix)
    again = open_bench(start=False)
    tidy(again)
    assert Path(lost.prefix).is_dir()
    (build,) = adopt(again).adopted
    assert (build.former_id, build.build_id, build.current) == (lost.id, lost.id + 1, True)
    assert again.build(build.build_id).prefix == lost.prefix
    assert read_marker(lost.prefix)["build_id"] == build.build_id
    assert {row["artifact_type"] for row in rows(again, ARTIFACTS) if row["build_id"] == 2} == {
        "DIRECTORY",
        *ON_REQUEST,
    }
    again.environments.delete("ns", "env")
    wait_for(lambda: again.environments.purge() and not Path(lost.prefix).exists())


def test_markers_of_the_first_versions_are_adopted_as_far_as_they_tell(open_bench):
    bench = open_bench()
    build = bench.build(bench.completed())
    bench.stop()
    lose_database(bench)
    marker = Path(build.prefix, "conda-meta", "envstore")
    raw = json.loads(marker.read_text())
    del raw["record"], raw["finished"]
    marker.write_text(json.dumps(raw))
    (Path(build.prefix) / "conda-meta" / "history").write_text("# update specs: ['a >=1', 'b']\n")
    again = open_bench(start=False)
    (adopted,) = adopt(again).adopted
    assert adopted.build_id == build.id
    found = again.build(build.id)
    assert (found.key_version, found.prefix, found.size) == (2, build.prefix, 1000)
    model = json.loads(rows(again, BUILDS)[0]["model"])
    assert model["dependencies"] == ["a >=1", "b"]
    (warning,) = again.store._recovery._builds.warnings(build.id)
    assert "gathered from the installed packages" in warning.message


def test_another_stores_database_is_never_adopted_into(open_bench, tmp_path):
    bench = fill(open_bench)
    bench.stop()
    with bench.database() as db:
        db.execute("UPDATE store SET id = 'another'")
    again = open_bench(start=False)
    with pytest.raises(Conflict, match="belongs to another store") as refused:
        adopt(again)
    assert "Move the database away" in refused.value.hint
    assert isinstance(again.store.services.adoption._adoption, Adoption)
    again.stop()
    with bench.database() as db:
        db.execute(
            "UPDATE store SET id = ?",
            [json.loads((bench.internal / "store.json").read_text())["id"]],
        )
