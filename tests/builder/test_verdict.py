"""What is said of a death: certain where something was counted, likely where it was not."""

from __future__ import annotations

import signal

import pytest

from jupyter_envstore.builder.memory import KillCount
from jupyter_envstore.builder.verdict import (
    Evidence,
    broken_limit,
    cause_of_death,
    with_kills,
)
from jupyter_envstore.domain.events import Refused
from jupyter_envstore.domain.order import WorkOrder

GIB = 1 << 30
NAMES = ("store_id", "namespace", "name", "directory", "prefix", "log", "engine")


def order(**values) -> WorkOrder:
    names = dict.fromkeys(NAMES, "")
    return WorkOrder(
        build_id=1, attempt=1, channels=(), subdir="", match_specs=(), **{**names, **values}
    )


def died(status: int, kills: KillCount, limit: int | None = None, **values):
    return cause_of_death(order(**values), Evidence(status, GIB, kills, limit))


def test_a_kill_that_the_control_group_counted_is_certain():
    refused = died(-9, KillCount(1, 1), 2 * GIB)
    assert refused.kind == "memory"
    assert refused.message == (
        "The kernel ended the build's process because memory ran out: everything that runs in its "
        "control group, the Jupyter server and its kernels included, may have 2.0 GiB together. "
        "It had used 1.0 GiB of memory; its limit is 4.0 GiB."
    )
    assert "c.EnvStore.max_concurrent_builds" in refused.hint
    assert "c.EnvStore.memory_limit" in refused.hint


def test_without_a_limit_it_was_the_machine_that_ran_out():
    assert "because memory ran out on this machine." in died(-9, KillCount(1, 1)).message


def test_a_kill_that_was_not_counted_was_somebody_else():
    refused = died(-9, KillCount(0, 5), 2 * GIB)
    assert refused.kind == "killed"
    assert "by an administrator or a program" in refused.message
    assert "It had used 1.0 GiB of memory" in refused.message
    assert "memory_limit" not in refused.hint


@pytest.mark.parametrize(
    ("kills", "kind", "words"),
    [
        (KillCount(None, 1), "memory", "most likely by the kernel"),
        (KillCount(None, 0), "killed", "this system does not say which"),
        (KillCount(None, None), "killed", "this system does not say which"),
    ],
)
def test_where_nobody_counts_it_says_what_is_likely(kills, kind, words):
    refused = died(-9, kills)
    assert refused.kind == kind
    assert words in refused.message


def test_a_program_of_the_build_may_have_been_taken_instead():
    refused = died(1, KillCount(1, 1), 2 * GIB)
    assert refused.kind == "memory"
    assert "ended with status 1 after the kernel had ended a process" in refused.message


def test_what_the_process_says_is_completed_by_what_it_cannot_know():
    told = Refused("link-script", "The link script failed with status -9.", "Read its output.")
    assert with_kills(told, KillCount(0, 3)) == told
    completed = with_kills(told, KillCount(1, 1))
    assert completed.message == told.message
    assert "because memory ran out" in completed.hint
    assert completed.hint.endswith("Read its output.")


@pytest.mark.parametrize("status", [-signal.SIGABRT, 127])
def test_an_abort_names_the_limit_that_forbade_more(status):
    refused = died(status, KillCount(0, 0))
    assert (refused.kind, refused.hint) == ("memory", "Raise c.EnvStore.memory_limit.")
    scarce = died(status, KillCount(0, 0), memory_limit=GIB, memory_is_scarce=True)
    assert "its limit is 1.0 GiB, all that was left to it." in scarce.message
    assert "memory_limit" not in scarce.hint


@pytest.mark.parametrize(
    ("status", "kind", "manner"),
    [
        (-signal.SIGTERM, "killed", "by signal 15 (SIGTERM)"),
        (-signal.SIGBUS, "internal", "by signal 7 (SIGBUS)"),
        (-40, "internal", "by signal 40"),
        (3, "internal", "with status 3"),
    ],
)
def test_other_ends_name_the_signal_or_the_status(status, kind, manner):
    refused = died(status, KillCount(0, 0))
    assert refused.kind == kind
    assert manner in refused.message


def test_limits_are_kept_until_they_are_passed():
    given = order(memory_limit=GIB, build_timeout=60, stall_timeout=5)
    assert broken_limit(given, memory=GIB, elapsed=60, idle=5) is None


@pytest.mark.parametrize(
    ("seen", "kind", "trait"),
    [
        ({"memory": GIB + 1}, "memory", "c.EnvStore.memory_limit"),
        ({"elapsed": 61}, "timeout", "c.EnvStore.build_timeout"),
        ({"idle": 6}, "timeout", "c.EnvStore.stall_timeout"),
    ],
)
def test_a_limit_that_is_passed_names_its_trait(seen, kind, trait):
    given = order(memory_limit=GIB, build_timeout=60, stall_timeout=5)
    refused = broken_limit(given, **{"memory": 0, "elapsed": 0, "idle": 0, **seen})
    assert refused.kind == kind
    assert trait in refused.hint


def test_what_is_left_of_a_group_cannot_be_raised_by_a_trait():
    given = order(memory_limit=GIB, memory_is_scarce=True)
    refused = broken_limit(given, memory=2 * GIB, elapsed=0, idle=0)
    assert refused.message.endswith("its limit is 1.0 GiB, all that was left to it.")
    assert "memory_limit" not in refused.hint
