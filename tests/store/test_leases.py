"""Signs of life, on one machine and on several, whatever the clocks do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time

import pytest

from jupyter_envstore.store.leases import PATIENCE, RENEWAL, Lease, LeaseWatch, this_machine

HOLD = """
import sys
from pathlib import Path
from jupyter_envstore.store.leases import Lease
lease = Lease(Path(sys.argv[1]))
lease.take()
print("held", flush=True)
for line in sys.stdin:
    lease.renew()
"""

DAY = 86400.0


class FakeClock:
    """Counts what the test lets pass, as the clock of a machine that does not sleep."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lease"


@pytest.fixture
def lease(path):
    lease = Lease(path)
    lease.take()
    yield lease
    lease.release()


def unlock(lease):
    """Let the holder's lock be one that the observer cannot see, as on some file systems."""
    lease._held.close()


@pytest.fixture
def from_elsewhere(clock):
    """One who looks from another machine."""
    return LeaseWatch(machine="another-machine", clock=clock)


def test_a_lease_is_held_until_it_is_released(path, from_elsewhere):
    lease = Lease(path)
    lease.take()
    assert lease.is_held
    assert LeaseWatch().is_held(path)
    assert from_elsewhere.is_held(path)
    lease.release()
    assert not lease.is_held
    assert not LeaseWatch().is_held(path)
    assert not from_elsewhere.is_held(path)
    assert not path.exists()


def test_a_lease_is_taken_once(lease, path):
    second = Lease(path)
    with pytest.raises(FileExistsError):
        second.take()
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    lease.retire()
    with pytest.raises(FileExistsError):
        second.take()
    assert not LeaseWatch().is_held(path)


def test_the_lock_is_seen_where_a_link_is_another_file(path, monkeypatch):
    """As on sshfs."""
    monkeypatch.setattr(os, "link", shutil.copyfile)
    lease = Lease(path)
    lease.take()
    assert LeaseWatch().is_held(path)
    lease.renew()
    assert LeaseWatch().is_held(path)
    lease.retire()
    assert not LeaseWatch().is_held(path)


def test_a_lease_needs_its_directory(tmp_path):
    with pytest.raises(FileNotFoundError):
        Lease(tmp_path / "nowhere" / "lease").take()


def test_a_retired_lease_is_held_by_nobody_at_once_also_for_others(lease, path, from_elsewhere):
    assert from_elsewhere.is_held(path)
    lease.retire()
    assert not from_elsewhere.is_held(path)


def test_a_lease_that_is_gone_cannot_be_renewed(lease, path):
    path.unlink()
    with pytest.raises(FileNotFoundError):
        lease.renew()


def test_a_killed_holder_on_this_machine_is_dead_at_once_and_a_stopped_one_lives(path, clock):
    watch = LeaseWatch(clock=clock)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout.readline() == b"held\n"
        os.kill(holder.pid, 19)
        for _ in range(3):
            clock.now += DAY
            assert watch.is_held(path)
        holder.kill()
        holder.wait(30)
    assert path.exists()
    assert not watch.is_held(path)


def test_elsewhere_a_holder_lives_as_long_as_it_renews(lease, path, from_elsewhere, clock):
    unlock(lease)
    for _ in range(100):
        assert from_elsewhere.is_held(path)
        clock.now += PATIENCE - 1
        assert from_elsewhere.is_held(path)
        lease.renew()


def test_elsewhere_a_silent_holder_is_dead_after_a_while_and_not_before(
    lease, path, from_elsewhere, clock
):
    unlock(lease)
    lease.renew()
    assert from_elsewhere.is_held(path)
    clock.now += PATIENCE - 0.1
    assert from_elsewhere.is_held(path)
    clock.now += 0.2
    assert not from_elsewhere.is_held(path)
    lease.renew()
    assert from_elsewhere.is_held(path), "it was only away"


def test_who_looks_for_the_first_time_waits_however_old_the_file_is(
    lease, path, from_elsewhere, clock
):
    unlock(lease)
    long_ago = time.time() - 1000 * DAY
    os.utime(path, (long_ago, long_ago))
    assert from_elsewhere.is_held(path)


@pytest.mark.parametrize("jump", [30 * DAY, -30 * DAY])
def test_no_clock_that_can_be_set_is_looked_at(lease, path, clock, monkeypatch, jump):
    """The clocks of both machines jump, there and back, between any two looks."""
    unlock(lease)
    watch = LeaseWatch(machine="another-machine", clock=clock)
    real = time.time
    for turn in range(20):
        offset = jump if turn % 2 else 0.0
        monkeypatch.setattr(time, "time", lambda offset=offset: real() + offset)
        os.utime(path, (real() + offset, real() + offset))
        assert watch.is_held(path)
        clock.now += PATIENCE / 2
        lease.renew()
    clock.now += PATIENCE + 1
    assert not LeaseWatch(clock=clock).is_held(path), "on this machine the lock is the truth"
    assert watch.is_held(path)
    clock.now += PATIENCE + 1
    assert not watch.is_held(path)


def test_a_file_that_says_nothing_of_its_holder_is_given_time(path, from_elsewhere, clock):
    path.write_text("made by an older version")
    watch = LeaseWatch(clock=clock)
    assert watch.is_held(path)
    clock.now += PATIENCE + 1
    assert not watch.is_held(path)


def test_renewals_come_often_enough_for_others():
    assert RENEWAL * 5 < PATIENCE


def test_a_machine_has_a_name_that_stays():
    assert this_machine()
    assert this_machine() == this_machine()
