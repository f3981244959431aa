"""Clean-up of real stores: what goes, what never does, and the bytes that the disk gains."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from jupyter_envstore.builder.attempts import Attempts
from jupyter_envstore.domain.build import Build, BuildStatus
from jupyter_envstore.domain.errors import Conflict, NotFound, Refused, StoreUnusable
from jupyter_envstore.domain.settings import Settings
from jupyter_envstore.engine.cache_entries import lock_of_archive
from jupyter_envstore.engine.locks import lock_file
from jupyter_envstore.service.cleanup_plan import Wish
from jupyter_envstore.store.listing import Listing
from tests.builder.bench import Bench
from tests.builder.invariants import check_invariants
from tests.builder.waiting import wait_for
from tests.engine.tiny_channel import TinyChannel

KEEP_ONE = Wish(keep_builds=1)


def ids(choices: Any) -> list[int]:
    return [choice.build.id for choice in choices]


def cleaner(bench: Bench):
    return bench.store.services.cleanup


def prefix_of(bench: Bench, build_id: int) -> Path:
    return Path(bench.build(build_id).prefix)


def du(path: Path) -> int:
    """Ask the system's own `du` for bytes on disk."""
    output = subprocess.run(
        ["du", "-s", "--block-size=1", path], check=True, capture_output=True, text=True
    ).stdout
    return int(output.split()[0])


def empty_trash(bench: Bench) -> None:
    wait_for(lambda: not bench.store.dispatcher.running, "nothing throws anything away")
    bench.store._housekeeper.wake()
    wait_for(lambda: not list((bench.internal / "trash").iterdir()), "the trash is emptied")


def age(bench: Bench, build_id: int, days: float) -> None:
    """Let a build have ended so many days ago."""
    ended = bench.build(build_id).ended_on
    assert ended is not None
    with bench.database() as db:
        db.execute(
            "UPDATE build SET ended_on = ? WHERE id = ?",
            [(ended - timedelta(days=days)).isoformat(), build_id],
        )


@pytest.fixture
def bench(open_bench) -> Bench:
    """A store that cleans up only when a test asks for it."""
    return open_bench(cleanup_interval=0.0)


@pytest.fixture
def program() -> Iterator[Callable[[Path], subprocess.Popen[bytes]]]:
    """Start a program that runs from a prefix, as a kernel does."""
    started = []

    def start(prefix: Path) -> subprocess.Popen[bytes]:
        (prefix / "bin").mkdir(exist_ok=True)
        copy = shutil.copy2(shutil.which("sleep") or "", prefix / "bin" / "sleep")
        started.append(subprocess.Popen([copy, "1000"]))
        exe = Path(f"/proc/{started[-1].pid}/exe")
        wait_for(lambda: exe.readlink() == copy, "the program runs")
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


# -- what goes --------------------------------------------------------------------------------


def test_without_rules_nothing_goes(bench):
    for _ in range(3):
        bench.completed()
    assert cleaner(bench).run(Wish()).builds == ()
    assert bench.builds.list(Listing()).count == 3


def test_a_preview_changes_nothing_and_says_what_will_go(bench):
    first, second, third = (bench.completed() for _ in range(3))
    empty_trash(bench)
    preview = cleaner(bench).preview(KEEP_ONE)
    assert ids(preview.builds) == [first, second]
    assert all(prefix_of(bench, build_id).is_dir() for build_id in (first, second, third))
    assert cleaner(bench).preview(KEEP_ONE) == preview
    assert cleaner(bench).run(KEEP_ONE) == preview
    assert [view.build.id for view in bench.builds.list(Listing()).items] == [third]
    assert cleaner(bench).run(KEEP_ONE).builds == ()


def test_what_goes_is_announced(bench):
    first = bench.completed()
    bench.completed()
    before = len(bench.announced("build", first))
    cleaner(bench).run(KEEP_ONE)
    wait_for(lambda: len(bench.announced("build", first)) > before)


def test_failed_builds_go_with_their_rows_logs_events_and_artifacts(bench):
    failed = bench.submit("refuse")
    bench.wait_until_recorded(failed)
    canceled = bench.submit("sleep")
    bench.wait_until_running(canceled)
    bench.builds.cancel(canceled)
    bench.wait_until_recorded(canceled)
    artifacts = bench.internal / "artifacts" / str(failed)
    artifacts.mkdir(parents=True)
    (artifacts / "conda-lock.yml").write_text("{}")
    bench.completed()
    for build_id in (failed, canceled):
        age(bench, build_id, 3)
    assert len(list((bench.internal / "logs").glob(f"{failed}.*"))) == 2

    wish = Wish(keep_failed_days=4)
    assert cleaner(bench).run(wish).builds == ()
    cleaned = cleaner(bench).run(Wish(keep_failed_days=2))
    assert ids(cleaned.builds) == [failed, canceled]
    assert [gone.reason for gone in cleaned.builds] == [
        "failed more than 2 days ago",
        "canceled more than 2 days ago",
    ]
    assert cleaned.bytes > 0
    assert not artifacts.exists()
    for build_id in (failed, canceled):
        assert not list((bench.internal / "logs").glob(f"{build_id}.*"))
        assert bench.rows("SELECT 1 FROM build WHERE id = ?", build_id) == []
        assert bench.rows("SELECT 1 FROM attempt WHERE build_id = ?", build_id) == []
    assert len(bench.rows("SELECT 1 FROM specification")) == 1


def test_rows_of_builds_that_users_deleted_go_too(bench):
    first = bench.completed()
    bench.completed()
    bench.builds.delete(first)
    assert bench.rows("SELECT 1 FROM build WHERE id = ?", first)
    cleaner(bench).run(Wish())
    assert bench.rows("SELECT 1 FROM build WHERE id = ?", first) == []
    assert bench.rows("SELECT 1 FROM build_package WHERE build_id = ?", first) == []


def test_an_environment_never_goes_by_itself(bench):
    first, second = bench.submit("refuse"), bench.submit("refuse")
    for build_id in (first, second):
        bench.wait_until_recorded(build_id)
        age(bench, build_id, 9)
    cleaned = cleaner(bench).run(Wish(keep_failed_days=1))
    assert (ids(cleaned.builds), ids(cleaned.kept)) == ([first], [second])
    assert bench.environment().environment.name == "env"


def test_a_wish_for_one_environment_leaves_the_others(bench):
    one = [bench.completed(name="one") for _ in range(2)]
    other = [bench.completed(name="other") for _ in range(2)]
    wish = Wish(keep_builds=1, namespace="ns", environment="one")
    assert ids(cleaner(bench).run(wish).builds) == one[:1]
    assert ids(cleaner(bench).preview(Wish(keep_builds=1, namespace="ns")).builds) == other[:1]
    assert cleaner(bench).preview(Wish(keep_builds=1, namespace="nobody")).builds == ()
    with pytest.raises(NotFound):
        cleaner(bench).preview(Wish(namespace="ns", environment="nothing"))


# -- what never goes --------------------------------------------------------------------------


def test_current_pinned_and_used_builds_stay(bench, program):
    old, pinned, used, free, newest = (bench.completed() for _ in range(5))
    bench.environments.switch("ns", "env", old)
    bench.builds.pin(pinned, pinned=True)
    process = program(prefix_of(bench, used))
    bench.notebooks[process.pid] = "analysis.ipynb"
    cleaned = cleaner(bench).run(KEEP_ONE)
    assert ids(cleaned.builds) == [free]
    assert {choice.build.id: choice.reason for choice in cleaned.kept} == {
        old: "the current build of ns/env",
        pinned: "pinned",
        used: "in use by analysis.ipynb",
    }
    assert all(prefix_of(bench, kept).is_dir() for kept in (old, pinned, used, newest))
    assert process.poll() is None


def test_what_becomes_protected_while_others_go_stays(bench, program, monkeypatch):
    """Users start kernels, pin and switch meanwhile: each build is looked at before it goes."""
    first, used, pinned, current, newest = (bench.completed() for _ in range(5))
    assert ids(cleaner(bench).preview(KEEP_ONE).builds) == [first, used, pinned, current]
    discard = Attempts.discard

    def change_then_discard(attempts: Attempts, build: Build) -> None:
        if build.id == first and not bench.notebooks:
            bench.notebooks[program(prefix_of(bench, used)).pid] = "late.ipynb"
            bench.builds.pin(pinned, pinned=True)
            bench.environments.switch("ns", "env", current)
        discard(attempts, build)

    monkeypatch.setattr(Attempts, "discard", change_then_discard)
    cleaned = cleaner(bench).run(KEEP_ONE)
    assert ids(cleaned.builds) == [first]
    assert {choice.build.id: choice.reason for choice in cleaned.kept} == {
        used: "in use by late.ipynb",
        pinned: "pinned",
        current: "the current build of ns/env",
    }
    assert all(prefix_of(bench, kept).is_dir() for kept in (used, pinned, current, newest))


def test_a_build_that_runs_or_waits_stays(bench):
    bench.completed()
    running = bench.submit("gated")
    bench.wait_until_running(running)
    cleaned = cleaner(bench).run(Wish(keep_builds=1, keep_failed_days=0.0001))
    assert (cleaned.builds, cleaned.kept) == ((), ())
    bench.open_gate(running)
    assert bench.wait_for_end(running).status is BuildStatus.COMPLETED


def test_pinned_builds_cannot_be_deleted_with_their_environment_neither(bench):
    first = bench.completed()
    bench.completed()
    bench.builds.pin(first, pinned=True)
    with pytest.raises(Conflict, match=f"Build {first} is pinned"):
        bench.builds.delete(first)
    with pytest.raises(Conflict, match=f"Build {first} is pinned"):
        bench.environments.delete("ns", "env")
    bench.builds.pin(first, pinned=False)
    bench.builds.delete(first)
    with pytest.raises(NotFound):
        bench.builds.pin(first, pinned=True)


def test_with_a_doubtful_database_nothing_goes(bench):
    bench.completed()
    bench.completed()
    with bench.database() as db:
        db.execute("UPDATE store SET needs_adoption = 1")
    with pytest.raises(Conflict) as conflict:
        cleaner(bench).run(KEEP_ONE)
    assert "database" in conflict.value.message
    cleaner(bench).run_if_due()
    assert bench.builds.list(Listing()).count == 2
    with bench.database() as db:
        db.execute("UPDATE store SET needs_adoption = 0")


def test_a_deletion_that_was_cut_short_is_finished(open_bench):
    """A server may be killed between the row and the files."""
    bench = open_bench(start=False)
    bench.store.dispatcher.start()
    first, second = (bench.wait_until_recorded(bench.submit()) for _ in range(2))
    with bench.database() as db:
        db.execute("UPDATE build SET deleted_on = ended_on WHERE id = ?", [first.id])
    assert Path(first.prefix).is_dir()
    cleaner(bench).run(Wish())
    assert not Path(first.prefix).exists()
    assert not (bench.internal / "logs" / f"{first.id}.log").exists()
    assert bench.rows("SELECT id FROM build")[0]["id"] == second.id


# -- one at a time, and by itself ---------------------------------------------------------------


def test_one_clean_up_at_a_time(bench):
    bench.completed()
    descriptor = lock_file(bench.internal / "cleanup.lock", exclusive=True, wait=False)
    with pytest.raises(Conflict, match="Another clean-up"):
        cleaner(bench).run(Wish())
    assert cleaner(bench).preview(Wish()).builds == ()
    os.close(descriptor)
    cleaner(bench).run(Wish())


def test_the_schedule_cleans_up_when_it_is_due(open_bench):
    bench = open_bench(keep_builds=1, recovery_interval=0.1, cleanup_interval=3600.0)
    lock = bench.internal / "cleanup.lock"
    wait_for(lock.exists, "the first clean-up, which finds nothing")
    first = bench.completed()
    bench.completed()
    cleaner(bench).run_if_due()
    assert bench.builds.list(Listing()).count == 2
    os.utime(lock, (0, 0))  # The last one was long ago, by whichever server.
    wait_for(lambda: bench.builds.list(Listing()).count == 1, "the schedule cleans up")
    with pytest.raises(NotFound):
        bench.build(first)
    wait_for(lambda: lock.stat().st_mtime > 0)


def test_only_a_whole_clean_up_counts_for_the_schedule(open_bench):
    bench = open_bench(start=False, keep_builds=1, cleanup_interval=3600.0)
    lock = bench.internal / "cleanup.lock"
    cleaner(bench).run(Wish(namespace="other"))
    assert lock.stat().st_mtime == 0
    cleaner(bench).run_if_due()
    assert lock.stat().st_mtime > 0
    stamp = lock.stat().st_mtime_ns
    cleaner(bench).run_if_due()
    assert lock.stat().st_mtime_ns == stamp


def test_the_schedule_can_be_switched_off(open_bench):
    bench = open_bench(start=False, keep_builds=1, cleanup_interval=0.0)
    cleaner(bench).run_if_due()
    assert not (bench.internal / "cleanup.lock").exists()


def test_a_server_that_stops_ends_its_clean_up(bench):
    """The next server begins again: this one does not count."""
    first = bench.completed()
    bench.completed()
    cleaner(bench).stop()
    with pytest.raises(StoreUnusable, match="stopping"):
        cleaner(bench).run(KEEP_ONE)
    assert prefix_of(bench, first).is_dir()
    assert (bench.internal / "cleanup.lock").stat().st_mtime == 0


# -- quotas -----------------------------------------------------------------------------------

MEBIBYTE = 1 << 20


def fill(bench: Bench, build_id: int, name: str = "data") -> None:
    (prefix_of(bench, build_id) / name).write_bytes(os.urandom(MEBIBYTE))


def test_a_namespace_over_its_quota_loses_its_oldest_builds(open_bench):
    bench = open_bench(namespace_quota=5 * MEBIBYTE // 2, cleanup_interval=0.0)
    builds = []
    for _ in range(2):
        builds.append(bench.completed())
        fill(bench, builds[-1])
    other = bench.submit(namespace="other")
    bench.wait_until_recorded(other)
    fill(bench, other)
    assert cleaner(bench).preview(Wish()).builds == ()
    builds.append(bench.completed())
    fill(bench, builds[-1])
    cleaned = cleaner(bench).run(Wish())
    assert ids(cleaned.builds) == builds[:1]
    assert cleaned.builds[0].reason == "the namespace ns is over its quota"
    assert cleaner(bench).run(Wish()).builds == ()


def test_shared_files_count_once_within_a_namespace(open_bench):
    bench = open_bench(namespace_quota=3 * MEBIBYTE // 2, cleanup_interval=0.0)
    first = bench.completed()
    fill(bench, first)
    for _ in range(3):
        again = bench.completed()
        os.link(prefix_of(bench, first) / "data", prefix_of(bench, again) / "data")
    assert cleaner(bench).preview(Wish()).builds == ()
    usage = bench.store.services.usage.by_namespace()["ns"]
    assert MEBIBYTE <= usage.storage < 3 * MEBIBYTE // 2
    assert usage.storage == usage.own
    build = usage.environments[0].builds[0]
    assert build.size > MEBIBYTE > build.own


def test_submissions_are_refused_while_protected_builds_fill_the_quota(open_bench):
    bench = open_bench(namespace_quota=3 * MEBIBYTE // 2)
    first = bench.completed()
    fill(bench, first)
    second = bench.completed()
    fill(bench, second)
    bench.builds.pin(first, pinned=True)
    for ask in (
        lambda: bench.submit(),
        lambda: bench.builds.rebuild(first, author=None, client=""),
    ):
        with pytest.raises(Refused) as refused:
            ask()
        assert "`EnvStore.namespace_quota` reached. Action environment:" in refused.value.message
        assert "occupy 2 MiB and c.EnvStore.namespace_quota is 2 MiB" in refused.value.hint
    assert bench.submit(namespace="other")
    bench.builds.pin(first, pinned=False)
    third = bench.submit()  # The oldest goes by itself now.
    assert bench.wait_until_recorded(third).status is BuildStatus.COMPLETED
    with pytest.raises(NotFound):
        bench.build(first)


def test_without_a_schedule_submissions_take_nothing_away(open_bench):
    bench = open_bench(namespace_quota=3 * MEBIBYTE // 2, cleanup_interval=0.0)
    for _ in range(2):
        fill(bench, bench.completed())
    with pytest.raises(Refused):
        bench.submit()
    assert bench.builds.list(Listing()).count == 2


# -- bytes, with the real engine ----------------------------------------------------------------


class RealStore(Bench):
    """A store whose builds are real, from a channel of very small packages."""

    def __init__(self, directory: Path, channel: TinyChannel, **settings: Any) -> None:
        self.channel = channel
        values = {
            "store_directory": str(directory),
            "repodata_cache_directory": str(directory.parent / "repodata"),
            "storage_threshold": 0,
            "cleanup_interval": 0.0,
            **settings,
        }
        super().__init__(Settings(**values), directory.parent)
        self.packages = self.internal / "cache" / "packages"
        self.store.start()

    def made(self, *packages: str, name: str = "env") -> int:
        """Build these packages, and return the build's id."""
        text = f"name: {name}\nchannels: [{self.channel.url}]\ndependencies: {list(packages)}\n"
        build_id = self.environments.submit(text, "ns", author=None, client=None).build_id
        build = self.wait_until_recorded(build_id)
        assert build.status is BuildStatus.COMPLETED, self.log(build_id)
        empty_trash(self)  # The directory of the attempt.
        return build_id

    def unused_for(self, days: float) -> None:
        """Let all entries of the cache have been used for the last time so many days ago."""
        for metadata in self.packages.glob("*.lock"):
            with suppress(FileNotFoundError):  # A build replaces it just now.
                used = metadata.stat().st_mtime - days * 86400
                os.utime(metadata, (used, used))

    def entries(self) -> set[str]:
        found = {path.name for path in self.packages.iterdir() if path.is_dir()}
        return {name for name in found if not name.startswith(".")}

    def on_disk(self) -> int:
        """What `du` says, without the database, which grows and shrinks by itself."""
        return du(self.directory) - sum(du(path) for path in self.internal.glob("envstore.db*"))


@pytest.fixture
def real(tmp_path: Path) -> Iterator[RealStore]:
    channel = TinyChannel(tmp_path / "channel")
    for number, name in enumerate(("common", "one", "two")):
        channel.add(name, files={f"share/{name}": os.urandom(200_000 + number)})
    store = RealStore(tmp_path / "store", channel)
    yield store
    store.stop()
    check_invariants(tmp_path / "store")


def test_preview_result_and_disk_agree(real):
    first = real.made("common", "one")
    real.made("common", "two")
    real.unused_for(31)
    preview = cleaner(real).preview(KEEP_ONE)
    assert ids(preview.builds) == [first]
    # The package of the first build alone comes back with it, the common one does not.
    assert preview.cache_entries == 1
    before = real.on_disk()
    result = cleaner(real).run(KEEP_ONE)
    assert result == preview
    assert before - real.on_disk() == result.bytes > 200_000
    assert real.entries() == {"common-1.0-0", "two-1.0-0"}


def test_without_its_package_s_entry_a_build_gives_back_little(real):
    first = real.made("common", "one")
    real.made("common", "two")
    preview = cleaner(real).preview(KEEP_ONE)  # The entries were used just now.
    assert (ids(preview.builds), preview.cache_entries) == ([first], 0)
    before = real.on_disk()
    result = cleaner(real).run(KEEP_ONE)
    assert result.bytes == preview.bytes < 200_000
    assert before - real.on_disk() == result.bytes
    assert real.entries() == {"common-1.0-0", "one-1.0-0", "two-1.0-0"}


def test_a_package_that_is_used_again_is_not_unused(real):
    real.made("common", "one")
    real.made("common", "two")
    real.unused_for(31)
    again = real.made("one", name="again")
    result = cleaner(real).run(KEEP_ONE)
    assert result.cache_entries == 0
    assert real.entries() == {"common-1.0-0", "one-1.0-0", "two-1.0-0"}
    real.unused_for(31)  # A build has it, however long ago that was made.
    assert cleaner(real).run(KEEP_ONE).cache_entries == 0
    real.environments.delete("ns", "again")
    wait_for(lambda: not real.rows("SELECT 1 FROM build WHERE id = ?", again))
    empty_trash(real)
    assert cleaner(real).run(KEEP_ONE).cache_entries == 1
    assert real.made("one", name="later")  # It is fetched again.


def test_an_entry_that_a_build_holds_stays(real):
    real.made("one")
    real.made("two")
    real.unused_for(31)
    held = lock_file(
        lock_of_archive(real.packages, "one-1.0-0.tar.bz2"), exclusive=False, wait=False
    )
    preview = cleaner(real).preview(KEEP_ONE)
    result = cleaner(real).run(KEEP_ONE)
    os.close(held)
    assert (preview.cache_entries, result.cache_entries) == (1, 0)
    assert "one-1.0-0" in real.entries()


def test_an_entry_that_anything_links_stays(real, tmp_path):
    """Another store, or a copy of a prefix by hand, may share the cache."""
    real.made("one")
    real.made("two")
    real.unused_for(31)
    os.link(real.packages / "one-1.0-0" / "share" / "one", tmp_path / "elsewhere")
    assert cleaner(real).run(KEEP_ONE).cache_entries == 0


def test_builds_that_run_during_a_clean_up_lose_nothing(real):
    """Clean-ups without end, of a cache whose every entry is old, under builds that need it."""
    stop = threading.Event()

    def clean_up() -> int:
        entries = 0
        while not stop.is_set():
            real.unused_for(31)
            entries += cleaner(real).run(KEEP_ONE).cache_entries
        return entries

    with ThreadPoolExecutor(1) as pool:
        cleaning = pool.submit(clean_up)
        try:
            for number in range(6):
                package = ("one", "two")[number % 2]
                build_id = real.made("common", package)
                assert (prefix_of(real, build_id) / "share" / package).stat().st_size > 200_000
        finally:
            stop.set()
    assert cleaning.result() > 0


def test_a_cache_with_anything_else_in_it_is_left_alone(real):
    real.made("one")
    real.made("two")
    real.unused_for(31)
    (real.packages / "notes.txt").write_text("mine")
    result = cleaner(real).run(KEEP_ONE)
    assert result.cache_entries == 0
    assert "notes.txt" in (result.cache_left_alone or "")
    assert "c.EnvStore.package_cache_directory" in (result.cache_left_alone or "")
    assert real.entries() == {"one-1.0-0", "two-1.0-0"}


def test_what_a_crash_left_in_the_cache_goes(real):
    real.made("one")
    real.made("two")
    (real.packages / "one-1.0-0.lock").unlink()  # Killed between two steps of a promotion.
    result = cleaner(real).run(KEEP_ONE)
    assert result.cache_entries == 1
    assert real.entries() == {"two-1.0-0"}


def test_byte_code_goes_when_its_package_is_unused(real):
    real.made("one")
    real.made("two")
    group = real.internal / "cache" / "bytecode" / "cpython-311-a70d0d0a"
    unused, litter, recent = group / ("a" * 64), group / ".half-made", group / ("b" * 64)
    for entry in (unused, litter, recent):
        entry.mkdir(parents=True)
        (entry / "0.pyc").write_bytes(b"code")
        (entry / "manifest.json").write_text("{}")
    os.utime(unused / "manifest.json", (0, 0))
    os.utime(litter / "manifest.json", (0, 0))
    linked = group / ("c" * 64)
    shutil.copytree(unused, linked)
    os.link(linked / "0.pyc", prefix_of(real, 2) / "linked.pyc")
    assert cleaner(real).run(Wish()).cache_entries == 2
    assert {path.name for path in group.iterdir()} == {recent.name, linked.name}


def test_usage_of_the_store_is_what_du_says(real):
    real.made("common", "one")
    real.made("common", "two")
    usage = real.store.services.usage.store()
    parts = [usage.builds, usage.packages, usage.byte_code, usage.wheels]
    parts += [usage.records, usage.work, usage.trash]
    assert usage.builds.own < usage.builds.size
    assert sum(part.size for part in parts) > usage.size
    # `du` counts directories on the way to the parts, and small files of the store, too.
    assert 0 <= real.on_disk() - usage.size < 100_000
    assert usage.free > 0


def test_the_history_tells_by_which_rule_a_build_went_and_who_asked(open_bench):
    bench = open_bench()
    first = bench.completed()
    bench.completed()
    bench.store.services.cleanup.run(Wish(keep_builds=1), actor="ada")
    history = bench.store.services.naming.history("ns", "env", Listing()).items
    (deleted,) = [entry for entry in history if entry.deed == "deleted"]
    assert (deleted.actor, deleted.build_id, deleted.build_status) == ("ada", first, None)
    assert deleted.detail.startswith("clean-up: ")
