"""Faults of what a store depends on: the network, the disk, the machine that forgets."""

from __future__ import annotations

import os
from contextlib import suppress

from tests.builder.invariants import workers_of
from tests.builder.waiting import wait_for
from tests.engine.http_channel import HttpChannel

from .plan import Room
from .promises import check_after_the_servers_death
from .scenarios import Case
from .stage import Stage, demand
from .store_process import ServerDied

_PATIENCE = 60.0


def network(stage: Stage, case: Case) -> str:
    """A channel answers badly for a while, or for good; then it answers again."""
    values = dict(case.values)
    promised, reason = values.pop("promised"), values.pop("reason", "")
    with HttpChannel(stage.channel.directory).serve() as http:
        http.fail(**values)
        with stage.serving() as server:
            build_id = stage.submit(server, http.url)
            status = server.ask("wait", build_id=build_id)
            row = stage.rows()[build_id]
            demand(http.failed > 0, "the fault was not injected: nothing of it was asked for")
            demand(status == promised, f"promised is {promised}, it is {status}: {row.info}")
            demand(row.attempts == 1, f"it took {row.attempts} attempts")
            demand(reason in (row.failure or ""), f"not {reason}: {row.failure}")
            http.faults.clear()
            again = stage.submit(server, http.url)
            status = server.ask("wait", build_id=again)
            demand(status == "COMPLETED", f"the channel answers again, and the build is {status}")
            server.ask("settle")
            server.stop()
    stage.check()
    return f"{promised} within one attempt; built again when asked"


def network_and_kill(stage: Stage, case: Case) -> str:
    """The server is killed while a package does not arrive."""
    with HttpChannel(stage.channel.directory).serve() as http:
        http.fail(**case.values)
        with stage.serving() as server:
            stage.submit(server, http.url)
            wait_for(lambda: http.failed, "a package is asked for", _PATIENCE)
            server.kill()
        before = stage.rows()
        http.faults.clear()
        return check_after_the_servers_death(before, stage.recover())


def full_disk(stage: Stage, case: Case) -> str:
    """The disk has no byte left from an event on, until the build's process has ended."""
    stage.plan(*case.faults)
    with stage.serving() as server:
        stage.build(server)
        stage.room.arm()
        build_id = stage.submit(server)
        wait_for(stage.injected, f"{case.faults[0]}: the event never came", _PATIENCE)
        wait_for(lambda: not workers_of(stage.store), "the process ends", _PATIENCE)
        if case.values.get("kill"):
            server.kill()
        stage.room.ballast.unlink()
        if not server.dead:
            status = server.ask("wait", build_id=build_id)
            row = stage.rows()[build_id]
            demand(status in ("COMPLETED", "FAILED"), f"it is {status}")
            if status == "FAILED":
                demand('"kind": "disk"' in (row.failure or ""), f"not the disk: {row.failure}")
            server.ask("settle")
            server.stop()
    before = stage.rows()
    after = stage.recover(build_again=True)
    if case.values.get("kill"):
        return check_after_the_servers_death(before, after)
    return f"{after[build_id].status}; built again when there was room"


def forgotten(stage: Stage, case: Case) -> str:
    """The machine loses power: the end of the write-ahead log never reached the disk.

    What had been COMPLETED is on disk as before and the database may have forgotten it: the
    builds are adopted.
    """
    stage.plan(*case.faults)
    with stage.serving() as server:
        for _ in range(case.values["builds"]):
            stage.build(server)
        stage.room.arm()
        with suppress(ServerDied):
            if case.faults:
                server.ask("wait", build_id=stage.submit(server))
        server.kill()
    known = stage.rows()
    kept = _cut_write_ahead_log(stage.room, case.values["fraction"])
    with stage.serving() as server:
        server.ask("settle")
        report = server.ask("adopt")
        server.ask("settle")
        stage.build(server)
        server.ask("settle")
        server.stop()
    after = stage.check()
    completed = {row.prefix for row in after.values() if row.status == "COMPLETED"}
    for row in known.values():
        if row.status != "COMPLETED":
            continue
        now = after.get(row.id)
        demand(
            row.prefix in completed or (now is not None and now.status == "COMPLETED"),
            f"build {row.id} was COMPLETED and is lost: {now}; {report}",
        )
    return f"{kept} bytes of the log were left; {len(report['adopted'])} adopted"


def _cut_write_ahead_log(room: Room, fraction: float) -> int:
    log = room.store / ".envstore" / "envstore.db-wal"
    kept = int(log.stat().st_size * fraction)
    os.truncate(log, kept)
    log.with_name("envstore.db-shm").unlink(missing_ok=True)
    return kept
