"""The build's process as its supervisor sees it: limits, locks, its end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_envstore.domain.events import Finished, Refused, Started
from jupyter_envstore.engine.locks import LockBusy, lock_file
from jupyter_envstore.engine.protocol import LOCK_FILE

from .http_channel import HttpChannel
from .running import Running, Workshop, wait_until
from .tiny_channel import TinyChannel


@pytest.fixture
def stuck(tiny: TinyChannel, workshop: Workshop) -> Iterator[Running]:
    """A build that waits for a package which never arrives."""
    tiny.add("endless")
    with HttpChannel(tiny.directory).serve() as http:
        http.fail("*endless*", "stalled", after=10)
        running = workshop.start(workshop.order("endless", channels=(http.url,)))
        wait_until(lambda: http.asked_for("*endless*"))
        yield running
        running.end()


def verdicts(running: Running) -> list[object]:
    return [event for event in running.events if isinstance(event, (Finished, Refused))]


def test_it_ends_without_a_verdict_when_its_lifeline_is_cut(stuck: Running) -> None:
    stuck.cut_lifeline()
    assert stuck.process.wait(10) == -signal.SIGKILL
    assert verdicts(stuck) == []


def test_it_ends_without_a_verdict_when_it_is_told_to(stuck: Running) -> None:
    stuck.process.terminate()
    assert stuck.process.wait(10) == -signal.SIGTERM
    assert verdicts(stuck) == []


def test_its_directory_is_locked_while_it_lives(stuck: Running) -> None:
    lock = Path(stuck.order.directory) / LOCK_FILE
    with pytest.raises(LockBusy):
        lock_file(lock, exclusive=True, wait=False)
    stuck.end()
    os.close(lock_file(lock, exclusive=True, wait=False))


def test_limits_are_in_force(stuck: Running) -> None:
    pid = stuck.process.pid
    limits = Path(f"/proc/{pid}/limits").read_text()
    values = {line[:26].strip(): line[26:].split()[:2] for line in limits.splitlines()}
    assert values["Max data size"] == [str(4 << 30)] * 2
    assert values["Max core file size"] == ["0", "0"]
    status = Path(f"/proc/{pid}/status").read_text()
    assert "Umask:\t0022" in status


def test_the_kernel_would_take_it_first(stuck: Running) -> None:
    assert Path(f"/proc/{stuck.process.pid}/oom_score_adj").read_text().strip() == "1000"


def test_it_tells_when_it_was_started(stuck: Running) -> None:
    import psutil

    (started,) = [event for event in stuck.events if isinstance(event, Started)]
    assert started.pid == stuck.process.pid
    assert started.started == pytest.approx(psutil.Process(started.pid).create_time(), abs=0.02)


def test_the_repodata_cache_is_for_its_owner_alone(stuck: Running) -> None:
    assert Path(stuck.order.repodata_cache).stat().st_mode & 0o777 == 0o700


def test_what_others_print_is_not_among_the_events(tiny: TinyChannel, workshop: Workshop) -> None:
    script = "echo 'on standard output'; echo 'on standard error' >&2"
    tiny.add("chatty", files={"bin/.chatty-post-link.sh": script})
    outcome = workshop.build("chatty")
    assert outcome.finished
    assert "on standard output" in outcome.log
    assert "on standard error" in outcome.log
