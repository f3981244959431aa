"""Builds of one environment finish in any order, and users switch whenever they like."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_envstore.domain.build import BuildStatus, Environment
from jupyter_envstore.domain.publishing import may_publish

from .examples import LATER, NOON, build

NEW = Environment(1, "default", "geo", "", published_build_id=None, switched_on=None)


def finished(build_id, asked_on=NOON):
    return build(BuildStatus.COMPLETED, id=build_id, asked_on=asked_on)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        (NEW, True),
        (replace(NEW, published_build_id=4), True),
        (replace(NEW, published_build_id=5), True),
        (replace(NEW, published_build_id=6), False),
        (replace(NEW, published_build_id=1, switched_on=LATER), False),
        (replace(NEW, published_build_id=1, switched_on=NOON), False),
        (replace(NEW, published_build_id=1, switched_on=NOON - timedelta(seconds=1)), True),
    ],
    ids=["first", "older", "itself", "younger", "switched", "same moment", "switched before"],
)
def test_build_5_asked_for_at_noon(environment, expected):
    assert may_publish(finished(5), environment) is expected


class Simulation:
    """One environment, its builds, and what was published when."""

    def __init__(self):
        self.environment = NEW
        self.now = NOON
        self.running = {}
        self.completed = {}
        self.count = 0

    def tick(self):
        self.now += timedelta(microseconds=1)
        return self.now

    def ask(self):
        self.count += 1
        self.running[self.count] = finished(self.count, self.tick())

    def fail(self, data):
        if self.running:
            del self.running[data.draw(st.sampled_from(sorted(self.running)))]

    def finish(self, data):
        if not self.running:
            return
        done = self.running.pop(data.draw(st.sampled_from(sorted(self.running))))
        self.completed[done.id] = done
        if may_publish(done, self.environment):
            self.environment = replace(self.environment, published_build_id=done.id)

    def switch(self, data):
        if self.completed:
            chosen = data.draw(st.sampled_from(sorted(self.completed)))
            self.environment = replace(
                self.environment, published_build_id=chosen, switched_on=self.tick()
            )


@given(st.data(), st.lists(st.sampled_from(["ask", "finish", "fail"]), max_size=40))
def test_without_switches_the_youngest_finished_build_is_current(data, steps):
    simulation = Simulation()
    published = []
    for step in steps:
        simulation.ask() if step == "ask" else getattr(simulation, step)(data)
        published.append(simulation.environment.published_build_id or 0)
    assert published == sorted(published), "never backwards"
    youngest = max(simulation.completed, default=None)
    assert simulation.environment.published_build_id == youngest


@given(st.data(), st.lists(st.sampled_from(["ask", "finish", "fail", "switch"]), max_size=40))
def test_a_users_choice_stands_until_something_asked_for_later_is_done(data, steps):
    simulation = Simulation()
    for step in steps:
        before = simulation.environment
        simulation.ask() if step == "ask" else getattr(simulation, step)(data)
        after = simulation.environment
        if step != "switch" and after != before:
            done = simulation.completed[after.published_build_id]
            assert before.switched_on is None or done.asked_on > before.switched_on
            assert before.published_build_id is None or done.id > before.published_build_id
