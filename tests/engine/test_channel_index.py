"""Reading channels' indexes: as streams, whatever is in them; versions in conda's order."""

from __future__ import annotations

import io
import json
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rattler import Version
from rattler.exceptions import InvalidVersionError

from jupyter_envstore.engine.channel_index import (
    ChannelUnreadable,
    OfferedPackages,
    cached,
    in_conda_order,
    package_of,
)
from jupyter_envstore.engine.channeldata import summaries
from jupyter_envstore.engine.json_stream import members

from .listed_channel import ListedChannel

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


class Drip(io.StringIO):
    """Gives a few characters at a time, so that every value is cut somewhere."""

    def read(self, size: int | None = -1) -> str:
        return super().read(min(size or 3, 3))


@given(st.dictionaries(st.text(), VALUES), st.sampled_from([None, 1, "\t"]))
def test_members_are_what_json_would_read(document, indent):
    text = json.dumps(document, indent=indent)
    expected = []
    for section, value in document.items():
        if isinstance(value, dict):
            expected += [(section, key, inner) for key, inner in value.items()]
        else:
            expected.append((section, "", value))
    for file in (io.StringIO(text), Drip(text)):
        assert list(members(file, list(document))) == expected


@given(st.dictionaries(st.text(), VALUES, min_size=1), st.data())
def test_a_text_that_is_cut_off_is_refused(document, data):
    text = json.dumps(document)
    end = data.draw(st.integers(0, len(text) - 1))
    with pytest.raises(ValueError):
        list(members(io.StringIO(text[:end]), list(document)))


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{'a': 1}", '{"a" 1}', '{"a": {1: 2}}', "<html>"]
)
def test_what_is_not_an_index_is_refused(text):
    with pytest.raises(ValueError):
        list(members(io.StringIO(text), ("a",)))


def test_values_that_are_nested_without_end_are_refused():
    text = '{"packages": {"x": ' + "[" * 200_000 + "]" * 200_000 + "}}"
    with pytest.raises(ValueError, match="nested"):
        list(members(io.StringIO(text), ("packages",)))


def test_memory_is_for_one_record_and_not_for_the_file(tmp_path):
    channel = ListedChannel(tmp_path)
    for number in range(3000):
        channel.list(f"package-{number}", padding="x" * 5000)
    index = cached(channel.write().url, "linux-64", tmp_path)
    assert index is not None
    assert index.path.stat().st_size > 15_000_000
    tracemalloc.start()
    try:
        assert sum(1 for _ in OfferedPackages(index)) == 3000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000


# -- versions --------------------------------------------------------------------------------------

PARTS = st.sampled_from(
    [
        "0",
        "1",
        "2",
        "10",
        "00",
        "01",
        "a",
        "b",
        "rc",
        "rc1",
        "dev",
        "post",
        "1a",
        "a1",
        "1post",
        "g",
    ]
)
VERSIONS = st.builds(
    lambda epoch, parts, separators, local: (
        epoch
        + "".join(part + sep for part, sep in zip(parts, [*separators, ""], strict=False))
        + local
    ),
    st.sampled_from(["", "", "1!"]),
    st.lists(PARTS, min_size=1, max_size=4),
    st.lists(st.sampled_from([".", "_", "-"]), min_size=3, max_size=3),
    st.sampled_from(["", "", "+1", "+a.1", "_"]),
)


def parsed(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersionError:
        return None


@given(st.lists(VERSIONS | st.text(max_size=5), max_size=12, unique=True))
@example(["3.9", "3.11", "3.10"])
@example(["1.0", "1.0.0", "1"])
@example(["2.0", "2.0rc1", "2.0.dev0", "2.0.post1", "1!0.1"])
def test_versions_are_in_the_order_that_rattler_compares_them_in(texts):
    ordered = in_conda_order(texts)
    assert sorted(ordered) == sorted(texts)
    versions = [parsed(text) for text in ordered]
    known = [version for version in versions if version is not None]
    assert versions == [None] * (len(versions) - len(known)) + known
    for earlier, later in pairwise(known):
        assert not later < earlier
    assert in_conda_order(reversed(texts)) == ordered


# -- records ---------------------------------------------------------------------------------------


def test_both_formats_are_read_and_the_place_of_the_files_is_kept(tmp_path):
    channel = ListedChannel(tmp_path, info={"base_url": "../files/"})
    channel.list("a").list("b", suffix=".tar.bz2").write()
    offered = OfferedPackages(cached(channel.url, "linux-64", tmp_path))
    assert {package.file for package in offered} == {"a-1.0-0.conda", "b-1.0-0.tar.bz2"}
    assert offered.base_url == f"{channel.url}/files"


def test_credentials_in_the_place_of_the_files_are_cut_out(tmp_path):
    channel = ListedChannel(tmp_path, info={"base_url": "https://u:p@host/t/secret/files"}).write()
    offered = OfferedPackages(cached(channel.url, "linux-64", tmp_path))
    assert list(offered) == []
    assert offered.base_url == "https://host/files"


@given(
    st.dictionaries(
        st.sampled_from(
            ["name", "version", "build", "size", "sha256", "license", "build_number", "timestamp"]
        ),
        VALUES,
    )
)
def test_any_record_is_taken_or_left_but_never_breaks_anything(record):
    package = package_of("x-1-0.conda", record)
    if package is not None:
        assert isinstance(package.name, str)
        assert 0 <= package.size < 2**63
        json.dumps(vars(package)).encode()


def test_a_file_that_is_no_index_says_which(tmp_path):
    channel = ListedChannel(tmp_path).write()
    (tmp_path / "noarch" / "repodata.json").write_text('{"packages": {"a": {"name": ')
    with pytest.raises(ChannelUnreadable, match=r"noarch cannot be read") as caught:
        list(OfferedPackages(cached(channel.url, "noarch", tmp_path)))
    assert channel.url in str(caught.value)
    assert "repodata_cache_directory" in caught.value.hint


def test_summaries_are_one_line_each_and_end_where_the_file_is_damaged(tmp_path):
    path = tmp_path / "channeldata.json"
    path.write_text('{"packages": {"A": {"summary": " two\\n lines "}, "b": {}, "c": {"sum')
    assert list(summaries(path)) == [("a", "two lines")]
