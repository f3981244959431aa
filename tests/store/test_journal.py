from __future__ import annotations

import pytest

from jupyter_envstore.domain.lifecycle import CancelAsked, Finished, Orphaned, advance
from jupyter_envstore.domain.moments import from_text, to_text
from jupyter_envstore.store.builds import Builds
from jupyter_envstore.store.journal import Journal


def entries(journal, kind=None, since=0):
    return [
        (entry.kind, entry.namespace, entry.environment, entry.build_id, entry.status)
        for entry in journal.since(since)
        if kind in (None, entry.kind)
    ]


def test_every_change_of_a_status_is_there(journal, builds, submit, clock):
    build = submit()
    for fact in (Orphaned(clock(), 3), Finished(clock())):
        building = builds.claim("server-a", clock())
        builds.save(building, advance(building, fact).build)
    statuses = ["QUEUED", "BUILDING", "QUEUED", "BUILDING", "COMPLETED"]
    assert entries(journal, "build") == [
        ("build", "default", "geo", build.id, status) for status in statuses
    ]


def test_a_wish_to_cancel_and_a_deletion_are_there(journal, builds, submit, clock):
    submit()
    building = builds.claim("server-a", clock())
    before = journal.latest()
    flagged = builds.save(building, advance(building, CancelAsked(clock())).build)
    assert entries(journal, since=before) == [("build", "default", "geo", flagged.id, "BUILDING")]
    before = journal.latest()
    builds.mark_deleted(flagged.id, clock())
    assert len(entries(journal, since=before)) == 1


def test_what_is_no_change_is_not_there(journal, builds, submit, database):
    build = submit()
    before = journal.latest()
    with database.write() as db:
        db.execute("UPDATE build SET size = 5, status = status WHERE id = ?", [build.id])
    assert entries(journal, since=before) == []


def test_changes_of_environments_are_there(journal, builds, environments, submit, clock):
    build = submit()
    building = builds.claim("server-a", clock())
    builds.save(building, advance(building, Finished(clock())).build)
    environments.publish(build.environment_id, build.id, None)
    environments.describe(build.environment_id, "maps")
    environments.mark_deleted(build.environment_id, clock())
    of_environment = ("environment", "default", "geo")
    assert entries(journal, "environment") == [
        (*of_environment, None, None),  # made
        (*of_environment, build.id, None),  # published
        (*of_environment, build.id, None),  # described
        (*of_environment, None, None),  # deleted
    ]


def test_kernels_are_announced_by_who_publishes_them(journal, clock):
    journal.kernels_changed("default", "geo", 7)
    (entry,) = journal.since(0)
    assert (entry.kind, entry.namespace, entry.environment) == ("kernels", "default", "geo")
    assert (entry.build_id, entry.status, entry.at) == (7, None, to_text(clock.now))


def test_numbers_have_no_gap_even_after_what_was_undone(journal, database, builds, submit):
    def undone():
        with database.write():
            submit("undone")
            raise RuntimeError

    submit("a")
    with pytest.raises(RuntimeError):
        undone()
    submit("b")
    numbers = [entry.seq for entry in journal.since(0)]
    assert numbers == [1, 2, 3, 4]
    assert {entry.environment for entry in journal.since(0)} == {"a", "b"}


def test_reading_goes_on_where_it_ended(journal, submit):
    assert journal.latest() == 0
    assert journal.since(0) == ()
    for _ in range(4):
        submit()
    everything = journal.since(0)
    assert journal.latest() == everything[-1].seq == len(everything)
    pieces, last = [], 0
    while piece := journal.since(last, limit=2):
        assert len(piece) <= 2
        pieces += piece
        last = piece[-1].seq
    assert tuple(pieces) == everything
    assert journal.since(journal.latest()) == ()


def test_times_are_moments_as_everywhere(journal, submit):
    submit()
    for entry in journal.since(0):
        assert from_text(entry.at).tzinfo is None


def test_it_is_one_journal_whichever_server_writes(journal, submit, open_database, layout, clock):
    submit()
    other_database = open_database()
    other = Builds(other_database, layout)
    before = journal.latest()
    other.claim("server-b", clock())
    Journal(other_database, clock).kernels_changed("default", "geo", 1)
    assert [entry.seq for entry in journal.since(before)] == [before + 1, before + 2]
    assert [entry[0] for entry in entries(journal, since=before)] == ["build", "kernels"]
