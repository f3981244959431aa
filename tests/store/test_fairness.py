"""Whose turn it is in the queue."""

from __future__ import annotations

import tempfile
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_envstore.domain.build import Build
from jupyter_envstore.domain.layout import Layout
from jupyter_envstore.domain.lifecycle import CancelAsked, Orphaned, advance
from jupyter_envstore.domain.specification import parse_specification
from jupyter_envstore.store import queue
from jupyter_envstore.store.builds import Builds
from jupyter_envstore.store.database import Database
from jupyter_envstore.store.environments import Environments
from jupyter_envstore.store.namespaces import Namespaces

from .conftest import SteppingClock, check_invariants
from .processes import run_together


@pytest.fixture
def claim(builds, clock):
    """Claim, and return author and environment of what was claimed."""

    def claim() -> tuple[str | None, str] | None:
        build = builds.claim("server", clock())
        return build and (build.author, build.name)

    return claim


def claimed(claim, count: int) -> list[tuple[str | None, str]]:
    return [claim() for _ in range(count)]


def turns(database) -> list[tuple[str, int]]:
    rows = database.read().execute("SELECT author, environment_id FROM turn ORDER BY number")
    return rows.fetchall()


# -- examples -------------------------------------------------------------------------------------


def test_another_users_build_is_next_whoever_queued_three_hundred(submit, claim, database):
    with database.write():
        for number in range(300):
            submit(f"env{number % 30}", author="ada")
    assert claim()[0] == "ada"
    submit("small", author="bob")
    assert claim() == ("bob", "small")
    assert claim()[0] == "ada"


def test_users_take_turns_and_so_do_their_environments(submit, claim):
    for name in ("a1", "a1", "a2"):
        submit(name, author="ada")
    for name in ("b1", "b1"):
        submit(name, author="bob")
    assert claimed(claim, 6) == [
        ("ada", "a1"),
        ("bob", "b1"),
        ("ada", "a2"),
        ("bob", "b1"),
        ("ada", "a1"),
        None,
    ]


def test_one_environment_of_two_users_has_a_turn_for_each(submit, claim):
    for _ in range(2):
        submit("shared", author="ada")
    submit("shared", author="bob")
    assert claimed(claim, 3) == [("ada", "shared"), ("bob", "shared"), ("ada", "shared")]


def test_builds_without_an_author_are_those_of_one_user(submit, claim):
    for _ in range(3):
        submit("nobody")
    submit("small", author="bob")
    assert [author for author, _ in claimed(claim, 4)] == [None, "bob", None, None]


def test_it_does_not_pay_to_send_one_build_at_a_time(submit, claim):
    for _ in range(4):
        submit("many", author="ada")
    order = []
    for _ in range(4):
        submit("one", author="bob")
        order += claimed(claim, 2)
    assert Counter(order) == {("ada", "many"): 4, ("bob", "one"): 4}
    assert all(
        {a, b} == {"ada", "bob"} for (a, _), (b, _) in zip(order[::2], order[1::2], strict=True)
    )


def test_a_build_that_lost_its_server_goes_first_and_takes_no_second_turn(submit, builds, clock):
    for author in ("ada", "ada", "bob", "bob"):
        submit(author, author=author)
    lost = builds.claim("server", clock())
    assert builds.claim("server", clock()).author == "bob"
    decided = advance(lost, Orphaned(clock(), max_attempts=3)).build
    builds.save(lost, decided)
    assert builds.claim("server", clock()).id == lost.id
    assert [builds.claim("server", clock()).author for _ in range(2)] == ["ada", "bob"]


def test_turns_are_forgotten_when_nobody_waits(submit, claim, database):
    for author in ("ada", "bob", "ada"):
        submit(author, author=author)
    claimed(claim, 2)
    assert turns(database) == [("ada", 1), ("bob", 2)]
    claim()
    assert turns(database) == []


def test_turns_go_with_their_environment(submit, claim, database, environments):
    build = submit("gone", author="ada")
    submit("kept", author="ada")
    submit("kept", author="bob")
    claimed(claim, 2)
    environments.remove(build.environment_id)
    assert [author for author, _ in turns(database)] == ["bob"]


# -- the rule -------------------------------------------------------------------------------------


class Queue:
    """A real store's queue, and a record of who waits since when for what."""

    def __init__(self, directory: str) -> None:
        layout = Layout(directory)
        self.database = Database(f"{directory}/envstore.db")
        self.builds = Builds(self.database, layout)
        self.clock = SteppingClock()
        self.environments = Environments(self.database)
        self.namespace_id = Namespaces(self.database).ensure("ns").id
        self.waiting: dict[int, Build] = {}
        self.running: list[Build] = []
        self.passed: dict[tuple[object, object], int] = Counter()
        """How often somebody else had a turn since the one who waits began to."""

    def submit(self, author: str | None, name: str) -> None:
        now = self.clock()
        environment_id = self.environments.ensure(self.namespace_id, name, "", now)
        specification = parse_specification(f"name: {name}\n")
        build = self.builds.submit(
            environment_id, specification, key_version=2, now=now, author=author
        )
        for one in self._parties(build):
            if not any(one in self._parties(other) for other in self.waiting.values()):
                self._begins_to_wait(one)
        self.waiting[build.id] = build

    def claim(self) -> None:
        build = self.builds.claim("server", self.clock())
        if not self.waiting:
            assert build is None
            return
        begun = [waiting for waiting in self.waiting.values() if waiting.attempts]
        del self.waiting[build.id]
        self.running.append(build)
        if begun:
            assert build.id == min(waiting.id for waiting in begun)
            return
        alike = [
            other.id
            for other in self.waiting.values()
            if self._parties(other) == self._parties(build)
        ]
        assert build.id < min(alike, default=build.id + 1), "not the oldest of its environment"
        self._had_a_turn(build)

    def lose(self) -> None:
        """Let the server of the newest running build be gone."""
        if self.running:
            lost = self.running.pop()
            again = advance(lost, Orphaned(self.clock(), max_attempts=99)).build
            self.waiting[lost.id] = self.builds.save(lost, again)

    def cancel(self) -> None:
        if self.waiting:
            _, build = self.waiting.popitem()
            self.builds.save(build, advance(build, CancelAsked(self.clock())).build)

    def _parties(self, build: Build) -> tuple[object, object]:
        """Who waits for turns: a user among users, an environment among its user's."""
        return build.author, (build.author, build.name)

    def _begins_to_wait(self, one: object) -> None:
        for pair in list(self.passed):
            if pair[0] == one:
                del self.passed[pair]

    def _had_a_turn(self, build: Build) -> None:
        user, environment = self._parties(build)
        self._begins_to_wait(user)
        self._begins_to_wait(environment)
        waiting = {self._parties(other) for other in self.waiting.values()}
        for other in {other for other, _ in waiting} - {user}:
            self.passed[other, user] += 1
        for other in {other for owner, other in waiting if owner == user} - {environment}:
            self.passed[other, environment] += 1
        assert all(times <= 1 for times in self.passed.values()), self.passed


SUBMIT = st.tuples(st.just("submit"), st.sampled_from(["ada", "bob", None]), st.sampled_from("xyz"))
CLAIM = st.just(("claim",))
STEPS = st.lists(st.one_of(SUBMIT, SUBMIT, CLAIM, CLAIM, st.sampled_from([("lose",), ("cancel",)])))


@settings(deadline=None, max_examples=60)
@given(STEPS)
def test_nobody_waits_for_more_than_one_build_of_every_other_user(steps):
    with tempfile.TemporaryDirectory() as directory:
        queue = Queue(directory)
        try:
            for step, *values in steps:
                getattr(queue, step)(*values)
            while queue.waiting:
                queue.claim()
            queue.claim()  # Nothing waits: it was canceled, if it was not claimed.
            check_invariants(queue.database)
            assert turns(queue.database) == []
        finally:
            queue.database.close()


# -- several servers, many builds -----------------------------------------------------------------

CLAIM_THIRTY = """
from datetime import datetime
from jupyter_envstore.domain.layout import Layout
from jupyter_envstore.store.builds import Builds
from jupyter_envstore.store.database import Database
path, store, owner = sys.argv[1:]
database = Database(path)
builds = Builds(database, Layout(store))
now = datetime.fromisoformat("2026-11-20T13:00:00")
for _ in range(30):
    builds.claim(owner, now)
database.close()
print(json.dumps(None))
"""


def test_several_servers_share_the_turns(submit, database, layout):
    authors = ["ada", "bob", "eve"]
    with database.write():
        for author, count in zip(authors, (60, 40, 20), strict=True):
            for number in range(count):
                submit(f"env{number % 4}", author=author)
    run_together(CLAIM_THIRTY, [[database.path, layout.store_directory, o] for o in ("a", "b")])
    in_order = database.read().execute(
        "SELECT author FROM journal JOIN build ON build.id = build_id"
        " WHERE journal.status = 'BUILDING' ORDER BY seq"
    )
    order = [author for (author,) in in_order]
    assert len(order) == 60
    assert order == ["ada", "bob", "eve"] * 20


def test_a_claim_reads_no_build_but_the_one_it_takes(database, submit):
    """With ten thousand builds in the store, it reads the index of the few that are queued."""
    submit()
    with database.write() as db:
        for statement, values in (
            (queue._CLAIM, ["s", "now"]),
            (queue._TAKE_TURN, ["ada", 1]),
            (queue._FORGET_TURNS, []),
        ):
            plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
            assert not [step for step in plan if "SCAN build" in step or step == "SCAN turn"], plan
            for step in plan:
                if "build" in step:
                    assert "COVERING INDEX build_queue" in step or "rowid=?" in step, plan


def test_a_claim_takes_as_many_steps_in_a_store_with_many_builds(database, submit, builds, clock):
    """Counted in steps of SQLite's machine, which do not depend on how busy the computer is."""
    few = _steps_of_a_claim(database, submit, builds, clock)
    with database.write() as db:
        row = "environment_id, specification_id, key_version, asked_on, scheduled_on, text"
        db.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)"
            f" INSERT INTO build ({row}, status, ended_on, prefix)"
            f" SELECT {row}, 'FAILED', asked_on, 'p' || i FROM n, build WHERE build.id = 1"
        )
    assert _steps_of_a_claim(database, submit, builds, clock) <= few * 1.5


def _steps_of_a_claim(database, submit, builds, clock) -> int:
    for _ in range(10):
        submit(author="ada")
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    with database.write() as db:
        db.conn.set_progress_handler(count, 1)
        assert builds.claim("s", clock()) is not None
        db.conn.set_progress_handler(None, 0)
    while builds.claim("s", clock()):
        pass
    return steps
