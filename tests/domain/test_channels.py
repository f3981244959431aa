from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_envstore.domain.channels import channel_names, resolve_channels
from jupyter_envstore.domain.conda_settings import CondaSettings
from jupyter_envstore.domain.settings import Settings

ALIAS = "https://conda.anaconda.org"
DEFAULTS = ("https://repo.anaconda.com/pkgs/main", "https://repo.anaconda.com/pkgs/r")


def resolve(*names, alias=ALIAS):
    return resolve_channels(names, alias=alias, defaults=DEFAULTS)


@pytest.mark.parametrize(
    ("name", "urls"),
    [
        ("conda-forge", (f"{ALIAS}/conda-forge",)),
        ("conda-forge/label/dev", (f"{ALIAS}/conda-forge/label/dev",)),
        ("https://example.org/mine/", ("https://example.org/mine",)),
        ("file:///srv/channel", ("file:///srv/channel",)),
        ("/srv/channel", ("file:///srv/channel",)),
        (r"C:\srv\channel", ("file:///C:/srv/channel",)),
        ("defaults", DEFAULTS),
    ],
)
def test_one_channel(name, urls):
    assert resolve(name) == urls


def test_order_is_priority_and_each_comes_once():
    names = ("bioconda", "defaults", f"{ALIAS}/bioconda/", DEFAULTS[1], "conda-forge")
    assert resolve(*names) == (f"{ALIAS}/bioconda", *DEFAULTS, f"{ALIAS}/conda-forge")


def test_the_alias_may_end_with_a_slash():
    assert resolve("x", alias="https://mirror.example/") == ("https://mirror.example/x",)


@given(st.lists(st.sampled_from(["a", "b", "defaults", "https://h/a", "/c", f"{ALIAS}/a"])))
def test_the_first_mention_decides(names):
    urls = resolve(*names)
    assert len(set(urls)) == len(urls)
    alone = [url for name in names for url in resolve(name)]
    assert list(urls) == list(dict.fromkeys(alone))


CONDA = CondaSettings(
    channel_alias="https://me:pw@mirror.example/t/tk-1",
    default_channels=("https://u:p@h/pkgs/main", "r"),
    custom_channels={"mine": "https://h/t/tk/x", "team/a": "file:///srv", "bare": "nothing"},
    custom_multichannels={"all": ("https://a/1", "two", "all")},
    mirrored_channels={"big": ("https://u:p@m1/big", "https://m2/big"), "mine": ("https://m3",)},
)


@pytest.mark.parametrize(
    ("name", "urls"),
    [
        ("conda-forge", ("https://mirror.example/conda-forge",)),
        ("defaults", ("https://h/pkgs/main", "https://mirror.example/r")),
        ("pkgs/main", ("https://h/pkgs/main",)),
        ("mine", ("https://h/x/mine",)),
        ("mine/label/dev", ("https://h/x/mine/label/dev",)),
        ("mine2", ("https://mirror.example/mine2",)),
        ("team/a", ("file:///srv/team/a",)),
        ("bare", ("https://mirror.example/bare",)),
        ("all", ("https://a/1", "https://mirror.example/two", "https://mirror.example/all")),
        ("https://x/y", ("https://x/y",)),
    ],
)
def test_names_of_condas_configuration_without_its_secrets(name, urls):
    assert channel_names(Settings("/s"), CONDA).resolve([name]) == urls


def test_what_the_administrator_has_set_comes_first():
    settled = frozenset(["conda_channel_alias", "defaults_channels"])
    names = channel_names(Settings("/s", settled=settled), CONDA)
    assert names.resolve(["x", "defaults"]) == (f"{ALIAS}/x", *DEFAULTS)
    assert names.resolve(["mine"]) == ("https://h/x/mine",)


def test_without_condas_configuration_the_defaults_hold():
    names = channel_names(Settings("/s"), CondaSettings())
    assert names.resolve(["x", "defaults"]) == (f"{ALIAS}/x", *DEFAULTS)
    assert names.resolve(["pkgs/main", "pkgs/r"]) == DEFAULTS
    assert names.mirrors_of(names.resolve(["x"])) == {}


def test_a_group_may_be_called_defaults():
    conda = CondaSettings(custom_multichannels={"defaults": ("https://a", "https://b")})
    assert channel_names(Settings("/s"), conda).resolve(["defaults"]) == ("https://a", "https://b")


def test_mirrors_of_the_channels_that_are_used():
    names = channel_names(Settings("/s"), CONDA)
    channels = names.resolve(["big", "other"])
    assert names.mirrors_of(channels) == {
        "https://mirror.example/big": ("https://m1/big", "https://m2/big")
    }
