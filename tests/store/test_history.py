from __future__ import annotations

import sqlite3

import pytest

from jupyter_envstore.store.history import DEEDS, History
from jupyter_envstore.store.listing import Listing
from jupyter_envstore.store.notes import TAGGED, Notes


@pytest.fixture
def history(database, clock):
    return History(database, clock)


@pytest.fixture
def notes(database):
    return Notes(database)


def deeds(history, environment_id, **listing):
    page = history.of_environment(environment_id, Listing(**listing))
    return [(entry.deed, entry.actor, entry.build_id) for entry in page.items]


def test_who_asked_for_a_build_is_noted_with_what_became_of_it(history, submit):
    build = submit(author="ada")
    (entry,) = history.of_environment(build.environment_id, Listing()).items
    assert (entry.deed, entry.actor, entry.build_id) == ("asked", "ada", build.id)
    assert (entry.at, entry.build_status) == (build.asked_on, build.status)


def test_what_nobody_chose_was_published_and_what_somebody_chose_was_not(
    history, environments, submit, clock
):
    one, other = submit(), submit()
    environments.publish(one.environment_id, one.id, None)
    environments.publish(one.environment_id, one.id, None)  # No change.
    environments.publish(one.environment_id, other.id, clock())  # A switch: its service notes it.
    assert deeds(history, one.environment_id)[2:] == [("published", None, one.id)]


@pytest.mark.parametrize("deed", DEEDS)
def test_every_deed_can_be_noted(history, submit, deed):
    build = submit()
    history.note(build.environment_id, deed, actor="bob", build_id=build.id, detail="why")
    entry = history.of_environment(build.environment_id, Listing()).items[-1]
    assert (entry.deed, entry.actor, entry.detail) == (deed, "bob", "why")


def test_other_deeds_cannot(history, submit):
    with pytest.raises(sqlite3.IntegrityError):
        history.note(submit().environment_id, "dreamed", actor=None)


def test_it_is_kept_under_another_name_and_goes_with_the_environment(history, environments, submit):
    build = submit("geo")
    environments.rename(build.environment_id, "maps")
    again = submit("maps")
    assert again.environment_id == build.environment_id
    assert [deed[2] for deed in deeds(history, build.environment_id)] == [build.id, again.id]
    environments.remove(build.environment_id)
    assert deeds(history, build.environment_id) == []


def test_the_build_key_keeps_the_name_that_was_asked_for(builds, environments, submit):
    build = submit("geo")
    environments.rename(build.environment_id, "maps")
    after = builds.get(build.id)
    assert (after.name, after.specification_name) == ("maps", "geo")
    assert builds.prefix_of(after) == build.prefix
    assert builds.key_of(after).endswith("-geo")


def test_both_names_are_announced_when_an_environment_is_renamed(journal, environments, submit):
    build = submit("geo")
    before = journal.latest()
    environments.rename(build.environment_id, "maps")
    told = {(entry.kind, entry.environment) for entry in journal.since(before)}
    assert told == {("environment", "geo"), ("environment", "maps")}


def test_notes_and_tags_are_kept_and_announced_once(notes, builds, journal, submit):
    build = submit()
    before = journal.latest()
    notes.write(build.id, "for the paper", ["paper", "2026"])
    notes.write(build.id, "for the paper", ["paper", "2026"])
    assert len(journal.since(before)) == 1
    after = builds.get(build.id)
    assert (after.note, after.tags) == ("for the paper", ("paper", "2026"))


def test_builds_are_found_by_their_present_tags(notes, database, submit):
    one, other = submit(), submit()

    def tagged(tag):
        rows = database.read().execute(f"SELECT id FROM build WHERE {TAGGED} ORDER BY id", [tag])
        return [row[0] for row in rows]

    notes.write(one.id, "", ["paper", "old"])
    notes.write(other.id, "", ["paper"])
    assert tagged("paper") == [one.id, other.id]
    notes.write(one.id, "", ["öffentlich", "new"])
    assert (tagged("paper"), tagged("old"), tagged("öffentlich")) == ([other.id], [], [one.id])
