"""``jupyter envstore backup``, as a program, beside a store that works; and the way back."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from jupyter_envstore.domain.build import BuildStatus
from jupyter_envstore.domain.errors import Conflict, NotFound, Refused
from tests.builder.bench import Bench, bench, fake_workers, open_bench

__all__ = ["bench", "fake_workers", "open_bench"]


LIVING = "SELECT id FROM build WHERE deleted_on IS NULL"


def backup(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    store = f"--EnvStore.store_directory={directory}"
    environment = {**os.environ, "JUPYTER_NO_CONFIG": "1", "JUPYTER_PREFER_ENV_PATH": "0"}
    return subprocess.run(
        [sys.executable, "-m", "jupyter_envstore.console", "backup", store, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        timeout=120,
    )


def make(bench: Bench, file: Path) -> None:
    bench.store.services.backup.make(file)


def lose(bench: Bench) -> None:
    """Lose what a backup holds, and nothing else."""
    for path in bench.internal.glob("envstore.db*"):
        path.unlink()
    shutil.rmtree(bench.internal / "artifacts")
    shutil.rmtree(bench.internal / "logs")


def put_back(bench: Bench, file: Path) -> None:
    """Do what docs/how-to/recover-a-store.md says."""
    for path in bench.internal.glob("envstore.db*"):
        path.unlink()
    subprocess.run(["tar", "-xzf", file, "-C", bench.internal], check=True)


def contents(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as archive:
        return {name: archive.extractfile(name).read() for name in archive.getnames()}


def write(file: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(file, "w:gz") as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "backup.tar.gz"


def test_a_backup_is_made_while_builds_go_on_and_brings_everything_back(open_bench, file):
    bench = open_bench()
    done = bench.completed()
    bench.builds.annotate(done, "as it was measured", ("paper",))
    running = bench.submit("gated", name="other")
    bench.wait_until_running(running)
    made = backup(bench.directory, str(file), "--json")
    assert made.returncode == 0, made.stderr
    report = json.loads(made.stdout)
    assert (report["environments"], report["builds"], report["locks"]) == (2, 2, 1)
    assert report["size"] == file.stat().st_size
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.glob(".*envstore*")) == list(file.parent.glob(".*.tmp")) == []
    # The server was not disturbed.
    bench.open_gate(running)
    assert bench.wait_until_recorded(running).status is BuildStatus.COMPLETED

    lock, log = bench.internal / f"artifacts/{done}/conda-lock.yml", bench.log(done)
    before = lock.read_bytes()
    bench.stop()
    lose(bench)
    put_back(bench, file)
    again = open_bench()
    build = again.build(done)
    assert (build.status, build.note, build.tags) == (
        BuildStatus.COMPLETED,
        "as it was measured",
        ("paper",),
    )
    assert again.current() == done
    assert (lock.read_bytes(), again.log(done)) == (before, log)
    # It was running then, and has been finished since: the disk knows.
    assert again.wait_for_end(running).status is BuildStatus.COMPLETED
    assert Path(again.build(running).prefix).is_dir()


def test_a_backup_that_is_older_than_its_store_loses_no_build(open_bench, file):
    bench = open_bench()
    old, gone = bench.completed(), bench.completed()
    last = bench.completed(name="third")
    make(bench, file)
    newer = bench.completed()
    prefix = Path(bench.build(newer).prefix)
    bench.builds.delete(gone)
    bench.stop()
    put_back(bench, file)

    again = open_bench()
    assert "does not know all builds" in again.store.services.identity.doubt
    report = again.store.services.adoption.adopt()
    assert [one.build_id for one in report.adopted] == [newer]
    assert (report.missing, report.doubt) == ((gone,), None)
    assert again.current() == newer
    assert prefix.is_dir()
    assert {old, last, newer} == {row["id"] for row in again.rows(LIVING)}
    assert again.completed() > newer


def test_a_backup_is_checked_without_making_one(bench, file):
    bench.completed()
    make(bench, file)
    before = file.read_bytes()
    bench.completed()
    checked = backup(bench.directory, str(file), "--check")
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.startswith(f"{file} is whole: 1 environments, 1 builds, 1 lockfiles")
    assert file.read_bytes() == before


@pytest.mark.parametrize("harm", ["cut", "flip", "page", "other", "empty", "none", "astray"])
def test_a_backup_that_is_not_whole_is_told(bench, file, harm):
    bench.completed()
    make(bench, file)
    members = contents(file)
    database = members["envstore.db"]
    if harm == "cut":
        file.write_bytes(file.read_bytes()[:-100])
    elif harm == "flip":
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 0xFF
        file.write_bytes(data)
    elif harm == "page":
        write(file, {**members, "envstore.db": database[:4096] + b"\0" * (len(database) - 4096)})
    elif harm == "other":
        manifest = json.loads(members["backup.json"]) | {"format": 99}
        write(file, {**members, "backup.json": json.dumps(manifest).encode()})
    elif harm == "empty":
        write(file, {"../envstore.db": database})
    elif harm == "astray":
        write(file, {"backup.json": members["backup.json"]})
    else:
        file.unlink()
    with pytest.raises((Conflict, NotFound), match=re.escape(str(file))):
        bench.store.services.backup.check(file)
    assert not (file.parent.parent / "envstore.db").exists()


def test_a_backup_of_another_store_is_told(bench, file):
    make(bench, file)
    members = contents(file)
    copy = file.with_name("copy.db")
    copy.write_bytes(members["envstore.db"])
    with closing(sqlite3.connect(copy)) as db, db:
        db.execute("UPDATE store SET id = 'another'")
    data = copy.read_bytes()
    copy.unlink()
    manifest = json.loads(members["backup.json"])
    manifest["database_sha256"] = hashlib.sha256(data).hexdigest()
    write(file, {**members, "envstore.db": data, "backup.json": json.dumps(manifest).encode()})
    checked = backup(bench.directory, str(file), "--check")
    assert checked.returncode == 1
    assert "is whole, and of another store: another" in checked.stderr
    assert "Traceback" not in checked.stderr


def test_what_cannot_be_written_leaves_what_was_there(bench, tmp_path):
    bench.completed()
    nowhere = tmp_path / "nowhere" / "backup.tar.gz"
    with pytest.raises(Refused, match=f"{nowhere} cannot be written: No such file or directory"):
        make(bench, nowhere)
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(Refused, match="Is a directory"):
        make(bench, folder)
    assert list(folder.iterdir()) == []
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_it_is_called_with_one_file(bench):
    wrong = backup(bench.directory, "a", "b")
    assert wrong.returncode == 2
    assert wrong.stderr == "Usage: jupyter envstore backup FILE\n"
