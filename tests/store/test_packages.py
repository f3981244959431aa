from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_envstore.domain.build import PackageRow
from jupyter_envstore.store.artifacts import Artifact, Artifacts
from jupyter_envstore.store.listing import Listing
from jupyter_envstore.store.packages import Packages

FORGE = "https://conda.anaconda.org/conda-forge"

NUMPY = PackageRow(
    name="numpy",
    version="1.26.4",
    build="py311h64a7726_0",
    channel=FORGE,
    subdir="linux-64",
    build_number=3,
    url=f"{FORGE}/linux-64/numpy-1.26.4-py311h64a7726_0.conda",
    size=8_065_890,
    sha256="3f" * 32,
    md5="a5" * 16,
    license="BSD-3-Clause",
    summary="Arrays",
    depends=("libblas >=3.9", "python >=3.11,<3.12"),
    requested=True,
)
FLASK = PackageRow("flask", "3.0.0", "", "https://index.example/simple", manager="pip")
NUMPY_BASE = replace(NUMPY, name="numpy_base", requested=False, sha256=None, depends=())


@pytest.fixture
def packages(database):
    return Packages(database)


def recorded(packages, of, **filters):
    page = packages.of_build(of.id, Listing(), **filters)
    return [row.package for row in page.items]


def test_nothing_of_a_package_is_lost(packages, submit):
    build = submit()
    packages.record(build.id, iter([NUMPY, FLASK, NUMPY_BASE]))
    assert recorded(packages, build) == [NUMPY, NUMPY_BASE, FLASK]


def test_a_package_is_kept_once_for_all_builds(packages, submit, database):
    one, other = submit(), submit()
    packages.record(one.id, [NUMPY])
    packages.record(other.id, [replace(NUMPY, requested=False), FLASK])
    assert recorded(packages, one) == [NUMPY]
    assert recorded(packages, other) == [replace(NUMPY, requested=False), FLASK]
    count = database.read().execute("SELECT count(*) FROM package").fetchone()
    assert count == (2,)


@pytest.mark.parametrize(
    "change",
    [
        {"version": "1.26.5"},
        {"build": "py312_0"},
        {"channel": "https://example.org/mine"},
        {"subdir": "osx-arm64"},
        {"sha256": "00" * 32},
    ],
)
def test_packages_that_differ_are_two(packages, submit, change):
    build = submit()
    packages.record(build.id, [NUMPY, replace(NUMPY, **change)])
    assert len(recorded(packages, build)) == 2


def test_recording_again_replaces(packages, submit):
    build = submit()
    packages.record(build.id, [NUMPY, FLASK])
    packages.record(build.id, [FLASK, FLASK])
    assert recorded(packages, build) == [FLASK]


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"search": "num"}, ["numpy", "numpy_base"]),
        ({"search": "NUMPY"}, ["numpy", "numpy_base"]),
        ({"search": "y_b"}, ["numpy_base"]),
        ({"search": "%"}, []),
        ({"search": "numpy", "exact": True}, ["numpy"]),
        ({"search": "num%", "exact": True}, []),
        ({"search": "numpy%base", "exact": True}, []),
        ({"build": "h64a"}, ["numpy", "numpy_base"]),
        ({"build": "py3_1"}, []),
        ({"search": "flask", "build": "py311"}, []),
    ],
)
def test_filters(packages, submit, filters, names):
    """``exact`` of conda-store takes ``_`` for any letter, and ``build`` answers 500."""
    build = submit()
    packages.record(build.id, [NUMPY, FLASK, NUMPY_BASE])
    assert [package.name for package in recorded(packages, build, **filters)] == names


def test_pages(packages, submit):
    build = submit()
    packages.record(build.id, [NUMPY, FLASK, NUMPY_BASE])
    page = packages.of_build(build.id, Listing(2, 2, ("name",), descending=True))
    assert [row.package.name for row in page.items] == ["flask"]
    assert (page.page, page.size, page.count) == (2, 2, 3)


def test_ids_are_those_that_conda_stores_clients_expect(packages, submit):
    build = submit()
    packages.record(build.id, [NUMPY, NUMPY_BASE, FLASK])
    rows = packages.of_build(build.id, Listing()).items
    assert len({row.id for row in rows}) == 3
    assert rows[0].channel_id == rows[1].channel_id != rows[2].channel_id


def test_packages_of_a_removed_build_go_with_it(packages, submit, environments, database):
    build, kept = submit("geo"), submit("ml")
    packages.record(build.id, [NUMPY, FLASK])
    packages.record(kept.id, [FLASK])
    environments.remove(build.environment_id)
    assert recorded(packages, build) == []
    assert recorded(packages, kept) == [FLASK]


# -- artifacts ------------------------------------------------------------------------------------


def test_artifacts_are_replaced_by_type(database, submit):
    artifacts = Artifacts(database)
    build = submit()
    artifacts.add(build.id, "LOGS", "/logs/1.log")
    artifacts.add(build.id, "LOCKFILE", "/lock/1")
    first, second = artifacts.of_build(build.id)
    artifacts.add(build.id, "LOGS", "/logs/2.log")
    assert artifacts.of_build(build.id) == (Artifact(first.id, "LOGS", "/logs/2.log"), second)
    assert artifacts.of_build(submit().id) == ()


def test_a_package_knows_which_of_its_build_need_it(packages, submit):
    build, other = submit(), submit("other")
    needing = replace(NUMPY, name="pandas", depends=("numpy >=1.2", "python"), requested=True)
    by_pip = replace(FLASK, depends=("numpy>=1",))
    packages.record(build.id, [NUMPY, needing, by_pip])
    packages.record(other.id, [NUMPY])
    # Those of other pages count, too.
    (first,) = packages.of_build(build.id, Listing(1, 1, ("name",)), search="numpy").items
    assert first.required_by == ("flask", "pandas")
    (alone,) = packages.of_build(other.id, Listing()).items
    assert alone.required_by == ()


def test_summaries_are_those_of_the_newest_package(packages, submit):
    newer = replace(NUMPY, version="2.0", summary="Arrays and more")
    packages.record(submit().id, [NUMPY, newer, replace(FLASK, summary="Not of conda")])
    assert packages.summaries(["numpy", "flask", "nothing"]) == {"numpy": "Arrays and more"}
