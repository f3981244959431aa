from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_envstore.domain.channels import resolve_channels

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
