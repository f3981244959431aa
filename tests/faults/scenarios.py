"""What a store is doing when a fault meets it. Each returns, in words, what became of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.builder.waiting import wait_for

from .plan import Fault, NotInjected
from .promises import check_after_the_childs_death, check_after_the_servers_death
from .stage import NAME, Stage, demand
from .store_process import ServerDied, StoreProcess, state_of


@dataclass(frozen=True)
class Case:
    """One line of a campaign. `values` are what the scenario needs to know besides."""

    scenario: str
    faults: tuple[Fault, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    title: str = ""
    scouting: bool = False
    """Nothing but what the faults hold up is to be disturbed: the steps are written down."""
    essential: bool = False
    """Every campaign has it."""

    def __str__(self) -> str:
        return self.title or ", then ".join(str(fault) for fault in self.faults)

    @property
    def kind(self) -> str:
        """What it is counted under."""
        victim = self.faults[-1].victim if self.faults else ""
        return f"{self.scenario}: {victim}" if victim else self.scenario


def build(stage: Stage, case: Case) -> str:
    """A build replaces the current one of its environment."""
    return _in_the_middle(stage, case, prelude=1, act=_build)


def first_build(stage: Stage, case: Case) -> str:
    """The first build of a store, which fetches its packages."""
    return _in_the_middle(stage, case, prelude=0, act=_build)


def cancel(stage: Stage, case: Case) -> str:
    """A build is canceled while its process works; the plan's first fault makes it hold."""

    def act(stage: Stage, server: StoreProcess) -> None:
        build_id = stage.submit(server)
        wait_for(lambda: stage.injected() or server.dead, "the process holds")
        server.ask("cancel", build_id=build_id)
        server.ask("wait", build_id=build_id)

    return _in_the_middle(stage, case, prelude=1, act=act)


def delete_build(stage: Stage, case: Case) -> str:
    """A build that is not current any more is deleted."""

    def act(stage: Stage, server: StoreProcess) -> None:
        server.ask("delete_build", build_id=1)
        server.ask("settle")

    return _in_the_middle(stage, case, prelude=2, act=act)


def delete_environment(stage: Stage, case: Case) -> str:
    """An environment is deleted while a build of it runs."""

    def act(stage: Stage, server: StoreProcess) -> None:
        stage.submit(server)
        wait_for(lambda: stage.injected() or server.dead, "the process holds")
        server.ask("delete_environment", name=NAME)
        server.ask("settle")

    return _in_the_middle(stage, case, prelude=1, act=act)


def switch(stage: Stage, case: Case) -> str:
    """The build before the current one is made the current one."""

    def act(stage: Stage, server: StoreProcess) -> None:
        server.ask("switch", name=NAME, build_id=1)

    return _in_the_middle(stage, case, prelude=2, act=act)


def recovery(stage: Stage, case: Case) -> str:
    """The server is killed while a build runs, and the next one while it recovers."""
    stage.plan(*case.faults, trace=case.scouting)
    with stage.serving() as server:
        stage.build(server)
        server.ask("settle")
        stage.room.arm()
        with suppress(ServerDied):
            _build(stage, server)
        server.wait_until_dead()
    stage.room.steps.unlink(missing_ok=True)
    after = stage.recover()
    if case.scouting:
        stage.room.keep_steps()
    _demand_all(stage, case)
    return check_after_the_servers_death(stage.last_seen, after)


def every_attempt(stage: Stage, case: Case) -> str:
    """The server is killed in each attempt until none is left."""
    most = stage.settings["max_attempts"]
    stage.plan(*case.faults)
    stage.room.arm()
    with stage.serving() as server, suppress(ServerDied):
        _build(stage, server)
    after = stage.recover(build_again=True)
    demand(all(stage.injected(i) for i in range(most)), "not every attempt was met")
    demand(
        (after[1].status, after[1].attempts) == ("FAILED", most)
        and f"went away {most} times" in after[1].info,
        f"after {most} attempts: {after[1]}",
    )
    return f"FAILED after {most} attempts; built again when asked"


def supervisor(stage: Stage, case: Case) -> str:
    """The process that supervises a build is killed; the server lives, and repeats the build."""
    stage.plan(*case.faults)
    with stage.serving() as server:
        stage.room.arm()
        build_id = stage.submit(server)
        status = server.ask("wait", build_id=build_id)
        server.ask("settle")
        server.stop()
    _demand_all(stage, case)
    row = stage.check()[build_id]
    demand(status == "COMPLETED", f"the build is {status}: {row.info}")
    # What has said that it is finished is, and it may come to that before it finds itself alone.
    promised = (1,) if case.faults[0].event == "finished" else (1, 2)
    demand(row.attempts in promised, f"COMPLETED in attempt {row.attempts}, not in {promised}")
    return f"COMPLETED in attempt {row.attempts}"


def start(stage: Stage, case: Case) -> str:
    """A server opens a new store."""
    stage.plan(*case.faults, trace=case.scouting)
    stage.room.arm()
    with stage.serving():
        _demand_all(stage, case)
        if case.scouting:
            stage.room.keep_steps()
    stage.recover(build_again=True)
    return "opened again"


# -- how they go ------------------------------------------------------------------------------


def _build(stage: Stage, server: StoreProcess) -> None:
    build_id = stage.submit(server)
    faults, _ = stage.room.read_plan()
    if any(fault.deeds == ("stop self",) for fault in faults):
        _kill_the_suspended(stage, server)
    server.ask("wait", build_id=build_id)


def _kill_the_suspended(stage: Stage, server: StoreProcess) -> None:
    """Kill the build's process once it is suspended, unless it has gone with its server."""
    wait_for(lambda: stage.injected() or server.dead, "the process is suspended")
    child = stage.pid_of_fired(0)
    wait_for(lambda: server.dead or state_of(child) in ("T", ""), "the process is suspended")
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)


def _in_the_middle(
    stage: Stage, case: Case, *, prelude: int, act: Callable[[Stage, StoreProcess], None]
) -> str:
    """Build `prelude` times in peace, then do what the faults are to interrupt, and recover."""
    stage.plan(*case.faults, trace=case.scouting)
    with stage.serving() as server:
        for _ in range(prelude):
            stage.build(server)
        server.ask("settle")
        stage.room.arm()
        with suppress(ServerDied):
            act(stage, server)
        if case.scouting:
            stage.room.keep_steps()
        died = bool(case.faults) and case.faults[-1].victim == "server"
        if died:
            server.wait_until_dead()
        else:
            server.stop()
    _demand_all(stage, case)
    before = stage.rows()
    stage.plan()  # What is left of it, as the holding of a process, was for the first server.
    after = stage.recover(build_again=not died)
    if died:
        return check_after_the_servers_death(before, after)
    return "" if case.scouting else check_after_the_childs_death(before, case.faults[-1])


def _demand_all(stage: Stage, case: Case) -> None:
    """Each fault was injected; a process need not have been held until its server died."""
    for index, fault in enumerate(case.faults):
        if fault.deeds != ("hold self",) and not stage.injected(index):
            raise NotInjected(f"{fault}: the event never came")
