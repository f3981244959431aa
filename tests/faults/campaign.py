"""Which faults are injected: everything that can happen at every step, in an order from a seed.

The steps are not written down here. Each scenario is first carried out without its fault, and
the steps that its server takes are noted: whatever is added to publishing tomorrow is killed, too.
"""

from __future__ import annotations

import math
import os
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any

from .plan import Fault
from .scenarios import Case

Scout = Callable[[Case], list[str]]
"""Carries a case out, and returns the steps that were noted, each as ``role event``."""

PHASES = ("SOLVING", "DOWNLOADING", "LINKING", "COMPILING", "VERIFYING", "LOCKING")
EVENTS = ("started", *(f"phase {phase}" for phase in PHASES), "solved", "progress LINKING")
VERDICT = "finished"
_HOLD = Fault("worker", "phase LINKING", ("hold self",), attempt=1)
_KILL_SERVER = ("kill server",)


def campaign(seed: int, count: int, scout: Scout) -> list[Case]:
    """Return `count` cases: first one of each step that matters most, then a choice by the seed.

    The same seed gives the same cases as long as the code takes the same steps. Of the kinds that
    have many cases more are chosen, but not in proportion: the square root decides.
    """
    chance = random.Random(seed)
    version = chance.choice((1, 2, 3))

    def scout_version(case: Case) -> list[str]:
        return scout(_of_version(case, version))

    kinds = [[_of_version(case, version) for case in kind] for kind in _kinds(scout_version)]
    essential = [case for kind in kinds for case in kind if case.essential]
    chance.shuffle(essential)
    ranked = []
    for kind in kinds:
        others = [case for case in kind if not case.essential]
        chance.shuffle(others)
        weight = math.sqrt(len(others))
        ranked += [((rank + chance.random()) / weight, case) for rank, case in enumerate(others)]
    ranked.sort(key=lambda pair: pair[0])
    chosen = essential + [case for _, case in ranked]
    return (chosen * (count // len(chosen) + 1))[:count]


def _of_version(case: Case, version: int) -> Case:
    """Paths, and so the names of steps, are those of a key version: one for a campaign."""
    return replace(case, settings={"build_key_version": version, **case.settings})


def _kinds(scout: Scout) -> Iterator[Iterable[Case]]:
    yield _events_of_the_process()
    yield _deaths_of_supervisors()
    yield _every_attempt()
    for scenario, faults in (
        ("build", ()),
        ("cancel", (_HOLD,)),
        ("delete_build", ()),
        ("delete_environment", (_HOLD,)),
        ("switch", ()),
        ("start", ()),
    ):
        steps = scout(Case(scenario, faults, scouting=True))
        yield _kills_of_servers(scenario, faults, steps)
        if scenario == "build":
            yield _kills_of_the_process(scenario, steps)
    steps = scout(Case("first_build", scouting=True))
    yield _kills_of_the_process("first_build", steps)
    yield _jupyter_servers(steps)
    yield _kills_while_recovering(scout)
    yield _networks()
    yield _networks_and_kills()
    yield _lost_ends_of_logs()
    if os.geteuid() == 0:
        yield _full_disks()


def _events_of_the_process() -> Iterator[Case]:
    """At every event of the protocol, just before and just after its line is written."""
    deeds: tuple[tuple[str, ...], ...] = (
        ("kill self",),
        ("stop self",),
        ("kill server",),
        ("stop server",),
        ("kill server", "stop self"),
        ("tear the events of self", "kill self"),
        ("tear the events of self", "kill server"),
        ("scribble into the events of self", "kill self"),
    )
    for event, deed in product((*EVENTS, VERDICT), deeds):
        yield Case("build", (Fault("worker", event, deed),), essential=len(deed) == 1)
    for event, deed in product((*EVENTS, VERDICT), deeds[:3]):
        yield Case("build", (Fault("worker", f"before {event}", deed),))
    for event in EVENTS:
        yield Case("first_build", (Fault("worker", event, ("kill server",)),))


def _deaths_of_supervisors() -> Iterator[Case]:
    settings = {"executor": "process"}
    for event in (*EVENTS, VERDICT):
        fault = Fault("worker", event, ("kill supervisor",))
        yield Case("supervisor", (fault,), settings, essential=True)
        yield Case("build", (Fault("worker", event, _KILL_SERVER),), settings)


def _every_attempt() -> Iterator[Case]:
    for event, most in product((*EVENTS, VERDICT), (1, 2)):
        faults = tuple(
            Fault("worker", event, _KILL_SERVER, attempt=number + 1) for number in range(most)
        )
        yield Case("every_attempt", faults, {"max_attempts": most})


def _kills_of_servers(scenario: str, before: tuple[Fault, ...], steps: list[str]) -> Iterator[Case]:
    """At each step of the server: in the middle of transactions and between all renames."""
    for step, occurrence in _distinct(steps, "server"):
        if step.startswith("recovery: ") and not scenario.startswith("delete"):
            continue  # A round that happens to come along: no other run has the same.
        fault = Fault("server", step, ("kill self",), occurrence)
        yield Case(scenario, (*before, fault), essential=scenario == "build")


def _kills_of_the_process(scenario: str, steps: list[str]) -> Iterator[Case]:
    """At each file that the build's process changes itself; rattler's are not seen."""
    for step, occurrence in _distinct(steps, "worker"):
        if step.startswith("child"):
            for deed in ("kill self", "kill server"):
                yield Case(scenario, (Fault("worker", step, (deed,), occurrence),))


def _kills_while_recovering(scout: Scout) -> Iterator[Case]:
    for event in ("phase LINKING", VERDICT):
        first = Fault("worker", event, _KILL_SERVER)
        steps = scout(Case("recovery", (first,), scouting=True))
        for step, occurrence in _distinct(steps, "server"):
            second = Fault("server", step, ("kill self",), occurrence, after=0)
            yield Case("recovery", (first, second))


def _networks() -> Iterator[Case]:
    transient: list[dict[str, Any]] = [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 502},
        {"kind": "status", "status": 503},
        {"kind": "status", "status": 429},
        {"kind": "reset"},
        {"kind": "truncated", "after": 100},
        {"kind": "stalled", "after": 100},
    ]
    for pattern, values, times in product(("*repodata.json*", "*.tar.bz2"), transient, (1, 2)):
        yield _network({**values, "pattern": pattern, "times": times}, "COMPLETED")
    for pattern, values in product(("*repodata.json*", "*.tar.bz2"), transient[2:]):
        yield _network({**values, "pattern": pattern}, "FAILED", "network")
    yield _network({"pattern": "*.tar.bz2", "kind": "corrupted", "times": 1}, "COMPLETED")
    yield _network({"pattern": "*.tar.bz2", "kind": "corrupted", "after": 100}, "FAILED")
    yield _network({"pattern": "*.tar.bz2", "kind": "html"}, "FAILED")
    yield _network({"pattern": "*repodata*", "kind": "html"}, "FAILED", "channel")
    yield _network({"pattern": "*", "kind": "status", "status": 304}, "FAILED")
    yield _network({"pattern": "*", "kind": "status", "status": 404}, "FAILED", "channel")


def _network(values: dict[str, Any], promised: str, reason: str = "") -> Case:
    what = f"{values['kind']} {values.get('status', '')}".strip()
    times = f"{values['times']} times" if "times" in values else "for good"
    return Case(
        "network",
        # A silent connection is given up after a tenth of it.
        settings={"stall_timeout": 5.0},
        values={**values, "promised": promised, "reason": reason},
        title=f"{what} from the channel for {values['pattern']}, {times}",
    )


def _networks_and_kills() -> Iterator[Case]:
    for pattern, kind in product(("*repodata.json*", "*.tar.bz2"), ("stalled", "held", "status")):
        yield Case(
            "network_and_kill",
            values={"pattern": pattern, "kind": kind, "after": 100},
            title=f"kill server while {pattern} is {kind}",
        )


def _lost_ends_of_logs() -> Iterator[Case]:
    for fraction, builds in product((0.0, 0.1, 0.25, 0.4, 0.5, 0.65, 0.8, 0.9, 0.99, 1.0), (1, 2)):
        yield Case(
            "forgotten",
            values={"fraction": fraction, "builds": builds},
            title=f"kill server after {builds} builds, cut its write-ahead log to {fraction:.0%}",
        )
    for fraction, event in product((0.3, 0.6, 0.9, 0.97), ("phase LINKING", VERDICT)):
        yield Case(
            "forgotten",
            (Fault("worker", event, _KILL_SERVER),),
            values={"fraction": fraction, "builds": 1},
            title=f"kill server at [{event}] and cut its write-ahead log to {fraction:.0%}",
        )


def _full_disks() -> Iterator[Case]:
    for event, kill in product(("started", *(f"phase {phase}" for phase in PHASES)), (False, True)):
        fault = Fault("worker", event, ("fill the disk",))
        also = " and kill server before there is room" if kill else ""
        yield Case("full_disk", (fault,), values={"kill": kill}, title=f"{fault}{also}")


def _jupyter_servers(steps: list[str]) -> Iterator[Case]:
    for event in (*EVENTS, VERDICT):
        yield Case("jupyter", (Fault("worker", event, _KILL_SERVER),))
    for step, occurrence in _distinct(steps, "server"):
        if step.startswith("dispatcher: "):
            yield Case("jupyter", (Fault("server", step, ("kill self",), occurrence),))


def _distinct(steps: list[str], role: str) -> Iterator[tuple[str, int]]:
    """Yield the events of a role with their occurrence.

    Of statements in a transaction one is as good as its repetitions; what is around them is not.
    """
    counts: Counter[str] = Counter()
    for line in steps:
        whose, _, event = line.partition(" ")
        if whose != role:
            continue
        counts[event] += 1
        statement = event.partition(": ")[2].split(" ")[0]
        if counts[event] == 1 or (statement not in _STATEMENTS and counts[event] <= _REPETITIONS):
            yield event, counts[event]


_STATEMENTS = ("INSERT", "UPDATE", "DELETE")
_REPETITIONS = 3
