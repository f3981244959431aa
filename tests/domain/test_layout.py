from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_envstore.domain.layout import (
    DEFAULT_BUILD_DIRECTORY,
    DEFAULT_ENVIRONMENT_DIRECTORY,
    Layout,
    PathTooLong,
)

RECORDED = json.loads((Path(__file__).parent / "vectors" / "build_keys.json").read_text())
KEY = "70c971ae-1704067200-500-test"
WINDOWS = r"C:\Users\ada\.envstore"


def windows(**changes):
    return Layout(**{"store_directory": WINDOWS, "windows": True, **changes})


# -- templates ------------------------------------------------------------------------------------


def test_templates_are_conda_stores():
    recorded = RECORDED["templates"]
    build_directory = "{store_directory}/x/{namespace}"
    layout = Layout("/opt/conda-store", build_directory=build_directory)
    expected = recorded[f"build_directory={build_directory!r}"]
    assert layout.prefix("default", KEY, 2) == expected

    environment_directory = "/opt/envs/{namespace}-{name}"
    layout = Layout("/opt/conda-store", environment_directory=environment_directory)
    expected = recorded[f"environment_directory={environment_directory!r}"]
    assert layout.environment_link("default", "test", 2) == expected
    assert layout.environments_directory("default") == "/opt/envs"


def test_defaults():
    layout = Layout("/s")
    assert layout.prefix("team", KEY, 1) == f"/s/team/{KEY}"
    assert layout.prefix("team", KEY, 2) == f"/s/team/{KEY}"
    assert layout.environment_link("team", "geo", 2) == "/s/team/envs/geo"
    assert layout.environments_directory("team") == "/s/team/envs"


def test_version_3_has_no_namespace_and_no_link():
    layout = Layout("/s")
    assert layout.prefix("team", KEY, 3) == f"/s/{KEY}"
    assert layout.environment_link("team", "geo", 3) is None


@pytest.mark.parametrize(
    ("trait", "template", "reason"),
    [
        ("build_directory", "{store_directory}/{name}", "unknown key {name}"),
        ("build_directory", "{store_directory}/{}", "unknown key {}"),
        ("build_directory", "{store_directory.__class__}", "unknown key"),
        ("environment_directory", "{store_directory}/{build}", "unknown key {build}"),
        ("environment_directory", "{store_directory", "not a template"),
        ("environment_directory", "}", "not a template"),
    ],
)
def test_a_wrong_template_is_refused_with_its_trait(trait, template, reason):
    """conda-store documents the key ``name`` for builds, and raises KeyError when it is used."""
    with pytest.raises(ValueError) as refused:
        Layout("/s", **{trait: template})
    assert f"c.EnvStore.{trait}" in str(refused.value)
    assert reason in str(refused.value)


# -- lengths --------------------------------------------------------------------------------------


def test_255_characters_pass_and_256_do_not():
    layout = Layout("/s")
    layout.check_prefix("/" + "x" * 254)
    with pytest.raises(PathTooLong) as refused:
        layout.check_prefix("/" + "x" * 255)
    assert refused.value.message == RECORDED["path_length_boundary"]["len==256"].partition(": ")[2]
    assert "256 characters" in refused.value.hint
    for advice in ("c.EnvStore.store_directory", "shorter names", "build_key_version = 2 or 3"):
        assert advice in refused.value.hint


@given(st.integers(1, 400))
def test_characters_are_counted_and_not_bytes(length):
    layout = Layout("/s")
    prefix = "/" + "ü" * (length - 1)
    if length <= 255:
        layout.check_prefix(prefix)
    else:
        with pytest.raises(PathTooLong):
            layout.check_prefix(prefix)


@pytest.mark.parametrize(
    ("layout", "longest"),
    [
        (windows(), 247),
        (windows(win_extended_length_prefix=True), 255),
        (windows(long_paths_enabled=True), 255),
        (Layout("/s"), 255),
    ],
    ids=["MAX_PATH", "extended prefix", "LongPathsEnabled", "POSIX"],
)
def test_the_longest_prefix(layout, longest):
    """CreateDirectory of Windows keeps room for a name of 8.3 characters: 260 - 12."""
    layout.check_prefix("x" * longest)
    with pytest.raises(PathTooLong):
        layout.check_prefix("x" * (longest + 1))


@pytest.mark.parametrize("length", [100, 200])
def test_files_of_packages_count_on_windows(length):
    layout = windows()
    layout.check_longest_path("x" * length, 258 - length)
    with pytest.raises(PathTooLong) as refused:
        layout.check_longest_path("x" * length, 259 - length)
    assert "260 characters" in refused.value.message
    for advice in ("win_extended_length_prefix", "LongPathsEnabled", "build_key_version = 3"):
        assert advice in refused.value.hint


@pytest.mark.parametrize(
    "layout",
    [windows(win_extended_length_prefix=True), windows(long_paths_enabled=True), Layout("/s")],
)
def test_files_of_packages_do_not_count_elsewhere(layout):
    layout.check_longest_path("x" * 250, 1000)


# -- Windows --------------------------------------------------------------------------------------


def test_windows_paths_have_backslashes_on_any_machine():
    layout = windows()
    assert layout.prefix("default", KEY, 2) == rf"{WINDOWS}\default\{KEY}"
    assert layout.environment_link("default", "test", 2) == rf"{WINDOWS}\default\envs\test"
    assert layout.database == rf"{WINDOWS}\.envstore\envstore.db"


def test_the_extended_prefix_is_on_prefixes_and_links():
    """conda-store's recorded paths, with the only separators that work behind the prefix."""
    recorded = RECORDED["windows_prefix"]["flag=True"]
    layout = windows(store_directory="/opt/conda-store", win_extended_length_prefix=True)
    expected = recorded["build_path"].replace("/", "\\")
    assert layout.prefix("default", KEY, 2) == expected
    expected = recorded["environment_path"].replace("/", "\\")
    assert layout.environment_link("default", "test", 2) == expected


def test_the_extended_prefix_does_not_count():
    layout = windows(win_extended_length_prefix=True)
    layout.check_prefix("\\\\?\\" + "x" * 255)
    with pytest.raises(PathTooLong):
        layout.check_prefix("\\\\?\\" + "x" * 256)


def test_the_extended_prefix_is_for_windows_only():
    layout = Layout("/s", win_extended_length_prefix=True)
    assert layout.prefix("default", KEY, 2) == f"/s/default/{KEY}"


# -- what is ours --------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", [Layout("/s"), windows()], ids=["POSIX", "Windows"])
def test_everything_else_is_below_one_directory(layout):
    inside = [
        layout.database,
        layout.identity,
        layout.index,
        layout.kernels,
        layout.servers,
        layout.trash,
        layout.work,
        layout.logs,
        layout.cache,
        layout.attempt(7, 1),
        layout.attempt(7, 2),
        layout.log(7),
        layout.events(7, 1),
        layout.events(7, 2),
        layout.lock_artifact(7),
        layout.lock_artifact(8),
    ]
    assert len(set(inside)) == len(inside)
    assert all(path.startswith(layout.internal) for path in inside)


names = st.sampled_from(["a", "b", "envs", "a-b", "default"])


@given(names, names, names, names)
def test_two_environments_never_share_a_link(namespace, name, other_namespace, other_name):
    layout = Layout("/s")
    same = (namespace, name) == (other_namespace, other_name)
    one = layout.environment_link(namespace, name, 2)
    assert (one == layout.environment_link(other_namespace, other_name, 2)) is same


def test_the_templates_of_the_traits_are_conda_stores():
    assert DEFAULT_BUILD_DIRECTORY == "{store_directory}/{namespace}"
    assert DEFAULT_ENVIRONMENT_DIRECTORY == "{store_directory}/{namespace}/envs/{name}"
