"""The settings that can be changed while the store runs."""

from __future__ import annotations

import dataclasses
import json

import pytest

from jupyter_envstore.domain.setting_keys import KEYS, effective, wire_values
from jupyter_envstore.domain.settings import Settings
from jupyter_envstore.engine.match_specs import match_spec_problem

CONDA_STORE_S = [
    "default_namespace",
    "filesystem_namespace",
    "default_uid",
    "default_gid",
    "default_permissions",
    "storage_threshold",
    "conda_command",
    "conda_platforms",
    "conda_max_solve_time",
    "conda_indexed_channels",
    "build_artifacts_kept_on_deletion",
    "conda_solve_platforms",
    "conda_channel_alias",
    "conda_default_channels",
    "conda_allowed_channels",
    "conda_default_packages",
    "conda_required_packages",
    "conda_included_packages",
    "pypi_default_packages",
    "pypi_required_packages",
    "pypi_included_packages",
    "build_artifacts",
]
SETTINGS = Settings("/s")


def test_the_settings_are_conda_store_s_and_the_quota():
    assert list(KEYS) == [*CONDA_STORE_S, "namespace_quota"]
    assert [name for name, key in KEYS.items() if key.depth == 0] == CONDA_STORE_S[:11]


@pytest.mark.parametrize("key", KEYS.values(), ids=lambda key: key.name)
def test_a_setting_changes_something_or_says_why_not(key):
    fields = {field.name for field in dataclasses.fields(Settings)}
    assert (key.field in fields) != bool(key.why_not)


@pytest.mark.parametrize("key", KEYS.values(), ids=lambda key: key.name)
def test_the_value_of_a_setting_can_be_sent_back(key):
    value = json.loads(json.dumps(wire_values(SETTINGS, [], 0)[key.name]))
    assert value is None or key.check(value, match_spec_problem) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("default_namespace", "a b"),
        ("default_namespace", ".."),
        ("default_uid", "me"),
        ("default_gid", -1),
        ("default_permissions", "rwx"),
        ("storage_threshold", "5 GiB"),
        ("storage_threshold", True),
        ("storage_threshold", 1 << 63),
        ("storage_threshold", 1.5),
        ("conda_command", ""),
        ("conda_platforms", "linux-64"),
        ("conda_platforms", [1]),
        ("conda_max_solve_time", 0),
        ("conda_channel_alias", "conda.anaconda.org"),
        ("conda_channel_alias", "https://u:p@example.org"),
        ("conda_default_channels", ["https://example.org/t/s3cret/c"]),
        ("conda_allowed_channels", "conda-forge"),
        ("conda_allowed_channels", [""]),
        ("conda_included_packages", ["numpy==1.0==2"]),
        ("conda_required_packages", [{"name": "numpy"}]),
        ("pypi_included_packages", ["--index-url https://example.org"]),
        ("pypi_required_packages", ["not a requirement"]),
        ("pypi_default_packages", ["x @ https://u:p@example.org/x.tar.gz"]),
        ("build_artifacts", ["ISO_IMAGE"]),
        ("namespace_quota", -1),
    ],
)
def test_a_value_that_makes_no_sense_is_explained(name, value):
    problem = KEYS[name].check(value, match_spec_problem)
    assert problem
    assert "u:p" not in problem
    assert "s3cret" not in problem


def test_the_nearest_level_counts_and_lists_replace_each_other():
    levels = [
        {"conda_default_channels": ["a", "b"], "storage_threshold": 7},
        {"conda_default_channels": ["c"]},
        {"conda_allowed_channels": []},
    ]
    found = effective(SETTINGS, levels)
    assert found.conda_default_channels == ("c",)
    assert found.storage_threshold == 7
    assert found.conda_allowed_channels == ()
    assert found.conda_included_packages == SETTINGS.conda_included_packages
    assert found.settled == {
        "conda_default_channels",
        "storage_threshold",
        "conda_allowed_channels",
    }


def test_settings_of_one_place_do_not_leak_into_another():
    """conda-store merges into the defaults themselves, so that all that follow get them."""
    before = dataclasses.asdict(SETTINGS)
    effective(SETTINGS, [{}, {"conda_allowed_channels": ["x"]}])
    wire_values(SETTINGS, [{}, {"conda_allowed_channels": ["x"]}], 1)["build_artifacts"].clear()
    assert dataclasses.asdict(SETTINGS) == before
    assert wire_values(SETTINGS, [], 0)["build_artifacts"] != []


def test_settings_without_effect_are_kept_and_shown():
    shown = wire_values(SETTINGS, [{"default_uid": 1000}, {"build_artifacts": []}], 1)
    assert (shown["default_uid"], shown["build_artifacts"]) == (1000, [])
    assert effective(SETTINGS, [{"default_uid": 1000}]) == SETTINGS


def test_an_environment_has_no_quota():
    assert "namespace_quota" in wire_values(SETTINGS, [{}, {}], 1)
    assert list(wire_values(SETTINGS, [{}, {}, {}], 2)) == CONDA_STORE_S
