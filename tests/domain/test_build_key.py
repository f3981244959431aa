"""conda-store's build keys, held to the vectors that it made itself."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_envstore.domain.build_key import (
    VERSIONS,
    ParsedBuildKey,
    build_key,
    check_version,
    content_id,
    parse_build_key,
    specification_sha256,
)
from jupyter_envstore.domain.layout import Layout
from jupyter_envstore.domain.path_lengths import PathTooLong
from jupyter_envstore.domain.specification import parse_specification

RECORDED = json.loads((Path(__file__).parent / "vectors" / "build_keys.json").read_text())
VECTORS = RECORDED["vectors"]
ERRORS = {entry["case"]: entry for entry in RECORDED["errors"]}

vectors = pytest.mark.parametrize("vector", VECTORS, ids=[vector["title"] for vector in VECTORS])
versions = pytest.mark.parametrize("version", VERSIONS)

names = st.from_regex(r"[A-Za-z0-9\-+_@$&?^~.=]{1,20}", fullmatch=True)
moments = st.datetimes(
    datetime.fromisoformat("1970-01-02T00:00:00"), datetime.fromisoformat("2200-01-01T00:00:00")
)
models = st.fixed_dictionaries(
    {
        "channels": st.lists(st.text(max_size=8), max_size=4),
        "dependencies": st.lists(
            st.text(max_size=8)
            | st.fixed_dictionaries({"pip": st.lists(st.text(max_size=8), max_size=3)}),
            max_size=5,
        ),
        "name": names,
        "variables": st.none() | st.dictionaries(st.text(max_size=4), st.text() | st.integers()),
    }
)


def key_of(vector, version):
    return build_key(
        version,
        sha256=vector["sha256"],
        scheduled_on=datetime.fromisoformat(vector["scheduled_on_utc"]),
        build_id=vector["build_id"],
        namespace=vector["namespace"],
        name=vector["name"],
    )


# -- what conda-store made ------------------------------------------------------------------------


@versions
@vectors
def test_key_is_conda_stores(vector, version):
    assert key_of(vector, version) == vector["keys"][f"v{version}"]


@pytest.mark.parametrize(
    "vector", [vector for vector in VECTORS if vector["model_dump"]], ids=lambda v: v["title"]
)
def test_hash_is_conda_stores(vector):
    assert specification_sha256(vector["model_dump"]) == vector["sha256"]
    read = parse_specification(json.dumps(vector["input_specification"]))
    assert read.model == vector["model_dump"]
    assert read.sha256 == vector["sha256"]


@versions
@vectors
def test_paths_are_conda_stores(vector, version):
    layout = Layout("/opt/conda-store")
    expected = vector["paths_store_/opt/conda-store"][f"v{version}"]
    prefix = layout.prefix(vector["namespace"], key_of(vector, version), version)
    if isinstance(expected["build_path"], str):
        assert prefix == expected["build_path"]
        layout.check_prefix(prefix)
    else:
        with pytest.raises(PathTooLong) as refused:
            layout.check_prefix(prefix)
        assert refused.value.message == expected["build_path"]["error"]
    link = layout.environment_link(vector["namespace"], vector["name"], version)
    assert link == expected["environment_path"]


@vectors
def test_keys_are_parsed_as_conda_store_does(vector):
    for version in (1, 2):
        parsed = parse_build_key(vector["keys"][f"v{version}"])
        expected = ParsedBuildKey(version, vector["parse_build_key"][f"v{version}"])
        assert parsed == expected
    # Version 3 is a hash: conda-store looks its id up in the database.
    assert parse_build_key(vector["keys"]["v3"]) == ParsedBuildKey(3, None)


def test_a_build_keeps_its_path_when_the_setting_changes():
    """conda-store takes the version from a global: after a change, old builds are lost."""
    recorded = RECORDED["mixed_versions_bug"]
    layout = Layout("/opt/conda-store")
    prefix = layout.prefix("default", recorded["build_key"], 2)
    assert prefix == recorded["current=2"]["build_path"]
    assert prefix != recorded["current=3"]["build_path"]


# -- refusals --------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [0, 4, -1, "2", None])
def test_unknown_version_is_refused_in_conda_stores_words(version):
    recorded = ERRORS[f"BuildKey.set_current_version({version!r})"]
    with pytest.raises(ValueError) as refused:
        check_version(version)
    assert str(refused.value) == recorded["message"]


def test_no_key_is_made_for_an_unknown_version():
    with pytest.raises(ValueError, match="invalid build key version: 4"):
        key_of(VECTORS[0], 4)


PARSED = [
    (case.removeprefix("parse_build_key('").removesuffix("')"), entry)
    for case, entry in ERRORS.items()
    if case.startswith("parse_build_key")
]


@pytest.mark.parametrize(("key", "recorded"), PARSED, ids=[repr(key[-20:]) for key, _ in PARSED])
def test_malformed_key_is_one_value_error(key, recorded):
    """Where conda-store raises IndexError or ValueError, this is one ValueError with the key."""
    if "error_type" in recorded:
        with pytest.raises(ValueError, match="is not a build key of version 1, 2 or 3") as refused:
            parse_build_key(key)
        assert repr(key) in str(refused.value)
    else:
        assert parse_build_key(key).build_id == recorded["result"]


@given(st.text("0123456789abcdef-x", max_size=100) | st.text())
def test_parsing_raises_nothing_else(key):
    try:
        parsed = parse_build_key(key)
    except ValueError:
        return
    assert parsed.version in VERSIONS


# -- time ----------------------------------------------------------------------------------------


def key_at(version, moment):
    return build_key(
        version, sha256="ab" * 32, scheduled_on=moment, build_id=1, namespace="n", name="e"
    )


@versions
@given(moments)
def test_naive_times_are_utc(version, moment):
    assert key_at(version, moment) == key_at(version, moment.replace(tzinfo=timezone.utc))


@versions
@given(moments, st.integers(-23 * 60, 23 * 60))
def test_aware_times_are_converted(version, moment, minutes):
    here = moment.replace(tzinfo=timezone.utc).astimezone(timezone(timedelta(minutes=minutes)))
    assert key_at(version, here) == key_at(version, moment)


@pytest.mark.parametrize("version", [2, 3])
@given(moments)
def test_fractions_are_cut_off_and_never_rounded(version, moment):
    first, last = moment.replace(microsecond=0), moment.replace(microsecond=999_999)
    assert key_at(version, first) == key_at(version, last)
    assert key_at(version, last) != key_at(version, first + timedelta(seconds=1))


# -- identity ---------------------------------------------------------------------------------


@given(names, names, st.integers(1), st.integers(1), moments)
def test_no_two_builds_share_a_readable_key(one, other, first, second, moment):
    def key(name, build_id):
        return build_key(
            2, sha256="c" * 64, scheduled_on=moment, build_id=build_id, namespace="n", name=name
        )

    if first != second:
        assert key(one, first) != key(other, second)
    assert parse_build_key(key(one, first)) == ParsedBuildKey(2, first)


@given(models, st.randoms())
def test_conda_stores_hash_is_blind_to_order_and_ours_is_not(model, random):
    shuffled = {**model, "channels": model["channels"][:]}
    random.shuffle(shuffled["channels"])
    assert specification_sha256(shuffled) == specification_sha256(model)
    same = shuffled["channels"] == model["channels"]
    assert (content_id(shuffled) == content_id(model)) is same


@given(models)
def test_the_order_of_keys_is_no_part_of_either(model):
    reversed_keys = dict(reversed(list(model.items())))
    assert specification_sha256(reversed_keys) == specification_sha256(model)
    assert content_id(reversed_keys) == content_id(model)


def test_channel_order_makes_two_specifications():
    one = parse_specification("name: a\nchannels: [conda-forge, bioconda]\n")
    other = parse_specification("name: a\nchannels: [bioconda, conda-forge]\n")
    assert one.sha256 == other.sha256
    assert one.content_id != other.content_id
