from __future__ import annotations

import pytest

from jupyter_envstore.engine.channels import resolve_channels

DEFAULTS = ("https://repo.example.org/pkgs/main", "https://repo.example.org/pkgs/r/")


def resolve(*names: str, **custom: list[str]) -> tuple[str, ...]:
    return resolve_channels(
        names, alias="https://conda.example.org/", default_channels=DEFAULTS, custom=custom
    )


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("conda-forge", "https://conda.example.org/conda-forge"),
        ("conda-forge/label/dev/", "https://conda.example.org/conda-forge/label/dev"),
        ("https://other.example.org/team/", "https://other.example.org/team"),
        ("file:///srv/channel/", "file:///srv/channel"),
        ("/srv/my channel", "file:///srv/my%20channel"),
        (" bioconda ", "https://conda.example.org/bioconda"),
    ],
)
def test_a_name_becomes_a_url(name: str, url: str) -> None:
    assert resolve(name) == (url,)


def test_defaults_is_a_group() -> None:
    assert resolve("defaults") == (
        "https://repo.example.org/pkgs/main",
        "https://repo.example.org/pkgs/r",
    )


def test_order_is_kept_and_duplicates_are_dropped() -> None:
    urls = resolve("b", "a", "https://conda.example.org/b/", "a")
    assert urls == ("https://conda.example.org/b", "https://conda.example.org/a")


def test_custom_channels_come_first() -> None:
    urls = resolve("team", team=["https://intern.example.org/team", "conda-forge"])
    assert urls == ("https://intern.example.org/team", "https://conda.example.org/conda-forge")
