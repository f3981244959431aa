from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from jupyter_envstore.domain.build import BuildStatus
from jupyter_envstore.domain.build_key import parse_build_key
from jupyter_envstore.domain.errors import Conflict, NotFound, Problem
from jupyter_envstore.domain.events import Refused
from jupyter_envstore.domain.lifecycle import (
    CancelAsked,
    Claimed,
    Died,
    Finished,
    Orphaned,
    advance,
)
from jupyter_envstore.domain.specification import parse_specification
from jupyter_envstore.store.builds import Builds
from jupyter_envstore.store.filters import BuildFilter
from jupyter_envstore.store.listing import Listing

from .processes import run_together

QUEUED, BUILDING, COMPLETED, FAILED, CANCELED = BuildStatus


def apply(builds, build, fact):
    """Let something happen to a build, and keep it."""
    return builds.save(build, advance(build, fact).build)


# -- asking ---------------------------------------------------------------------------------------


def test_a_new_build_waits_with_its_prefix(builds, submit, layout, clock):
    build = submit(author="ada", client="cli", parent_build_id=41)
    assert build == builds.get(build.id)
    assert build.status is QUEUED
    assert build.asked_on == build.scheduled_on == clock.now
    assert (build.author, build.client, build.parent_build_id) == ("ada", "cli", 41)
    assert build.text == "name: geo\n"
    assert build.prefix == layout.prefix("default", builds.key_of(build), 2)
    assert parse_build_key(builds.key_of(build)).build_id == build.id


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_build_keeps_the_version_that_it_was_asked_with(builds, submit, layout, version):
    build = submit(key_version=version)
    found = builds.get(build.id)
    assert found.key_version == version
    assert found.prefix == layout.prefix("default", builds.key_of(found), version)


def test_channel_orders_are_two_specifications(builds, submit):
    """In conda-store the second order is never built."""
    one = submit(more="channels: [conda-forge, bioconda]\n")
    other = submit(more="channels: [bioconda, conda-forge]\n")
    assert one.sha256 == other.sha256
    assert one.specification_id != other.specification_id
    channels = [builds.specification(build)[0].channels for build in (one, other)]
    assert channels == [("conda-forge", "bioconda"), ("bioconda", "conda-forge")]


def test_the_same_specification_is_kept_once(builds, submit, clock):
    one = submit(more="# first\n")
    asked_first = clock.now
    other = submit(more="# second\n")
    assert one.specification_id == other.specification_id
    specification, created_on = builds.specification(other)
    assert specification.text == "name: geo\n# second\n", "but every text as it was sent"
    assert created_on == asked_first


def test_warnings_of_the_specification_are_kept(builds, submit):
    build = submit(more="platforms: [linux-64]\n")
    (warning,) = builds.warnings(build.id)
    expected = parse_specification("name: geo\nplatforms: [linux-64]\n").warnings
    assert (warning,) == expected
    late = Problem("A path is in two packages.", hint="Look at it.")
    builds.add_warning(build.id, late)
    assert builds.warnings(build.id) == (warning, late)


def test_a_failure_is_kept_whole(builds, submit):
    build = submit()
    assert builds.failure(build.id) is None
    failure = Refused(
        "missing-package",
        "No gdal.",
        "Look for it.",
        "Text.",
        (Problem("No.", "a", instead=("libgdal",)),),
        ("libgdal",),
    )
    builds.set_failure(build.id, failure)
    assert builds.failure(build.id) == failure


# -- the queue ------------------------------------------------------------------------------------


def test_a_claim_is_what_the_lifecycle_says(builds, submit, clock):
    waiting = submit()
    now = clock()
    claimed = builds.claim("server-a", now)
    assert claimed == advance(waiting, Claimed("server-a", now)).build
    assert claimed == builds.get(waiting.id)


def test_the_oldest_is_claimed_first(builds, submit, clock):
    ids = [submit(name).id for name in ("b", "a", "c")]
    assert builds.waiting() == 3
    assert [builds.claim("s", clock()).id for _ in ids] == ids
    assert builds.claim("s", clock()) is None
    assert builds.waiting() == 0
    assert [build.id for build in builds.running()] == ids


def test_many_threads_never_claim_one_build_twice(builds, submit, clock):
    ids = [submit().id for _ in range(40)]
    now = clock()
    claimed = []

    def claim_all(owner):
        while build := builds.claim(owner, now):
            claimed.append((build.id, build.owner))

    threads = [threading.Thread(target=claim_all, args=(f"server-{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(build_id for build_id, _ in claimed) == ids
    assert {build.id: build.owner for build in builds.running()} == dict(claimed)


CLAIM = """
from datetime import datetime
from jupyter_envstore.domain.layout import Layout
from jupyter_envstore.store.builds import Builds
from jupyter_envstore.store.database import Database
path, store, owner = sys.argv[1:]
database = Database(path)
builds = Builds(database, Layout(store))
claimed = []
while build := builds.claim(owner, datetime.fromisoformat("2026-11-20T13:00:00")):
    claimed.append(build.id)
database.close()
print(json.dumps(claimed))
"""


def test_two_servers_never_claim_one_build_twice(builds, submit, database, layout):
    ids = [submit().id for _ in range(60)]
    owners = ["server-a", "server-b"]
    claimed = run_together(
        CLAIM, [[database.path, layout.store_directory, owner] for owner in owners]
    )
    assert Counter(build_id for each in claimed for build_id in each) == Counter(ids)
    for owner, each in zip(owners, claimed, strict=True):
        assert {build.id for build in builds.running() if build.owner == owner} == set(each)


# -- saving ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fact",
    [
        lambda now: Finished(now, size=300, size_own=100),
        lambda now: Died(now, "Out of memory."),
        lambda now: Orphaned(now, max_attempts=3),
        lambda now: Orphaned(now, max_attempts=1),
        lambda now: Orphaned(now, max_attempts=3, counted=False),
        CancelAsked,
    ],
    ids=["finished", "died", "orphaned", "given up", "given back", "cancel asked"],
)
def test_what_was_decided_is_what_is_kept(builds, submit, clock, fact):
    submit()
    building = builds.claim("server-a", clock())
    saved = apply(builds, building, fact(clock()))
    assert saved == builds.get(building.id)


def test_a_new_attempt_has_a_new_prefix(builds, submit, clock):
    first = submit()
    building = builds.claim("server-a", clock())
    again = apply(builds, building, Orphaned(clock(), max_attempts=3))
    assert again.prefix == builds.prefix_of(again)
    assert again.prefix != first.prefix
    assert again.asked_on == first.asked_on
    assert builds.claim("server-b", clock()).prefix == again.prefix


def test_a_decision_on_an_old_state_is_refused(builds, submit, clock):
    waiting = submit()
    builds.claim("server-a", clock())
    with pytest.raises(Conflict, match="changed meanwhile"):
        apply(builds, waiting, CancelAsked(clock()))
    assert builds.get(waiting.id).status is BUILDING


def test_an_attempt_that_was_taken_over_cannot_end_the_new_one(builds, submit, clock):
    submit()
    lost = builds.claim("server-a", clock())
    apply(builds, lost, Orphaned(clock(), max_attempts=3))
    present = builds.claim("server-a", clock())
    with pytest.raises(Conflict):
        apply(builds, lost, Finished(clock()))
    assert builds.get(lost.id) == present


def test_a_wish_to_cancel_is_not_lost_to_who_did_not_see_it(builds, submit, clock):
    """One server cancels while another, which read the build before, queues it again."""
    submit()
    seen = builds.claim("server-a", clock())
    apply(builds, seen, CancelAsked(clock()))
    with pytest.raises(Conflict):
        apply(builds, seen, Orphaned(clock(), max_attempts=3))
    again = builds.get(seen.id)
    assert again.cancel_requested
    assert apply(builds, again, Orphaned(clock(), max_attempts=3)).status is CANCELED


def test_attempts_are_kept_with_their_outcome(builds, submit, clock, database):
    build = submit()
    apply(builds, builds.claim("server-a", clock()), Orphaned(clock(), max_attempts=3))
    apply(builds, builds.claim("server-b", clock()), Finished(clock()))
    rows = database.read().execute(
        "SELECT number, owner, outcome, ended_on IS NOT NULL FROM attempt WHERE build_id = ?"
        " ORDER BY number",
        [build.id],
    )
    assert rows.fetchall() == [(1, "server-a", "QUEUED", 1), (2, "server-b", "COMPLETED", 1)]


def test_a_save_is_part_of_the_transaction_around_it(builds, submit, clock, database):
    submit()
    building = builds.claim("server-a", clock())

    def fail():
        with database.write():
            apply(builds, building, Finished(clock()))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert builds.get(building.id) == building


# -- looking and deleting --------------------------------------------------------------------------


def test_what_does_not_exist_in_conda_stores_words(builds):
    with pytest.raises(NotFound, match="build id does not exist"):
        builds.get(1)
    assert builds.find(1) is None
    assert not builds.exists(1)
    assert builds.warnings(1) == ()
    assert builds.failure(1) is None


def test_a_deleted_build_is_out_of_sight(builds, submit, clock):
    kept, gone = submit(), submit()
    builds.mark_deleted(gone.id, clock())
    with pytest.raises(NotFound):
        builds.get(gone.id)
    assert not builds.exists(gone.id)
    assert builds.find(gone.id) is not None, "its files have still to go"
    assert [build.id for build in builds.list(Listing()).items] == [kept.id]
    assert [build.id for build in builds.of_environment(kept.environment_id)] == [kept.id]
    assert list(builds.prefixes()) == [kept.prefix]


def test_builds_of_a_deleted_environment_are_out_of_sight(builds, submit, environments, clock):
    build = submit()
    environments.mark_deleted(build.environment_id, clock())
    with pytest.raises(NotFound):
        builds.get(build.id)
    assert builds.list(Listing()).count == 0
    assert builds.published() == ()
    assert builds.find(build.id) == build


def test_the_present_state_can_be_asked_for(builds, submit, clock):
    submit()
    building = builds.claim("s", clock())
    assert builds.find(building.id, cancel_requested=True) is None
    flagged = apply(builds, building, CancelAsked(clock()))
    assert builds.find(building.id, cancel_requested=True) == flagged


def test_published_builds(builds, submit, environments, clock):
    for name in ("geo", "ml"):
        submit(name)
        done = apply(builds, builds.claim("s", clock()), Finished(clock()))
        environments.publish(done.environment_id, done.id, None)
    submit("geo")
    assert [build.name for build in builds.published()] == ["geo", "ml"]


def test_prefixes_tell_whose_they_are(builds, submit):
    one, other = submit(), submit()
    expected = {one.prefix: (one.id, QUEUED), other.prefix: (other.id, QUEUED)}
    assert builds.prefixes() == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [1, 2, 3, 4]),
        ({"namespace": "team"}, [3, 4]),
        ({"name": "geo"}, [1, 3]),
        ({"namespace": "team", "name": "geo"}, [3]),
        ({"status": BUILDING}, [1]),
        ({"status": QUEUED, "name": "geo"}, [3]),
        ({"environment_id": 2}, [2]),
        ({"name": "g%"}, []),
    ],
)
def test_filters(builds, submit, clock, filters, expected):
    for namespace in ("default", "team"):
        for name in ("geo", "ml"):
            submit(name, namespace)
    builds.claim("s", clock())
    page = builds.list(Listing(), BuildFilter(**filters))
    assert [build.id for build in page.items] == expected
    assert page.count == len(expected)


def test_lists_are_sorted_by_time(builds, submit, clock):
    for _ in range(3):
        submit()
    for _ in range(3):
        building = builds.claim("s", clock())
        # The youngest ends first.
        apply(builds, building, Finished(clock() - timedelta(minutes=building.id)))
    listing = Listing(sort_by=("ended_on",))
    assert [build.id for build in builds.list(listing).items] == [3, 2, 1]
    assert [b.id for b in builds.list(replace(listing, descending=True)).items] == [1, 2, 3]


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("SELECT count(*) FROM build WHERE status = 'QUEUED'", "build_queue"),
        ("SELECT * FROM build WHERE status = 'BUILDING' ORDER BY id", "build_status"),
        ("SELECT max(id) FROM build WHERE environment_id = 1", "build_environment"),
        (
            "SELECT id FROM build WHERE deleted_on IS NULL ORDER BY scheduled_on, id LIMIT 10",
            "build_listed_scheduled",
        ),
        ("SELECT * FROM build_package WHERE package_id = 1", "build_package_package"),
    ],
)
def test_what_is_asked_for_often_is_found_through_an_index(database, query, index):
    plan = database.read().execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
    assert f"INDEX {index}" in str(plan)


def test_a_layout_of_another_day_does_not_move_old_builds(builds, submit, database, layout):
    old = submit()
    moved = Builds(database, replace(layout, build_directory="{store_directory}/new/{namespace}"))
    assert moved.get(old.id).prefix == old.prefix


def test_readers_of_the_store_see_only_builds_with_a_prefix(database, submit):
    """A row is written in two steps, in one transaction: nobody sees the first alone."""
    seen = []
    database.after_commit.append(
        lambda: seen.extend(database.read().execute("SELECT prefix FROM build").fetchall())
    )
    build = submit()
    assert (build.prefix,) in seen
    assert all(prefix.startswith("/") for (prefix,) in seen)


def test_a_row_that_the_lifecycle_would_not_make_is_refused(builds, submit):
    build = submit()
    with pytest.raises(sqlite3.IntegrityError):
        builds.save(build, replace(build, status=COMPLETED))
