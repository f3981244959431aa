"""The package index: what is searched for is found, in order, on the right page."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_envstore.domain.channel_package import ChannelPackage
from jupyter_envstore.store import package_search
from jupyter_envstore.store.listing import Listing
from jupyter_envstore.store.package_index import IndexedPackage, PackageIndex
from jupyter_envstore.store.package_index_writer import PackageIndexWriter
from jupyter_envstore.store.package_search import PackageQuery

A, B = "https://a.example/one", "https://b.example/two"


def a_package(name: str, version: str = "1", build: str = "0", suffix: str = ".conda", **facts):
    usual = {
        "build_number": 0,
        "size": 1,
        "sha256": "ab" * 32,
        "license": "MIT",
        "timestamp": None,
    }
    file = f"{name}-{version}-{build}{suffix}"
    return ChannelPackage(file, name, version, build, **{**usual, **facts})


def by_number(versions: Iterable[str]) -> list[str]:
    """The order of versions of these tests: they are numbers."""
    return sorted(versions, key=int)


def write(directory: Path, channels: dict[str, list[ChannelPackage]], **summaries: str) -> None:
    with PackageIndexWriter(directory, list(channels)) as writer:
        for channel, packages in channels.items():
            writer.add(channel, "noarch", packages)
            writer.place(channel, "noarch", f"{channel}/noarch")
            writer.describe(channel, summaries.items())
        writer.publish(by_number)


def names(items: Iterable[IndexedPackage]) -> list[str]:
    return [item.package.name for item in items]


# -- against a model -------------------------------------------------------------------------------

PACKAGES = st.lists(
    st.builds(
        a_package,
        st.sampled_from(["a", "ab", "b", "ba", "c_a", "c-a", "%"]),
        st.sampled_from(["2", "9", "10"]),
        st.sampled_from(["h0", "h1"]),
    ),
    max_size=20,
    unique_by=lambda package: package.file,
)
QUERIES = st.builds(
    PackageQuery,
    search=st.sampled_from(["", "a", "A", "b", "_", "%", "c-"]),
    exact=st.booleans(),
    build=st.sampled_from(["", "h1"]),
    channels=st.sampled_from([(), (A,), (f"{B}/",), (A, B), ("https://none.example",)]),
)
LISTINGS = st.builds(
    Listing,
    page=st.integers(1, 3),
    size=st.integers(1, 7),
    sort_by=st.lists(
        st.sampled_from(["channel", "name", "version", "build", "unknown"]), max_size=2
    ).map(tuple),
    descending=st.booleans(),
)


def wanted(rows: list[tuple[str, ChannelPackage]], query: PackageQuery):
    text = query.search.lower()
    channels = [url.rstrip("/") for url in query.channels]
    return [
        (channel, package)
        for channel, package in rows
        if (package.name == text if query.exact and text else text in package.name)
        and query.build in package.build
        and (not channels or channel in channels)
    ]


def in_order(found: list[tuple[str, ChannelPackage]], query: PackageQuery, listing: Listing):
    keys = {
        "channel": lambda row: row[0],
        "name": lambda row: row[1].name,
        "version": lambda row: int(row[1].version),
        "build": lambda row: row[1].build,
    }
    asked = [name for name in listing.sort_by if name in keys]
    columns = list(dict.fromkeys([*asked, "channel", "name", "version", "build"]))
    rows = sorted(
        found, key=lambda row: [keys[name](row) for name in columns], reverse=listing.descending
    )
    if query.search and not query.exact and not asked and not listing.descending:
        text = query.search.lower()
        rows.sort(
            key=lambda row: 2 if not row[1].name.startswith(text) else len(row[1].name) > len(text)
        )
    return rows


@pytest.mark.parametrize("few", [20_000, 0], ids=["sorted", "walked"])
@settings(deadline=None, max_examples=60)
@given(ours=PACKAGES, theirs=PACKAGES, query=QUERIES, listing=LISTINGS)
def test_a_search_finds_what_a_plain_filter_finds(
    tmp_path_factory, few, ours, theirs, query, listing
):
    directory = tmp_path_factory.mktemp("index")
    write(directory, {B: theirs, A: ours})
    rows = [*((A, package) for package in ours), *((B, package) for package in theirs)]
    expected = in_order(wanted(rows, query), query, listing)
    first = (listing.page - 1) * listing.size
    with pytest.MonkeyPatch.context() as patch:
        # The two ways to find a page must agree, whichever a number of records chooses.
        patch.setattr(package_search, "_FEW", few)
        page = PackageIndex(directory).search(query, listing)
    assert page.count == len(expected)
    assert [(item.channel, item.package) for item in page.items] == expected[
        first : first + listing.size
    ]


@pytest.mark.parametrize("few", [20_000, 0], ids=["sorted", "walked"])
@settings(deadline=None, max_examples=60)
@given(
    ours=PACKAGES,
    theirs=PACKAGES,
    query=QUERIES,
    listing=LISTINGS,
    distinct=st.sets(st.sampled_from(["channel", "name", "version"]), min_size=1),
)
def test_one_package_stands_for_those_that_are_alike(
    tmp_path_factory, few, ours, theirs, query, listing, distinct
):
    directory = tmp_path_factory.mktemp("index")
    write(directory, {B: theirs, A: ours})
    rows = [*((A, package) for package in ours), *((B, package) for package in theirs)]

    def kind(channel: str, package: ChannelPackage):
        facts = {"channel": channel, "name": package.name, "version": package.version}
        return tuple(facts[name] for name in sorted(distinct))

    expected = {kind(*row) for row in wanted(rows, query)}
    query = PackageQuery(**{**vars(query), "distinct_on": tuple(distinct)})
    index = PackageIndex(directory)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(package_search, "_FEW", few)
        found = []
        for page in range(1, len(expected) + 2):
            part = index.search(query, Listing(page, listing.size, listing.sort_by))
            assert part.count == len(expected)
            found += part.items
    kinds = [kind(item.channel, item.package) for item in found]
    assert len(kinds) == len(set(kinds))
    assert set(kinds) == expected


# -- examples --------------------------------------------------------------------------------------


def test_the_newest_package_of_the_most_important_channel_stands_for_a_name(tmp_path):
    theirs = [a_package("x", "3"), a_package("y", "1")]
    ours = [a_package("x", "1"), a_package("x", "2", "0"), a_package("x", "2", "1", build_number=1)]
    write(tmp_path, {B: ours, A: theirs})
    page = PackageIndex(tmp_path).search(PackageQuery(distinct_on=("name",)), Listing(size=9))
    chosen = {item.package.name: item for item in page.items}
    assert (chosen["x"].channel, chosen["x"].package.version) == (B, "2")
    assert chosen["x"].package.build == "1"
    assert chosen["y"].channel == A


def test_of_both_formats_of_one_package_the_new_one_is_kept(tmp_path):
    both = [a_package("x", suffix=".tar.bz2"), a_package("x"), a_package("old", suffix=".tar.bz2")]
    write(tmp_path, {A: both})
    page = PackageIndex(tmp_path).search(PackageQuery(), Listing(size=9))
    assert [item.package.file for item in page.items] == ["old-1-0.tar.bz2", "x-1-0.conda"]
    assert page.items[0].url == f"{A}/noarch/old-1-0.tar.bz2"


def test_an_index_that_is_replaced_is_seen_at_once_and_never_half(tmp_path):
    index = PackageIndex(tmp_path)
    assert not index.is_there()
    assert index.search(PackageQuery("x"), Listing(size=5)).items == ()
    write(tmp_path, {A: [a_package("x")]})
    assert names(index.search(PackageQuery(), Listing(size=5)).items) == ["x"]
    with PackageIndexWriter(tmp_path, [A]) as writer:
        writer.add(A, "noarch", [a_package("y")])
    assert names(index.search(PackageQuery(), Listing(size=5)).items) == ["x"]
    assert [path.name for path in tmp_path.iterdir()] == ["packages.db"]
    write(tmp_path, {A: [a_package("y")]}, y="Why")
    (found,) = index.search(PackageQuery(), Listing(size=5)).items
    assert (found.package.name, found.summary) == ("y", "Why")


def test_a_part_that_fails_leaves_nothing_of_itself(tmp_path):
    def broken():
        yield a_package("half")
        raise ValueError("the rest is missing")

    with PackageIndexWriter(tmp_path, [A]) as writer:
        with pytest.raises(ValueError, match="missing"):
            writer.add(A, "noarch", broken())
        writer.add(A, "noarch", [a_package("whole")])
        assert writer.publish(by_number) == {A: 1}
    found = PackageIndex(tmp_path).search(PackageQuery(), Listing(size=5))
    assert names(found.items) == ["whole"]


@pytest.mark.parametrize(
    "content", [b"", b"not a database at all", b"SQLite format 3\0" + b"x" * 99]
)
def test_a_damaged_index_is_as_good_as_none(tmp_path, content):
    (tmp_path / "packages.db").write_bytes(content)
    index = PackageIndex(tmp_path)
    assert not index.is_there()
    assert index.search(PackageQuery(), Listing(size=5)).count == 0
    write(tmp_path, {A: [a_package("x")]})
    assert index.is_there()


def test_connections_to_replaced_indexes_are_closed(tmp_path):
    index = PackageIndex(tmp_path)
    for number in range(20):
        write(tmp_path, {A: [a_package(f"x{number}")]})
        assert index.search(PackageQuery(), Listing(size=5)).count == 1
    held = [file.path for file in psutil.Process().open_files()]
    assert sum("packages.db" in path for path in held) <= 1
