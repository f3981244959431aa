"""Lists of environments and builds: pages and filters."""

from __future__ import annotations

import pytest

from jupyter_envstore.domain.build import ArtifactType, BuildStatus, PackageRow
from jupyter_envstore.domain.entities import Scope
from jupyter_envstore.domain.lifecycle import Died, Finished, advance
from jupyter_envstore.store.artifacts import Artifacts
from jupyter_envstore.store.filters import BuildFilter, EnvironmentFilter
from jupyter_envstore.store.listing import Listing
from jupyter_envstore.store.packages import Packages


@pytest.fixture
def packages(database):
    return Packages(database)


def package(name: str, version: str = "1.0") -> PackageRow:
    return PackageRow(name, version, "0", "https://example.org/c", sha256=f"{name}{version}")


def ids(page) -> list[int]:
    return [item.id for item in page.items]


# -- pages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 2, 6, 7])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 100, None])
@pytest.mark.parametrize("descending", [False, True])
def test_pages_together_are_the_list(builds, submit, count, size, descending):
    expected = sorted((submit().id for _ in range(count)), reverse=descending)
    found: list[int] = []
    page = 1
    while len(found) < count:
        listed = builds.list(Listing(page=page, size=size, descending=descending))
        assert listed.count == count
        assert listed.items
        found += ids(listed)
        page += 1
    assert found == expected
    beyond = builds.list(Listing(page=page, size=size or 100, descending=descending))
    assert (beyond.items, beyond.count) == ((), count)


def test_rows_that_are_alike_keep_their_order_from_page_to_page(builds, submit, clock):
    for _ in range(5):
        submit()
    # None of them has been started.
    pages = [ids(builds.list(Listing(n, 2, ("started_on",)))) for n in (1, 2, 3)]
    assert pages == [[1, 2], [3, 4], [5]]


# -- filters --------------------------------------------------------------------------------------


@pytest.fixture
def four_builds(builds, submit, clock, environments, packages, database):
    """Build 1 (numpy, scipy) of ns/a, 2 (numpy) and 3 (failed) of ns/b, 4 (queued) of other/a."""
    artifacts = Artifacts(database)
    for name in ("a", "b", "b"):
        submit(name, "ns")
    contents = {1: ("numpy", "scipy"), 2: ("numpy",)}
    for _ in range(3):
        building = builds.claim("server", clock())
        names = contents.get(building.id)
        fact = Finished(clock()) if names else Died(clock(), "No.")
        builds.save(building, advance(building, fact).build)
        if names:
            packages.record(building.id, [package(name) for name in names])
            artifacts.add(building.id, "LOCKFILE", "lock")
            environments.publish(building.environment_id, building.id, None)
    submit("a", "other")
    return builds


BUILD_FILTERS = [
    ({"packages": ("numpy",)}, [1, 2]),
    ({"packages": ("numpy", "scipy")}, [1]),
    ({"packages": ("num",)}, []),
    ({"packages": ("num%",)}, []),
    ({"artifact": ArtifactType.LOCKFILE}, [1, 2]),
    ({"artifact": ArtifactType.DOCKER_MANIFEST}, []),
    ({"artifact": ArtifactType.LOCKFILE, "packages": ("scipy",)}, [1]),
    ({"status": BuildStatus.FAILED, "namespace": "ns"}, [3]),
    ({"status": BuildStatus.QUEUED}, [4]),
    ({"environment_id": 2}, [2, 3]),
    ({"scope": Scope((("ns/*",),))}, [1, 2, 3]),
    ({"scope": Scope((("*/a",),)), "status": BuildStatus.COMPLETED}, [1]),
    ({"scope": Scope(((),))}, []),
]


@pytest.mark.parametrize(("filters", "expected"), BUILD_FILTERS)
def test_filters_of_builds(four_builds, filters, expected):
    page = four_builds.list(Listing(), BuildFilter(**filters))
    assert (ids(page), page.count) == (expected, len(expected))


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"packages": ("numpy",)}, ["ns/a", "ns/b"]),
        ({"packages": ("numpy", "scipy")}, ["ns/a"]),
        ({"artifact": ArtifactType.LOCKFILE}, ["ns/a", "ns/b"]),
        # The published build counts, not the newest one, which has failed.
        ({"status": BuildStatus.COMPLETED, "name": "b"}, ["ns/b"]),
        ({"status": BuildStatus.FAILED}, []),
        ({"status": BuildStatus.QUEUED}, ["other/a"]),
        ({"search": "OTH"}, ["other/a"]),
        ({"search": "_"}, []),
        ({"scope": Scope((("ns/*",), ("*/b",)))}, ["ns/b"]),
    ],
)
def test_filters_of_environments_are_about_the_current_build(
    four_builds, environments, filters, expected
):
    page = environments.list(Listing(), EnvironmentFilter(**filters))
    assert [f"{row.namespace}/{row.name}" for row in page.items] == expected
    assert page.count == len(expected)


def test_builds_of_deleted_environments_are_not_listed(four_builds, environments, clock):
    environments.mark_deleted(2, clock())
    assert ids(four_builds.list(Listing())) == [1, 4]
    assert ids(four_builds.list(Listing(), BuildFilter(namespace="ns"))) == [1]
    assert four_builds.list(Listing(), BuildFilter(packages=("numpy",))).count == 1
