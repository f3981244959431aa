"""What a killed server, or a crash between two steps, leaves behind, and what becomes of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from jupyter_envstore.builder.dispatcher import Dispatcher
from jupyter_envstore.builder.index_file import read_index
from jupyter_envstore.builder.publisher import Publisher
from jupyter_envstore.composition import make_layout
from jupyter_envstore.domain.build import BuildStatus
from jupyter_envstore.domain.errors import Conflict
from jupyter_envstore.domain.moments import utc_now
from jupyter_envstore.engine.conda_meta import seal, write_marker
from jupyter_envstore.engine.family import ATTEMPT_VARIABLE, mark_of
from jupyter_envstore.engine.protocol import write_order
from jupyter_envstore.integration import kernelspecs, links, lock
from jupyter_envstore.integration.kernelspecs import list_kernels
from jupyter_envstore.integration.links import read_link
from jupyter_envstore.store.builds import Builds
from jupyter_envstore.store.database import Database
from jupyter_envstore.store.files import Trash
from jupyter_envstore.store.leases import this_machine

from .waiting import wait_for

QUEUED, BUILDING = BuildStatus.QUEUED, BuildStatus.BUILDING
COMPLETED, FAILED, CANCELED = BuildStatus.COMPLETED, BuildStatus.FAILED, BuildStatus.CANCELED

GONE = "a-server-that-is-gone"


def claim_for(bench, owner: str = GONE):
    """Let a server that does not exist take the oldest build, as one that was killed after it."""
    with closing(Database(str(bench.internal / "envstore.db"))) as database:
        return Builds(database, make_layout(bench.settings)).claim(owner, utc_now())


def make_prefix(path: Path, store_id: str | None, build_id: int = 1, attempt: int = 1) -> Path:
    """Make what a killed process leaves: a prefix that nobody says to be whole."""
    (path / "conda-meta").mkdir(parents=True)
    (path / "content").write_text("precious")
    if store_id is not None:
        marker = {"store_id": store_id, "build_id": build_id, "attempt": attempt}
        (path / "conda-meta" / "envstore").write_text(json.dumps(marker))
    return path


def store_id(bench) -> str:
    return bench.store.services.identity.store_id


def tidy(bench) -> None:
    """Run a round of recovery, and wait for its end."""
    bench.store._housekeeper._recovery.run()


# -- builds whose server is gone ------------------------------------------------------------------


def test_a_build_of_a_killed_server_is_queued_again_and_finished(open_bench):
    bench = open_bench(start=False)
    build_id = bench.submit()
    claimed = claim_for(bench)
    left = make_prefix(Path(claimed.prefix), store_id(bench))
    (bench.internal / "work" / f"{build_id}.1" / "prefix").mkdir(parents=True)
    bench.stop()
    again = open_bench()
    build = again.wait_for_status(build_id, COMPLETED)
    assert (build.attempts, build.releases) == (2, 0)
    assert build.prefix != claimed.prefix
    assert not left.exists()
    gone = "The server that ran this build is gone; it is queued again."
    assert gone in again.log(build_id)
    owners = [row["owner"] for row in again.rows("SELECT owner FROM attempt ORDER BY number")]
    assert owners[0] == GONE != owners[1]


def test_a_build_whose_servers_die_again_and_again_fails(open_bench):
    bench = open_bench(start=False, max_attempts=2)
    build_id = bench.submit()
    claim_for(bench)
    tidy(bench)
    assert bench.build(build_id).status is QUEUED
    claim_for(bench)
    tidy(bench)
    build = bench.build(build_id)
    assert build.status is FAILED
    assert build.status_info.startswith(
        "What ran this build, its server or its supervisor, went away 2 times."
    )
    assert build.status_info in bench.log(build_id)


def test_a_build_that_was_canceled_before_its_server_died_is_canceled(open_bench):
    bench = open_bench(start=False)
    build_id = bench.submit()
    claim_for(bench)
    bench.builds.cancel(build_id)
    tidy(bench)
    assert bench.build(build_id).status is CANCELED


def test_nobody_touches_a_build_whose_server_lives(open_bench):
    first, second = open_bench(), open_bench(start=False)
    build_id = first.submit("gated")
    attempt = first.wait_until_running(build_id)
    tidy(second)
    assert first.build(build_id).status is BUILDING
    assert attempt.is_dir()
    first.open_gate(build_id)
    assert first.wait_until_recorded(build_id).attempts == 1


def test_a_process_that_outlives_its_server_is_ended_before_anything_is_removed(
    open_bench,
):
    bench = open_bench(start=False)
    build_id = bench.submit("sleep")
    build = claim_for(bench)
    attempts = bench.builds._attempts
    specification, _ = bench.store.dispatcher._builds.specification(build)
    order = attempts.begin(build, specification, "linux-64")
    # Its lifeline is a pipe that stays open: it does not notice that it is alone.
    with (
        (Path(order.directory) / "events.jsonl").open("wb") as events,
        subprocess.Popen(
            [sys.executable, "-m", "fake_worker", str(write_order(order))],
            stdin=subprocess.PIPE,
            stdout=events,
            env={**os.environ, ATTEMPT_VARIABLE: mark_of(order.store_id, order.directory)},
            start_new_session=True,
        ) as worker,
    ):
        try:
            bench.wait_until_running(build_id)
            wait_for(lambda: attempts.process_lives(build))
            bench.store.start()
            assert worker.wait(20) == -signal.SIGKILL
            wait_for(lambda: bench.build(build_id).attempts == 2)
            wait_for(lambda: not Path(order.directory).exists())
        finally:
            worker.kill()


def test_two_servers_that_recover_at_once_lose_no_product(open_bench):
    """Both saw the build run under a dead server; the other one has recorded its end meanwhile."""
    bench = open_bench()
    build_id = bench.submit()
    bench.wait_until_recorded(build_id)
    bench.stop()
    again = open_bench(start=False)
    recovery = again.store._housekeeper._recovery
    seen = replace(again.build(build_id), status=BUILDING, owner=GONE, ended_on=None)
    assert recovery._release(seen) is None
    tidy(again)
    assert Path(again.build(build_id).prefix).is_dir()


def test_processes_of_other_attempts_are_left_alone(open_bench):
    bench = open_bench(start=False)
    build_id = bench.submit()
    attempt = bench.builds._attempts.directory(claim_for(bench))
    other = mark_of(store_id(bench), attempt.with_name(f"{build_id}.10"))
    environment = {**os.environ, ATTEMPT_VARIABLE: other}
    with subprocess.Popen(["sleep", "100"], env=environment, start_new_session=True) as innocent:
        tidy(bench)
        assert innocent.poll() is None
        innocent.kill()
    assert bench.build(build_id).status is QUEUED


def test_an_attempt_that_is_being_thrown_away_is_not_taken_for_finished(open_bench, monkeypatch):
    """Two servers recover at once, or one dies in the middle: the prefix must not outlast."""
    bench = open_bench(start=False)
    build_id = bench.submit()
    claimed = claim_for(bench)
    attempts = bench.builds._attempts
    specification, _ = bench.store.dispatcher._builds.specification(claimed)
    order = attempts.begin(claimed, specification, "linux-64")
    (Path(claimed.prefix) / "conda-meta").mkdir(parents=True)
    write_marker(Path(claimed.prefix, "conda-meta"), order)
    seal(Path(claimed.prefix), order, size=1, size_own=1)
    take = Trash.take

    def take_once(trash, path):
        monkeypatch.setattr(Trash, "take", dies)
        return take(trash, path)

    def dies(trash, path):
        raise RuntimeError("killed")

    monkeypatch.setattr(Trash, "take", take_once)
    with pytest.raises(RuntimeError, match="killed"):
        attempts.discard(claimed)
    monkeypatch.setattr(Trash, "take", take)
    tidy(bench)
    assert bench.build(build_id).status is QUEUED
    assert not Path(claimed.prefix).exists()
    bench.store.start()
    assert bench.wait_until_recorded(build_id).attempts == 2


# -- what nobody owns -----------------------------------------------------------------------------


def test_only_what_is_provably_ours_and_unused_is_removed(open_bench):
    bench = open_bench(start=False)
    failed, build_id = bench.submit("refuse"), bench.submit()
    bench.store.start()
    assert bench.wait_for_end(failed).status is FAILED
    used = Path(bench.wait_until_recorded(build_id).prefix)
    own = store_id(bench)
    ours = make_prefix(used.parent / "left-by-a-crash", own, failed)
    ours_v3 = make_prefix(bench.directory / ("0" * 32), own, failed)
    in_another_namespace = make_prefix(bench.directory / "gone" / "x", own, failed)
    pointed_at = make_prefix(used.parent / "pointed-at", own, failed)
    (bench.link().parent / "somebodys-link").symlink_to(pointed_at)
    kept = [
        used,
        pointed_at,
        make_prefix(used.parent / "not-ours", None),
        make_prefix(used.parent / "of-another-store", "another", failed),
        make_prefix(bench.link().parent / "made-by-conda", None),
        make_prefix(used.parent / "of-a-build-that-nobody-asked-for", own, 99),
        make_prefix(used.parent / "of-an-attempt-that-never-was", own, failed, attempt=7),
    ]
    (used.parent / "a-file").write_text("x")
    tidy(bench)
    assert [path.exists() for path in (ours, ours_v3, in_another_namespace)] == [False] * 3
    assert [path.exists() for path in kept] == [True] * len(kept)
    assert (used.parent / "a-file").exists()
    assert not any((bench.internal / "trash").iterdir())
    (bench.link().parent / "somebodys-link").unlink()


def test_what_a_purged_environment_left_behind_is_removed(open_bench):
    bench = open_bench()
    build = bench.build(bench.completed())
    bench.environments.delete("ns", "env")
    wait_for(lambda: not bench.rows("SELECT 1 FROM build"), "the rows go")
    left = make_prefix(Path(build.prefix).parent / "left", store_id(bench), build.id)
    tidy(bench)
    assert not left.exists()


def test_records_of_builds_that_were_removed_go(open_bench):
    bench = open_bench()
    kept, removed = bench.completed(), bench.completed(name="other")
    bench.environments.delete("ns", "other")
    wait_for(lambda: not bench.rows("SELECT 1 FROM build WHERE id = ?", removed))
    bench.stop()
    again = open_bench(start=False)
    # Written by a server that ended the build while another one removed it.
    late = [bench.internal / "logs" / f"{removed}.log", bench.internal / "artifacts" / f"{removed}"]
    late[0].write_text("canceled")
    late[1].mkdir(exist_ok=True)
    unknown = bench.internal / "logs" / "77.log"
    unknown.write_text("of a database that is lost")
    tidy(again)
    assert [path.exists() for path in (*late, unknown)] == [False, False, True]
    assert (bench.internal / "logs" / f"{kept}.log").exists()
    tidy(again)
    assert unknown.exists()


def test_what_was_half_written_when_servers_were_killed_goes(open_bench):
    bench = open_bench()
    published = bench.completed()
    index = bench.internal / ".index.json.0123abcd.tmp"
    index.write_text("{")
    link = bench.link().parent / ".envstore-link-0123"
    link.mkdir()
    (link / "new").symlink_to(bench.build(published).prefix)
    lease = bench.internal / "servers" / ".0123.4567"
    lease.write_text(f"{0:020}\n{json.dumps({'machine': this_machine()})}\n")
    probe = bench.internal / ".probe-0123"
    probe.touch()
    bench.stop()
    tidy(open_bench(start=False))
    assert [path for path in (index, link, lease, probe) if path.exists()] == []


def test_litter_of_attempts_goes_and_what_we_do_not_know_stays(open_bench):
    bench = open_bench(start=False)
    work = bench.internal / "work"
    (work / "77.1" / "prefix" / "deep").mkdir(parents=True)
    (work / "notes").mkdir()
    bench.store.start()
    running = bench.submit("gated")
    attempt = bench.wait_until_running(running)
    tidy(bench)
    assert sorted(entry.name for entry in work.iterdir()) == [attempt.name, "notes"]
    bench.open_gate(running)
    bench.wait_until_recorded(running)
    (work / "notes").rmdir()


def test_links_and_kernels_are_mended(open_bench):
    bench = open_bench()
    older, current = bench.completed(), bench.completed()
    other = bench.completed(name="other")
    wrong = bench.build(older).prefix
    bench.stop()
    links.replace_link(bench.link(), wrong, store=bench.directory)
    bench.link("other").unlink()
    shutil.rmtree(bench.internal / "kernels")
    again = open_bench(start=False)
    tidy(again)
    assert read_link(again.link()) == again.build(current).prefix
    assert read_link(again.link("other")) == again.build(other).prefix
    assert {(k.environment, k.build_id) for k in again.environments.kernels()} == {
        ("env", current),
        ("other", other),
    }


def test_a_server_that_is_suspended_while_it_publishes_keeps_no_build_waiting(
    open_bench, monkeypatch, caplog
):
    monkeypatch.setattr(lock, "PATIENCE", 0.1)
    bench = open_bench(recovery_interval=86400)
    wait_for((bench.internal / "index.json").exists, "the round at the start is over")
    with lock.exclusive(bench.internal / "publish.lock"):
        build_id = bench.submit()
        assert bench.wait_until_recorded(build_id).status is COMPLETED
        assert read_link(bench.link()) is None
        with pytest.raises(Conflict, match="Another server"):
            bench.store._housekeeper._recovery.run()
    assert "The link and the kernels of ns/env follow later" in caplog.text
    bench.store._housekeeper._recovery.run()
    assert read_link(bench.link()) is not None


def test_kernels_of_one_build_alone_are_mended(open_bench):
    bench = open_bench()
    older, current = bench.completed(), bench.completed()
    bench.stop()
    with bench.database() as db:
        # As if the server had been killed just after the row was written.
        db.execute("UPDATE build SET kernel_pinned = 1 WHERE id = ?", [older])
    again = open_bench(start=False)
    tidy(again)
    assert {(k.build_id, k.pinned) for k in again.environments.kernels()} == {
        (older, True),
        (current, False),
    }
    with again.database() as db:
        db.execute("UPDATE build SET kernel_pinned = 0")
    tidy(again)
    assert {k.build_id for k in again.environments.kernels()} == {current}


def test_kernels_of_deleted_environments_go(open_bench):
    bench = open_bench()
    bench.completed()
    bench.stop()
    with bench.database() as db:
        # As if the server had been killed just after the row was written.
        db.execute("UPDATE environment SET deleted_on = ?, published_build_id = NULL", ["2026"])
    again = open_bench()
    wait_for(lambda: not again.rows("SELECT 1 FROM environment"))
    wait_for(lambda: not list_kernels(again.internal / "kernels"))
    wait_for(lambda: not os.path.lexists(again.link()), "the link goes")
    assert not [path for path in (again.directory / "ns").iterdir() if path.name != "envs"]


# -- clocks -------------------------------------------------------------------------------------


class JumpingClock:
    """Set by hand, and wrong more often than not."""

    def __init__(self) -> None:
        self.now = utc_now()

    def __call__(self) -> datetime:
        return self.now


def test_clocks_that_jump_by_days_change_nothing(open_bench):
    clock = JumpingClock()
    bench = open_bench(clock=clock)
    prefixes = set()
    for days in (0, -3, 5, -9, 40):
        clock.now += timedelta(days=days)
        waiting = bench.submit("gated", name="other")
        bench.wait_until_running(waiting)
        build_id = bench.submit()
        clock.now -= timedelta(days=2)
        tidy(bench)
        assert bench.build(waiting).attempts == 1, "nobody took it away"
        bench.open_gate(waiting)
        bench.wait_until_recorded(waiting)
        prefixes |= {bench.wait_until_recorded(one).prefix for one in (waiting, build_id)}
        assert bench.current() == build_id, "younger is what was asked for later"
        # A user goes back; what is asked for afterwards is younger than that all the same.
        clock.now += timedelta(days=4)
        bench.environments.switch("ns", "env", build_id)
        clock.now -= timedelta(days=4)
    assert len(prefixes) == 10
    assert all(Path(prefix).is_dir() for prefix in prefixes)


def test_a_repeated_attempt_gets_another_prefix_also_when_the_clock_is_set_back(open_bench):
    clock = JumpingClock()
    bench = open_bench(clock=clock, start=False, max_attempts=5)
    build_id = bench.submit()
    seen = []
    for _ in range(4):
        seen.append(claim_for(bench))
        clock.now -= timedelta(days=1)
        tidy(bench)
    scheduled = [build.scheduled_on for build in seen]
    assert scheduled == sorted(scheduled)
    assert len({build.prefix for build in seen}) == 4
    assert bench.build(build_id).status is QUEUED


# -- crashes between the steps of publishing -------------------------------------------------------


class Crash(BaseException):
    """Nothing may catch it: whoever is on the way is dead."""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("existing", [False, True], ids=["first build", "second build"])
@pytest.mark.parametrize(
    ("place", "name"),
    [
        (Dispatcher, "_note_product"),
        (Publisher, "decide"),
        (Publisher, "bring_up_to_date"),
        (links, "replace_link"),
        (kernelspecs, "write_kernels"),
        (Publisher, "_finish"),
        (Publisher, "_tell_readers"),
    ],
)
def test_a_crash_at_any_step_of_publishing_is_mended(
    open_bench, monkeypatch, place, name, existing
):
    bench = open_bench()
    if existing:
        bench.completed()
    reached = []

    def crash(*_arguments, **_values):
        reached.append(name)
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(place, name, crash)
        build_id = bench.submit()
        wait_for(lambda: not bench.store.dispatcher._thread.is_alive(), "the thread dies")
        bench.stop()
    assert reached
    again = open_bench()
    assert again.wait_for_status(build_id, COMPLETED)
    kernels = again.internal / "kernels"
    wait_for(lambda: {card.build_id for card in list_kernels(kernels)} == {build_id})
    wait_for(lambda: read_link(again.link()) == again.build(build_id).prefix)
    wait_for(lambda: not any((again.internal / "work").iterdir()))
    index = str(again.internal / "index.json")
    wait_for(lambda: [k["build_id"] for k in read_index(index).get("kernels", ())] == [build_id])
    said = [row["build_id"] for row in again.rows("SELECT * FROM journal WHERE kind = 'kernels'")]
    assert said[-1] == build_id
