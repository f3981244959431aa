"""Edits of a specification while somebody else asks for another one."""

from __future__ import annotations

import json
import threading

import pytest

from jupyter_envstore.domain.errors import Conflict
from jupyter_envstore.domain.moments import utc_now

FIRST = "name: env\nchannels: [https://example.org/c]\ndependencies: [finish]\n"
THEIRS = FIRST.replace("finish", "finish, theirs")
MINE = FIRST.replace("finish", "finish, mine")
EXPLICIT = f"@EXPLICIT\nhttps://example.org/c/linux-64/finish-1.0-0.conda#{'0' * 32}\n"


@pytest.fixture
def bench(open_bench):
    return open_bench(start=False)


def submit(bench, text: str, based_on: int | None = None, namespace: str = "ns") -> int:
    submitted = bench.environments.submit(
        text, namespace, author="ada", client=None, based_on=based_on
    )
    return submitted.build_id


def everything(bench) -> list[list[tuple[object, ...]]]:
    tables = ("namespace", "environment", "specification", "build", "journal", "history")
    return [[tuple(row) for row in bench.rows(f"SELECT * FROM {table}")] for table in tables]


def test_a_conflict_names_the_build_and_stores_nothing(bench):
    first = submit(bench, FIRST)
    theirs = submit(bench, THEIRS, first)
    before = everything(bench)
    mine = MINE + "description: mine\n"
    with pytest.raises(Conflict) as conflict:
        submit(bench, mine, first)
    assert conflict.value.message == (
        f"Build {theirs} of ns/env was asked for meanwhile, with another specification than the "
        "one that you began with."
    )
    assert conflict.value.hint == "Look at what it changed, and submit again."
    assert everything(bench) == before
    assert bench.build(submit(bench, mine, theirs)).text == mine


@pytest.mark.parametrize(
    "other",
    [
        FIRST.replace("/c]", "/c, https://example.org/d]"),
        FIRST + "variables: {A: 1}\n",
        FIRST + "description: theirs\n",
    ],
)
def test_whatever_somebody_changed_counts(bench, other):
    first = submit(bench, FIRST)
    submit(bench, other)
    with pytest.raises(Conflict):
        submit(bench, MINE, first)


def test_a_lockfile_is_another_specification(bench):
    first = submit(bench, FIRST)
    bench.store.services.lockfiles.submit(
        EXPLICIT, "ns", name="env", description="", author=None, client=None
    )
    with pytest.raises(Conflict):
        submit(bench, MINE, first)


def test_only_the_newest_build_counts(bench):
    first = submit(bench, FIRST)
    submit(bench, THEIRS)
    bench.builds.rebuild(first, author=None, client=None)
    assert submit(bench, MINE, first)


def test_a_deleted_build_is_not_the_newest(bench):
    first = submit(bench, FIRST)
    bench.builds.delete(submit(bench, THEIRS))
    assert submit(bench, MINE, first)


def test_a_rebuild_is_no_conflict(bench):
    first = submit(bench, FIRST)
    bench.builds.rebuild(first, author="bob", client=None)
    assert submit(bench, MINE, first)


def test_neither_is_the_same_specification_in_other_words(bench):
    first = submit(bench, FIRST)
    submit(bench, json.dumps(bench.builds.get(first).specification.model))
    assert submit(bench, "# a comment\n" + MINE, first)


def test_nor_an_exact_rebuild(open_bench):
    bench = open_bench()
    first = bench.completed()
    again = bench.store.services.lockfiles.rebuild(first, author=None, client=None)
    assert bench.wait_until_recorded(again).locked
    assert submit(bench, MINE, first)


def test_what_both_asked_for_is_no_conflict(bench):
    first = submit(bench, FIRST)
    theirs = submit(bench, THEIRS)
    assert submit(bench, THEIRS, first) > theirs


def test_an_environment_that_was_renamed_is_the_same(bench):
    first = submit(bench, FIRST)
    bench.store.services.naming.rename("ns", "env", "maps", actor=None)
    bench.builds.rebuild(first, author=None, client=None)
    mine, theirs = (text.replace("name: env", "name: maps") for text in (MINE, THEIRS))
    submit(bench, theirs, first)
    with pytest.raises(Conflict, match="of ns/maps was asked for"):
        submit(bench, mine, first)


def test_a_build_that_is_gone_or_of_another_environment_tells_nothing(bench):
    first = submit(bench, FIRST)
    gone = submit(bench, FIRST)
    submit(bench, THEIRS)
    bench.builds.delete(gone)
    for unknown in (gone, 0, -1, 10_000, 2**53):
        assert submit(bench, MINE, unknown)
        submit(bench, THEIRS)
    other = FIRST.replace("name: env", "name: other")
    assert submit(bench, other, first)
    submit(bench, other.replace("finish", "finish, theirs"))
    assert submit(bench, other.replace("finish", "finish, mine"), first)
    assert submit(bench, MINE, first, namespace="elsewhere")


def test_an_environment_that_was_made_anew_is_another(bench):
    first = submit(bench, FIRST)
    bench.environments.delete("ns", "env")
    submit(bench, THEIRS)
    assert submit(bench, MINE, first)


def test_who_does_not_say_what_they_began_with_is_not_stopped(bench):
    submit(bench, FIRST)
    submit(bench, THEIRS)
    assert submit(bench, MINE)


def test_of_two_at_once_exactly_one_wins(open_bench):
    together = threading.Barrier(2)
    begun: set[threading.Thread] = set()

    def clock():
        # The last that both do before either one's transaction begins.
        if threading.current_thread() in begun:
            begun.remove(threading.current_thread())
            together.wait(30)
        return utc_now()

    servers = [open_bench(start=False, clock=clock) for _ in range(2)]
    outcomes: list[int | str] = []

    def edit(bench, text: str, based_on: int) -> None:
        try:
            outcomes.append(submit(bench, text, based_on))
        except Conflict:
            outcomes.append("conflict")

    newest = submit(servers[0], FIRST)
    for round_ in range(10):
        texts = [FIRST.replace("finish", f"finish, p{round_}-{n}") for n in range(2)]
        threads = [
            threading.Thread(target=edit, args=(bench, text, newest))
            for bench, text in zip(servers, texts, strict=True)
        ]
        begun.update(threads)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outcomes.count("conflict") == 1
        (newest,) = (outcome for outcome in outcomes if outcome != "conflict")
        outcomes.clear()
    assert servers[1].rows("SELECT count(*) FROM build")[0][0] == 11
