"""Settings in the database: their levels, and who changed them."""

from __future__ import annotations

import pytest

from jupyter_envstore.store.listing import Listing
from jupyter_envstore.store.settings import Level, StoredSettings

STORE, TEAM, ENV = Level(), Level("team"), Level("team", "env")


@pytest.fixture
def stored(database):
    return StoredSettings(database)


@pytest.fixture
def set_(stored, clock):
    def set_(level, *reset, author="ada", **values):
        stored.change(level, values, reset, now=clock(), author=author)

    return set_


def changes(stored, level=STORE):
    found = stored.changes(Listing(), level).items
    return [(one.author, one.level, one.key, one.value) for one in found]


def test_a_level_has_those_above_it(stored, set_):
    set_(STORE, a=1, b=[])
    set_(TEAM, b=["x"])
    set_(ENV, c=None)
    set_(Level("other"), b=["y"])
    set_(Level("team", "other"), c="z")
    assert stored.levels(STORE) == [{"a": 1, "b": []}]
    assert stored.levels(TEAM) == [{"a": 1, "b": []}, {"b": ["x"]}]
    assert stored.levels(ENV) == [{"a": 1, "b": []}, {"b": ["x"]}, {"c": None}]
    assert stored.levels(Level("none", "none")) == [{"a": 1, "b": []}, {}, {}]


def test_changes_are_kept_with_who_and_when(stored, set_):
    set_(TEAM, a=1, b=2)
    set_(TEAM, "b", "never-set", author="bob", a=1)
    set_(ENV, a=3, author=None)
    set_(Level("other"), a=4)
    ours = [
        ("ada", TEAM, "a", 1),
        ("ada", TEAM, "b", 2),
        ("bob", TEAM, "b", None),
        (None, ENV, "a", 3),
    ]
    assert changes(stored, TEAM) == ours
    assert changes(stored, ENV) == ours[3:]
    assert changes(stored) == [*ours, ("ada", Level("other"), "a", 4)]
    moments = [one.at for one in stored.changes(Listing(), STORE).items]
    assert moments == sorted(moments)
    assert moments[0] == moments[1] < moments[2]


def test_settings_are_there_when_the_store_is_opened_again(stored, set_, database, open_database):
    set_(TEAM, a=["x"])
    assert StoredSettings(open_database()).levels(TEAM)[1] == {"a": ["x"]}


def test_an_environment_that_is_renamed_takes_its_settings_along(stored, set_, submit, database):
    build = submit()
    level = Level(build.namespace, build.name)
    set_(level, a=1, b=2)
    set_(Level(build.namespace, "renamed"), b=3)
    set_(Level("other", build.name), a=4)
    with database.write() as db:
        db.execute("UPDATE environment SET name = 'renamed' WHERE id = ?", [build.environment_id])
    assert stored.levels(level)[2] == {}
    assert stored.levels(Level(build.namespace, "renamed"))[2] == {"a": 1, "b": 2}
    assert stored.levels(Level("other", build.name))[2] == {"a": 4}
