"""Folders whose environment files are built: whatever is wrong with one stops nothing else."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from jupyter_envstore.domain.build import BuildStatus
from jupyter_envstore.domain.watched_files import environment_named_by, is_watched
from jupyter_envstore.service import watched_path
from jupyter_envstore.service.watched_path import WatchedPath
from tests.builder.waiting import wait_for

PACKAGE = "https://example.org/c/linux-64/finish-1.0-0.conda"
LOCK = f"# platform: linux-64\n@EXPLICIT\n{PACKAGE}#{'0' * 32}\n"


BROKEN = ("a-broken", "b-latin", "f-huge", "g-forbidden", "z-good")


def yml(name: str | None = "env", behaviour: str = "finish", more: str = "") -> str:
    head = f"name: {name}\n" if name else ""
    return f"{head}channels: [https://example.org/c]\ndependencies: [{behaviour}{more}]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "watched"
    folder.mkdir()
    return folder


@pytest.fixture
def bench(open_bench, folder, monkeypatch):
    monkeypatch.setattr(watched_path, "QUIET", 0.2)
    monkeypatch.setattr(watched_path, "LOOK", 0.05)
    return open_bench(watch_paths=(str(folder),))


class Watch:
    """The watch of a folder that looks when a test wants it to, at the time that a test wants."""

    def __init__(self, bench, folder: Path) -> None:
        self.now = 1000.0
        real: WatchedPath = bench.store._watching._watches[0]
        self.watch = WatchedPath(
            str(folder),
            namespace=real._namespace,
            file_builds=real._file_builds,
            files=real._files,
            builds=real._builds,
            monotonic=lambda: self.now,
        )

    def look(self, *, after: float = 0.0) -> None:
        self.now += after
        self.watch.look()


@pytest.fixture
def watch(open_bench, folder) -> Watch:
    bench = open_bench(start=False, watch_paths=(str(folder),))
    watch = Watch(bench, folder)
    watch.bench = bench
    return watch


def builds_of(bench, name: str = "env") -> list:
    rows = bench.rows(
        "SELECT build.id, author, client, text FROM build"
        " JOIN environment ON environment.id = environment_id WHERE name = ? ORDER BY 1",
        name,
    )
    return [dict(row) for row in rows]


def files(bench) -> dict[str, dict]:
    return {
        Path(file.path).name: {**vars(file), "there": there}
        for file, there in bench.store.services.watching.watched().files
    }


def settled(bench, name: str) -> dict:
    return wait_for(lambda: files(bench).get(name), f"{name} is dealt with")


def test_a_new_file_and_a_changed_one_are_built(bench, folder):
    (folder / "environment.yml").write_text(yml())
    first = settled(bench, "environment.yml")
    assert (first["namespace"], first["environment"]) == ("filesystem", "env")
    assert bench.wait_for_end(first["build_id"]).status is BuildStatus.COMPLETED
    (made,) = builds_of(bench)
    assert (made["author"], made["client"]) == (None, "watch_paths")

    (folder / "environment.yml").write_text(yml(more=", other"))
    wait_for(lambda: files(bench)["environment.yml"]["build_id"] != first["build_id"])
    assert len(builds_of(bench)) == 2
    # Nothing follows from the removal of a file, but that it is told.
    (folder / "environment.yml").unlink()
    wait_for(lambda: not files(bench)["environment.yml"]["there"])
    assert bench.environment("env", "filesystem") is not None


def test_a_broken_file_stops_nothing_but_itself_and_is_told_once(bench, folder, caplog):
    caplog.set_level(logging.WARNING)
    broken = folder / "a-broken.yml"
    broken.write_text("name: [")
    (folder / "b-latin.yml").write_bytes(b"name: caf\xe9\n")
    os.mkfifo(folder / "c-pipe.yml")
    (folder / "d-folder.yml").mkdir()
    (folder / "e-gone.yml").symlink_to(folder / "nowhere")
    (folder / "f-huge.yml").write_text("# " + "x" * 7_000_000)
    (folder / "g-forbidden.yml").write_text(yml("a/b"))
    (folder / "z-good.yml").write_text(yml("good"))
    assert settled(bench, "z-good.yml")["build_id"] is not None
    assert settled(bench, "a-broken.yml")["problem"].startswith("line 1: ")
    assert "not text in UTF-8" in settled(bench, "b-latin.yml")["problem"]
    assert "bytes" in settled(bench, "f-huge.yml")["problem"]
    assert "name" in settled(bench, "g-forbidden.yml")["problem"]
    assert set(files(bench)) == {f"{n}.yml" for n in BROKEN}
    told = [record for record in caplog.records if str(broken) in record.getMessage()]
    assert len(told) == 1
    # Looked at many times more, it is told no more; mended, it is built.
    broken.touch()
    (folder / "zz-later.yml").write_text(yml("later"))
    settled(bench, "zz-later.yml")
    told = [record for record in caplog.records if str(broken) in record.getMessage()]
    assert len(told) == 1
    broken.write_text(yml("mended"))
    wait_for(lambda: files(bench)["a-broken.yml"]["build_id"])
    assert files(bench)["a-broken.yml"]["problem"] is None


def test_files_of_all_kinds_are_built_under_a_name_that_says_what_they_are(bench, folder):
    texts = {
        "data.yml": yml(None),
        "lab.conda-lock.yml": '{"version": 1, "metadata": {"channels": []}, "package": ['
        f'{{"name": "finish", "version": "1.0", "manager": "conda", "platform": "linux-64",'
        f' "url": "{PACKAGE}", "hash": {{"md5": "{"0" * 32}"}}}}]}}',
        "gpu.explicit.txt": LOCK,
        "requirements-web.txt": "idna\n",
        "requirements.txt": "idna\n",
        "pixi.toml": '[workspace]\nname = "pix"\nchannels = ["c"]\n[dependencies]\nfinish = "*"\n',
        "README.md": "no environment",
        "notes.txt": "idna\n",
        ".hidden.yml": yml("hidden"),
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    names = {"data.yml", "lab.conda-lock.yml", "gpu.explicit.txt", "requirements-web.txt"}
    names |= {"requirements.txt", "pixi.toml"}
    found = {name: settled(bench, name) for name in names}
    assert {name: entry["environment"] for name, entry in found.items()} == {
        "data.yml": "data",
        "lab.conda-lock.yml": "lab",
        "gpu.explicit.txt": "gpu",
        "requirements-web.txt": "requirements-web",
        "requirements.txt": "watched",
        "pixi.toml": "pix",
    }
    assert set(files(bench)) == names
    assert bench.build(found["gpu.explicit.txt"]["build_id"]).locked


def test_a_file_is_read_when_it_is_not_written_any_more(watch, folder):
    file = folder / "env.yml"
    file.write_text(yml()[:10])
    watch.look()
    watch.look(after=1.9)
    file.write_text(yml())
    watch.look(after=0.2)
    watch.look(after=1.9)
    assert files(watch.bench) == {}
    watch.look(after=0.2)
    assert files(watch.bench)["env.yml"]["build_id"] is not None
    assert len(builds_of(watch.bench)) == 1
    # What counts is what it says, not when it was written.
    file.write_text(yml())
    watch.look(after=5)
    watch.look(after=5)
    assert len(builds_of(watch.bench)) == 1


def test_what_there_is_no_room_for_is_tried_again(watch, folder, monkeypatch):
    (folder / "env.yml").write_text(yml())
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=-1))
        watch.look()
        watch.look(after=3)
        assert "insufficient storage" in files(watch.bench)["env.yml"]["problem"]
    watch.look(after=30)
    assert files(watch.bench)["env.yml"]["build_id"] is None
    watch.look(after=31)
    assert files(watch.bench)["env.yml"]["build_id"] is not None


def test_of_several_servers_one_has_it_built(open_bench, folder, monkeypatch):
    monkeypatch.setattr(watched_path, "QUIET", 0.2)
    monkeypatch.setattr(watched_path, "LOOK", 0.05)
    servers = [open_bench(watch_paths=(str(folder),)) for _ in range(3)]
    names = [f"e{number}" for number in range(8)]
    for name in names:
        (folder / f"{name}.yml").write_text(yml(name))
    (folder / "broken.yml").write_text("name: [")
    for server in servers:
        watch = server.store._watching._watches[0]
        wait_for(lambda watch=watch: _has_dealt_with_all(watch, len(names) + 1))
    assert [len(builds_of(servers[0], name)) for name in names] == [1] * len(names)
    for name in names:
        servers[0].wait_for_end(builds_of(servers[0], name)[0]["id"])


def test_a_crash_between_the_build_and_its_note_leaves_neither(watch, folder, open_bench):
    (folder / "env.yml").write_text(yml())
    database = watch.bench.store._database
    watch.look()

    def killed(*_: object) -> None:
        raise SystemExit

    watch.watch._files.note_build = killed
    with pytest.raises(SystemExit):
        watch.look(after=3)
    assert database.read().execute("SELECT count(*) FROM build").fetchone() == (0,)
    again = Watch(open_bench(start=False, watch_paths=(str(folder),)), folder)
    again.look()
    again.look(after=3)
    assert len(builds_of(watch.bench)) == 1


def test_after_the_database_was_lost_nothing_is_built_anew(open_bench, folder):
    bench = open_bench(start=False, watch_paths=(str(folder),))
    (folder / "env.yml").write_text(yml())
    watch = Watch(bench, folder)
    watch.look()
    watch.look(after=3)
    with bench.database() as db:
        db.execute("DELETE FROM watched_file")
    again = Watch(bench, folder)
    again.look()
    again.look(after=3)
    (only,) = builds_of(bench)
    assert files(bench)["env.yml"]["build_id"] == only["id"]


def test_a_folder_that_is_not_there_is_told_and_waited_for(bench, folder, caplog):
    caplog.set_level(logging.WARNING)
    moved = folder.with_name("away")
    folder.rename(moved)

    def problem() -> str | None:
        (only,) = bench.store.services.watching.watched().folders
        return only.problem

    assert "No such file or directory" in wait_for(problem)
    (moved / "env.yml").write_text(yml())
    moved.rename(folder)
    settled(bench, "env.yml")
    assert problem() is None
    told = [record for record in caplog.records if "c.EnvStore.watch_paths" in record.getMessage()]
    assert len(told) == 1


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/w/ml.yml", "ml"),
        ("/w/ml.environment.yaml", "ml"),
        ("/w/ml.pixi.lock", "ml"),
        ("/w/environment.yml", "w"),
        ("/w/conda-lock.yml", "w"),
        ("/w/pixi.lock", "w"),
        ("/w/v1.2.yml", "v1.2"),
    ],
)
def test_what_an_environment_is_called_whose_file_does_not_say(path, name):
    assert environment_named_by(path) == name
    assert is_watched(Path(path).name)


@pytest.mark.parametrize("name", [".a.yml", "poetry.lock", "notes.txt", "a.yml~", "a.yml.swp"])
def test_other_files_are_none_of_ours(name):
    assert not is_watched(name)


def _has_dealt_with_all(watch: WatchedPath, number: int) -> bool:
    seen = list(watch._seen.values())
    return len(seen) == number and all(one.next_try == float("inf") for one in seen)
