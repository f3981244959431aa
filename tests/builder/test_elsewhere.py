"""Servers and supervisors on other machines, whose locks cannot be seen from here."""

from __future__ import annotations

import json
import os
from contextlib import closing
from pathlib import Path

import pytest

from jupyter_envstore.composition import make_layout
from jupyter_envstore.domain.build import BuildStatus
from jupyter_envstore.domain.moments import utc_now
from jupyter_envstore.engine.protocol import CANCEL_FILE, LEASE_FILE
from jupyter_envstore.store.builds import Builds
from jupyter_envstore.store.database import Database
from jupyter_envstore.store.leases import PATIENCE, Lease, LeaseWatch

SERVER = "a-server-elsewhere"


class FakeClock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def bench(open_bench, clock):
    """A store that is open and does nothing, and that sees time pass as the test says."""
    bench = open_bench(start=False)
    recovery = bench.store._housekeeper._recovery
    recovery._servers._watch = LeaseWatch(clock=clock)
    recovery._attempts._watch = LeaseWatch(clock=clock)
    return bench


@pytest.fixture
def build(bench):
    """A build that a server elsewhere runs."""
    bench.submit()
    with closing(Database(str(bench.internal / "envstore.db"))) as database:
        build = Builds(database, make_layout(bench.settings)).claim(SERVER, utc_now())
    bench.builds._attempts.directory(build).mkdir(parents=True)
    return build


def hold(path: Path) -> Lease:
    """Take a lease as somebody whose machine is another, and whose lock stays there."""
    lease = Lease(path)
    lease.take()
    number, _, holder = path.read_text().partition("\n")
    path.write_text(f"{number}\n" + json.dumps({**json.loads(holder), "machine": "another"}))
    lease._held.close()
    return lease


def tidy(bench):
    return bench.store._housekeeper._recovery.run()


def test_a_build_whose_server_gives_signs_of_life_is_left_alone(bench, build, clock):
    server = hold(bench.internal / "servers" / SERVER)
    for _ in range(10):
        assert tidy(bench).queued_again == 0
        clock.now += PATIENCE - 1
        server.renew()
    assert bench.build(build.id) == build
    tidy(bench)
    clock.now += PATIENCE + 1
    assert tidy(bench).queued_again == 1
    assert not server.path.exists()


def test_a_build_is_not_begun_again_before_its_supervisor_is_gone(bench, build, clock):
    directory = bench.builds._attempts.directory(build)
    supervisor = hold(directory / LEASE_FILE)
    for _ in range(3):
        assert tidy(bench).waiting == 1
        clock.now += PATIENCE - 1
        supervisor.renew()
    assert bench.build(build.id).status is BuildStatus.BUILDING
    assert (directory / CANCEL_FILE).read_text() == "lost", "it was not told to end"
    supervisor._held = (directory / LEASE_FILE).open()
    supervisor.retire()  # It has ended the build's process.
    assert tidy(bench).queued_again == 1
    assert not directory.exists()


def test_a_supervisor_that_falls_silent_is_waited_for_a_while(bench, build, clock):
    hold(bench.builds._attempts.directory(build) / LEASE_FILE)
    assert tidy(bench).waiting == 1
    clock.now += PATIENCE - 1
    assert tidy(bench).waiting == 1
    clock.now += 2
    assert tidy(bench).queued_again == 1


def test_what_nobody_asked_for_any_more_is_no_litter_while_it_is_worked_on(bench, clock):
    directory = bench.internal / "work" / "77.1"
    directory.mkdir(parents=True)
    supervisor = hold(directory / LEASE_FILE)
    tidy(bench)
    assert directory.exists()
    supervisor.renew()
    tidy(bench)
    assert directory.exists()
    os.truncate(directory / LEASE_FILE, 0)
    tidy(bench)
    clock.now += PATIENCE + 1
    tidy(bench)
    assert not directory.exists()
