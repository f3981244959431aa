from __future__ import annotations

import sqlite3

import pytest

from jupyter_envstore.domain.build import BuildStatus, Environment
from jupyter_envstore.domain.errors import NotFound
from jupyter_envstore.domain.lifecycle import Died, Finished, advance
from jupyter_envstore.store.filters import EnvironmentFilter
from jupyter_envstore.store.listing import Listing


@pytest.fixture
def finish(builds, clock):
    """Let the oldest build of the queue finish."""

    def next_one():
        building = builds.claim("server-a", clock())
        return builds.save(building, advance(building, Finished(clock())).build)

    return next_one


@pytest.fixture
def add(namespaces, environments, clock):
    def one(namespace, name, description=""):
        return environments.ensure(namespaces.ensure(namespace).id, name, description, clock())

    return one


def listed(environments, listing=None, **filters):
    page = environments.list(listing or Listing(), EnvironmentFilter(**filters))
    return [f"{environment.namespace}/{environment.name}" for environment in page.items]


def test_an_environment_is_made_once(environments, add):
    first = add("default", "geo", "maps")
    assert add("default", "geo") == first
    assert environments.get("default", "geo") == Environment(
        first, "default", "geo", "maps", published_build_id=None, switched_on=None
    )


def test_a_description_that_is_given_replaces(environments, add):
    first = add("default", "geo", "maps")
    add("default", "geo", "more maps")
    assert environments.get("default", "geo").description == "more maps"
    environments.describe(first, "")
    assert environments.get("default", "geo").description == ""


def test_what_does_not_exist_in_conda_stores_words(environments):
    with pytest.raises(NotFound, match="environment does not exist"):
        environments.get("default", "geo")
    assert environments.find("default", "geo") is None
    assert environments.by_id(1) is None


def test_newest_and_published_builds(environments, builds, submit, finish, clock):
    first, second = submit(), submit()
    finish()
    environments.publish(first.environment_id, first.id, None)
    found = environments.get("default", "geo")
    assert (found.published_build_id, found.newest_build_id) == (first.id, second.id)
    assert found.switched_on is None
    builds.mark_deleted(second.id, clock())
    assert environments.get("default", "geo").newest_build_id == first.id


def test_a_choice_by_hand_is_remembered(environments, submit, finish, clock):
    submit(), submit()
    one, other = finish(), finish()
    chosen_on = clock()
    environments.publish(one.environment_id, one.id, chosen_on)
    environments.publish(one.environment_id, other.id, None)
    found = environments.by_id(one.environment_id)
    assert found.published_build_id == other.id
    assert found.switched_on == chosen_on, "publishing by itself does not forget it"


# -- deletion -------------------------------------------------------------------------------------


def test_a_name_is_free_again_at_once(environments, submit, finish, clock):
    old = submit()
    finish()
    environments.publish(old.environment_id, old.id, None)
    environments.mark_deleted(old.environment_id, clock())
    assert environments.find("default", "geo") is None
    assert environments.by_id(old.environment_id) is None
    assert environments.deleted() == ((old.environment_id, "default", "geo"),)

    new = submit()
    assert new.environment_id != old.environment_id
    assert environments.get("default", "geo").id == new.environment_id
    assert environments.get("default", "geo").published_build_id is None


def test_a_name_is_taken_once(database, add, clock):
    first = add("default", "geo")
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"), database.write() as db:
        db.execute(
            "INSERT INTO environment (namespace_id, name, created_on)"
            " SELECT namespace_id, name, created_on FROM environment WHERE id = ?",
            [first],
        )


def test_a_deleted_name_may_be_deleted_again_and_again(environments, add, clock):
    ids = []
    for _ in range(3):
        ids.append(add("default", "geo"))
        environments.mark_deleted(ids[-1], clock())
    assert [row[0] for row in environments.deleted()] == ids


def test_removing_takes_the_builds_along(environments, builds, submit, finish, database, clock):
    gone, kept = submit("geo"), submit("ml")
    finish()
    environments.publish(gone.environment_id, gone.id, None)
    environments.mark_deleted(gone.environment_id, clock())
    environments.remove(gone.environment_id)
    assert builds.find(gone.id) is None
    assert builds.find(kept.id) is not None
    assert environments.deleted() == ()
    left = database.read().execute("SELECT count(*) FROM attempt WHERE build_id = ?", [gone.id])
    assert left.fetchone() == (0,)


# -- lists ----------------------------------------------------------------------------------------


@pytest.fixture
def some(add):
    for namespace, name in [
        ("team", "geo"),
        ("default", "ml_gpu"),
        ("default", "mlxgpu"),
        ("default", "geo"),
        ("default", "other"),
    ]:
        add(namespace, name)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"search": "geo"}, ["default/geo", "team/geo"]),
        ({"search": "GEO"}, ["default/geo", "team/geo"]),
        ({"search": "eam"}, ["team/geo"]),
        ({"search": "l_g"}, ["default/ml_gpu"]),
        ({"search": "%"}, []),
        ({"search": "\\"}, []),
        ({"namespace": "team"}, ["team/geo"]),
        ({"name": "geo"}, ["default/geo", "team/geo"]),
        ({"name": "ml_gpu", "namespace": "default"}, ["default/ml_gpu"]),
        ({"name": "ml_gpu", "namespace": "team"}, []),
    ],
)
def test_filters(environments, some, filters, expected):
    assert listed(environments, **filters) == expected


def test_order_and_pages(environments, some):
    whole = listed(environments)
    assert whole == sorted(whole)
    assert listed(environments, Listing(descending=True)) == whole[::-1]
    by_name = listed(environments, Listing(sort_by=("name",)))
    assert by_name.index("default/geo") + 1 == by_name.index("team/geo")
    pages = [listed(environments, Listing(page, 2, ("name",))) for page in (1, 2, 3)]
    assert [name for names in pages for name in names] == by_name


def test_deleted_ones_are_not_listed(environments, some, clock):
    environments.mark_deleted(environments.get("team", "geo").id, clock())
    assert "team/geo" not in listed(environments)


def test_the_status_is_that_of_the_current_build(environments, builds, submit, finish, clock):
    """The published build if there is one, else the newest: as conda-store's clients see it."""
    published = submit("published")
    finish()
    environments.publish(published.environment_id, published.id, None)
    submit("published")
    submit("never")
    for _ in range(2):
        building = builds.claim("server-a", clock())
        builds.save(building, advance(building, Died(clock(), "No.")).build)
    submit("waiting")
    assert listed(environments, status=BuildStatus.COMPLETED) == ["default/published"]
    assert listed(environments, status=BuildStatus.FAILED) == ["default/never"]
    assert listed(environments, status=BuildStatus.QUEUED) == ["default/waiting"]
    assert listed(environments, status=BuildStatus.CANCELED) == []
