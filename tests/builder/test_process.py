"""`WorkerProcess`: what the build's process is given, and what is known of its end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from jupyter_envstore.builder.process import TEMPORARY, WorkerProcess, end_left_over
from jupyter_envstore.domain.order import WorkOrder
from jupyter_envstore.engine.family import ATTEMPT_VARIABLE, mark_of
from jupyter_envstore.engine.protocol import EVENTS_FILE, write_order

from .fake_worker import FAMILY_FILE
from .waiting import wait_for

pytestmark = pytest.mark.usefixtures("fake_workers")


@pytest.fixture
def order(tmp_path):
    """Make an order in a short directory, for one of the methods of `FakeWorker`."""

    def make(behaviour: str, directory: Path = tmp_path / "work" / "1.1") -> WorkOrder:
        directory.mkdir(parents=True)
        order = WorkOrder(
            build_id=1,
            attempt=1,
            store_id="s",
            namespace="ns",
            name="env",
            directory=str(directory),
            prefix=str(tmp_path / "prefix"),
            log=str(tmp_path / "log"),
            lock_artifact=str(tmp_path / "artifacts" / "conda-lock.yml"),
            engine="fake",
            channels=(),
            subdir="linux-64",
            match_specs=(behaviour,),
        )
        write_order(order)
        return order

    return make


def wait_until_started(order: WorkOrder) -> None:
    events = Path(order.directory, EVENTS_FILE)
    wait_for(lambda: "started" in events.read_text(), "the process begins")


def environment(pid: int) -> dict[str, str]:
    return psutil.Process(pid).environ()


def test_temporary_files_are_in_the_attempts_directory(order, tmp_path_factory):
    given = order("sleep", tmp_path_factory.mktemp("t") / "1.1")
    with WorkerProcess(given) as process:
        wait_until_started(given)
        temporary = Path(environment(process.pid)["TMPDIR"])
    assert temporary == Path(given.directory, TEMPORARY)
    assert temporary.stat().st_mode & 0o777 == 0o700


def test_a_directory_too_deep_for_sockets_is_not_used_for_temporary_files(order, tmp_path):
    given = order("sleep", tmp_path / ("d" * 80) / "1.1")
    with WorkerProcess(given) as process:
        wait_until_started(given)
        assert environment(process.pid).get("TMPDIR") == os.environ.get("TMPDIR")


def test_all_that_it_starts_carries_the_name_of_the_attempt(order):
    given = order("have-a-family")
    with WorkerProcess(given) as process:
        family = Path(given.directory, FAMILY_FILE)
        wait_for(lambda: family.exists() and family.read_text().count("\n") == 4)
        for pid in [process.pid, *map(int, family.read_text().split())]:
            assert environment(pid)[ATTEMPT_VARIABLE] == mark_of("s", given.directory)


def test_its_status_is_known_once_it_has_ended_and_ever_after(order):
    with WorkerProcess(order("end-without-verdict")) as process:
        assert process.wait(20) == 3
        assert process.wait(0) == 3
        assert not psutil.pid_exists(process.pid)
    assert process.wait(0) == 3


def test_waiting_ends_in_time_while_it_lives(order):
    with WorkerProcess(order("sleep")) as process:
        assert process.wait(0) is None
    assert process.wait(0) == -9


def test_a_peak_between_two_looks_is_known_when_it_has_ended(order):
    """As long as it is higher than any that this process had itself."""
    with WorkerProcess(order("take-memory-and-end")) as process:
        assert process.wait(20) == 3
    assert process.peak_memory > 1 << 30


def test_the_memory_of_the_server_is_not_taken_for_that_of_the_process(order):
    """The kernel counts in what the parent had resident when it started the child."""
    ours = b"x" * (300 << 20)
    with WorkerProcess(order("finish")) as process:
        assert process.wait(20) == 0
    assert len(ours) == 300 << 20
    assert process.peak_memory == 0


def test_what_is_left_of_an_attempt_is_ended_and_nothing_else(tmp_path):
    ours, other = tmp_path / "1.1", tmp_path / "1.11"
    ours.mkdir()
    link = tmp_path / "another-name"
    link.symlink_to(tmp_path)

    def start(directory: Path) -> subprocess.Popen[bytes]:
        environment = {ATTEMPT_VARIABLE: mark_of("s", directory)}
        command = [sys.executable, "-c", "import time; time.sleep(3600)"]
        return subprocess.Popen(command, env=environment, start_new_session=True)

    left, innocent = start(ours), start(other)
    try:
        # The same directory by another path, as another server may know it.
        assert end_left_over("s", link / "1.1")
        assert left.wait(10) == -9
        assert innocent.poll() is None
    finally:
        for process in (left, innocent):
            process.kill()
            process.wait()
