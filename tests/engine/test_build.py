"""Whole builds from a tiny channel: what is in the prefix, and what is told."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from rattler import LockFile

from jupyter_envstore.domain.build import Phase
from jupyter_envstore.domain.events import PhaseEntered, Progress, Solved, Started, Warned

from .running import Outcome, Workshop
from .tiny_channel import PLACEHOLDER, TinyChannel


@pytest.fixture
def pair(tiny: TinyChannel) -> None:
    tiny.add(
        "library",
        "2.5",
        {
            "lib/library.txt": "content",
            "etc/library.conf": f"prefix={PLACEHOLDER}\n",
            "bin/library": b"\x7fELF\0" + PLACEHOLDER.encode() + b"/share\0rest",
        },
        modes={"lib/library.txt": 0o666, "bin/library": 0o755},
        about={"license": "MIT", "summary": "A library."},
    )
    tiny.add("tool", "1.2", {"share/tool": "tool"}, depends=["library >=2"], subdir="noarch")


@pytest.fixture
def outcome(pair: None, workshop: Workshop) -> Outcome:
    return workshop.build("tool 1.*", variables={"GREETING": "hé $HOME"})


def test_the_prefix_has_the_files(outcome: Outcome) -> None:
    assert outcome.finished
    assert (outcome.prefix / "lib/library.txt").read_text() == "content"
    assert (outcome.prefix / "etc/library.conf").read_text() == f"prefix={outcome.prefix}\n"
    assert not os.path.lexists(outcome.prefix / "CACHEDIR.TAG")


def test_no_trace_of_the_staging_path_remains(outcome: Outcome) -> None:
    staging = os.fsencode(outcome.order.directory)
    files = [path for path in outcome.prefix.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert [path for path in files if staging in path.read_bytes()] == []


def test_events_tell_the_phases_in_order(outcome: Outcome) -> None:
    assert isinstance(outcome.events[0], Started)
    assert outcome.events[0].pid > 0
    phases = [event.phase for event in outcome.of(PhaseEntered)]
    assert phases == [
        Phase.SOLVING,
        Phase.DOWNLOADING,
        Phase.LINKING,
        Phase.COMPILING,
        Phase.VERIFYING,
        Phase.LOCKING,
    ]
    assert set(outcome.finished.seconds) == {phase.value for phase in phases}
    (solved,) = outcome.of(Solved)
    assert solved.packages == 2
    assert solved.download_bytes > 0
    last = [event for event in outcome.of(Progress) if event.phase is Phase.LINKING][-1]
    assert (last.packages_done, last.packages_total) == (2, 2)


def test_the_log_reads_like_one(outcome: Outcome) -> None:
    assert outcome.log.startswith("starting build of conda environment ")
    assert outcome.log.splitlines()[0].endswith(" UTC")
    for line in ("Preparing transaction:", "Executing transaction:", "Solving environment"):
        assert line in outcome.log
    assert "tool 1.2 0" in outcome.log


def test_nothing_is_downloaded_the_second_time(outcome: Outcome, workshop: Workshop) -> None:
    again = workshop.build("tool 1.*")
    assert again.finished
    assert again.of(Solved)[0].download_bytes == 0
    first = (outcome.prefix / "lib/library.txt").stat()
    assert (again.prefix / "lib/library.txt").stat().st_ino == first.st_ino


def test_files_shared_with_the_cache_cannot_be_written(outcome: Outcome) -> None:
    for path in (outcome.prefix / "lib/library.txt", outcome.prefix / "share/tool"):
        assert path.stat().st_nlink == 2
        assert stat.S_IMODE(path.stat().st_mode) == 0o444


def test_nobody_else_may_write_and_everybody_may_read(outcome: Outcome) -> None:
    paths = [outcome.prefix, *outcome.prefix.rglob("*")]
    modes = {path: path.stat().st_mode for path in paths if not path.is_symlink()}
    assert [path for path, mode in modes.items() if mode & 0o022] == []
    assert [path for path, mode in modes.items() if not mode & stat.S_IROTH] == []


def test_sizes_are_counted(outcome: Outcome) -> None:
    files = [path.stat() for path in outcome.prefix.rglob("*") if path.is_file()]
    assert outcome.finished.size == sum(status.st_size for status in files)
    own = sum(status.st_blocks * 512 for status in files if status.st_nlink == 1)
    assert outcome.finished.size_own == own


def test_the_packages_are_listed(outcome: Outcome, tiny: TinyChannel) -> None:
    rows = json.loads((Path(outcome.order.directory) / "packages.json").read_text())
    by_name = {row["name"]: row for row in rows}
    assert by_name["library"]["summary"] == "A library."
    assert by_name["library"]["license"] == "MIT"
    assert by_name["library"]["channel"] == tiny.url
    assert by_name["tool"]["depends"] == ["library >=2"]
    assert [row["requested"] for row in (by_name["tool"], by_name["library"])] == [True, False]


def test_the_lockfile_is_one_of_conda_lock(outcome: Outcome, tiny: TinyChannel) -> None:
    lock = Path(outcome.order.lock_artifact)
    document = json.loads(lock.read_text())
    assert document["version"] == 1
    assert document["metadata"]["channels"] == [{"url": tiny.url, "used_env_vars": []}]
    tool = next(p for p in document["package"] if p["name"] == "tool")
    assert tool["dependencies"] == {"library": ">=2"}
    assert tool["hash"]["sha256"] == tiny.records["noarch"]["tool-1.2-0.tar.bz2"]["sha256"]
    environments = LockFile.from_path(lock).environments()
    (_, environment), *_ = environments
    names = {package.name for package in environment.packages(environment.platforms()[0])}
    assert names == {"library", "tool"}


def test_conda_finds_what_it_expects(outcome: Outcome, tiny: TinyChannel) -> None:
    meta = outcome.prefix / "conda-meta"
    history = (meta / "history").read_text()
    assert f"+{tiny.url}/noarch::tool-1.2-0\n" in history
    assert "# update specs: ['tool 1.*']\n" in history
    state = json.loads((meta / "state").read_text())
    assert state == {"version": 1, "env_vars": {"GREETING": "hé $HOME"}}
    assert "default/tiny" in json.loads((meta / "frozen").read_text())["message"]
    marker = json.loads((meta / "envstore").read_text())
    assert (marker["store_id"], marker["build_id"], marker["attempt"]) == ("store-1", 1, 1)
    record = json.loads((meta / "tool-1.2-0.json").read_text())
    assert record["requested_specs"] == ["tool 1.*"]
    assert Path(record["extracted_package_dir"]).is_dir()
    assert record["link"]["source"] == record["extracted_package_dir"]


def test_conda_and_mamba_can_read_every_record(outcome: Outcome) -> None:
    """They take every such file for a record, and break off at a name that is none."""
    files = list((outcome.prefix / "conda-meta").glob("*.json"))
    assert files
    for file in files:
        record = json.loads(file.read_text())
        name, version, build = file.stem.rsplit("-", 2)
        assert (record["name"], record["version"], record["build"]) == (name, version, build)


def test_two_packages_with_one_path_are_a_warning(tiny: TinyChannel, workshop: Workshop) -> None:
    tiny.add("clobber-a", files={"share/common": "a", "share/a": "a"})
    tiny.add("clobber-b", files={"share/common": "b", "share/b": "b"})
    outcome = workshop.build("clobber-a", "clobber-b")
    assert outcome.finished
    (warning,) = outcome.of(Warned)
    for word in ("clobber-a", "clobber-b", "share/common"):
        assert word in warning.message
    assert warning.message in outcome.log


def test_two_packages_with_one_path_can_be_refused(tiny: TinyChannel, workshop: Workshop) -> None:
    tiny.add("clobber-a", files={"share/common": "a"})
    tiny.add("clobber-b", files={"share/common": "b"})
    outcome = workshop.build("clobber-a", "clobber-b", path_conflict="prevent")
    assert outcome.refused.kind == "conflict"
    assert "share/common" in outcome.refused.message
    assert not outcome.prefix.exists()


def test_a_prefix_that_is_there_is_never_touched(pair: None, workshop: Workshop) -> None:
    order = workshop.order("tool")
    Path(order.prefix).mkdir(parents=True)
    outcome = workshop.start(order).wait()
    assert outcome.refused.kind == "path"
    assert list(Path(order.prefix).iterdir()) == []


def test_a_prefix_that_is_too_long_is_refused_before_the_solve(workshop: Workshop) -> None:
    outcome = workshop.build("nothing", prefix="/" + "x" * 255)
    assert outcome.refused.kind == "path"
    assert "build_path too long: must be <= 255 characters" in outcome.refused.message
    assert outcome.of(PhaseEntered) == []


def test_a_prefix_of_255_characters_works(pair: None, workshop: Workshop, tmp_path: Path) -> None:
    room = 255 - len(str(tmp_path / "store")) - 1
    prefix = str(tmp_path / "store") + "/" + "p" * room
    if room > 200:
        prefix = str(tmp_path / "store" / ("d" * 100)) + "/" + "p" * (room - 101)
    assert len(prefix) == 255
    outcome = workshop.build("tool", prefix=prefix)
    assert outcome.finished
    assert prefix.encode() in (outcome.prefix / "bin/library").read_bytes()


def test_a_nearly_full_disk_is_refused(pair: None, workshop: Workshop) -> None:
    outcome = workshop.build("tool", storage_threshold=1 << 60)
    assert outcome.refused.kind == "disk"
    assert "storage_threshold" in (outcome.refused.hint or "")


def test_a_cache_that_cannot_be_written_is_named(pair: None, workshop: Workshop) -> None:
    in_the_way = workshop.root / "file"
    in_the_way.write_text("")
    outcome = workshop.build("tool", package_cache=str(in_the_way / "pkgs"))
    assert outcome.refused.kind == "disk"
    assert str(in_the_way) in outcome.refused.message
