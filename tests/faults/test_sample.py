"""A sample of the faults that `make faults` injects: a few of the kinds that matter most."""

from __future__ import annotations

import os

import pytest

from .plan import Fault
from .runner import Runner
from .scenarios import Case

HOLD = Fault("worker", "phase LINKING", ("hold self",), attempt=1)


def at_process(event: str, *deeds: str) -> tuple[Fault, ...]:
    return (Fault("worker", event, deeds),)


def at_server(step: str, *before: Fault) -> tuple[Fault, ...]:
    return (*before, Fault("server", step, ("kill self",)))


SAMPLE = [
    Case("build", at_process("phase LINKING", "kill self")),
    Case("build", at_process("finished", "tear the events of self", "kill self")),
    Case("build", at_process("finished", "kill server")),
    Case("build", at_process("phase COMPILING", "kill server", "stop self")),
    Case("build", at_server("dispatcher: UPDATE build SET COMPLETED")),
    Case("build", at_server("dispatcher: symlink ns/#-#-2-env -> ns/envs/.envstore-link-#/new")),
    Case("build", at_server("dispatcher: INSERT INTO journal")),
    Case("supervisor", at_process("solved", "kill supervisor"), {"executor": "process"}),
    Case("cancel", at_server("request: UPDATE build SET BUILDING", HOLD)),
    Case("switch", at_server("request: rename ns/envs/.envstore-link-#/new -> ns/envs/env")),
    Case("every_attempt", at_process("started", "kill server"), {"max_attempts": 1}),
    Case(
        "network",
        settings={"stall_timeout": 5.0},
        values={"pattern": "*.tar.bz2", "kind": "stalled", "times": 1, "promised": "COMPLETED"},
        title="a package stalls",
    ),
    Case("forgotten", values={"fraction": 0.5, "builds": 1}, title="half of the log is lost"),
]
FULL_DISK = Case("full_disk", at_process("phase LINKING", "fill the disk"))


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    # Short, as prefixes have 255 characters at most.
    return Runner(tmp_path_factory.mktemp("f"))


@pytest.mark.parametrize("case", SAMPLE, ids=str)
def test_promises_are_kept(runner: Runner, case: Case) -> None:
    result = runner.run(case, str(SAMPLE.index(case)))
    assert result.problem == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount the small disk that is filled")
def test_a_full_disk(runner: Runner) -> None:
    assert runner.run(FULL_DISK, "disk").problem == ""
