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
)
from jupyter_envstore.domain.path_lengths import PathRules, PathTooLong

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


def test_the_extended_prefix_is_for_windows_only():
    layout = Layout("/s", win_extended_length_prefix=True)
    assert layout.prefix("default", KEY, 2) == f"/s/default/{KEY}"


# -- lengths --------------------------------------------------------------------------------------


def test_the_rules_of_paths_are_those_of_the_settings():
    layout = windows(win_extended_length_prefix=True, long_paths_enabled=False)
    assert layout.rules(3) == PathRules(
        windows=True,
        win_extended_length_prefix=True,
        long_paths_enabled=False,
        store_directory=WINDOWS,
        key_version=3,
    )


@pytest.mark.parametrize("layout", [Layout("/s"), windows(win_extended_length_prefix=True)])
@pytest.mark.parametrize("version", [1, 2, 3])
def test_the_prefix_of_a_build_is_checked_with_its_version(layout, version):
    for length, is_refused in ((255, False), (256, True)):
        bare = layout.prefix("ns", "k", version)
        prefix = bare + "k" * (length - len(bare.removeprefix("\\\\?\\")))
        if is_refused:
            with pytest.raises(PathTooLong, match="build_path too long"):
                layout.check_prefix(prefix, version)
        else:
            layout.check_prefix(prefix, version)


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
