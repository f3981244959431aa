"""Who decides what a channel's name stands for: the administrator, conda's files, the default."""

from __future__ import annotations

import pytest
from traitlets.config import Config

from jupyter_envstore.config import EnvStore
from jupyter_envstore.domain.channels import channel_names
from jupyter_envstore.domain.conda_settings import CondaSettings

CONDA = CondaSettings(channel_alias="https://conda.example", default_channels=("https://conda/d",))


def resolve(conda, **traits):
    settings = EnvStore(config=Config(EnvStore=traits)).settings()
    return channel_names(settings, conda).resolve(["x", "defaults"])


@pytest.mark.parametrize(
    ("conda", "traits", "urls"),
    [
        (CONDA, {}, ("https://conda.example/x", "https://conda/d")),
        (
            CONDA,
            # Set to the very default: the administrator has decided all the same.
            {"conda_channel_alias": "https://conda.anaconda.org"},
            ("https://conda.anaconda.org/x", "https://conda/d"),
        ),
        (
            CONDA,
            {"defaults_channels": ["https://ours/d"]},
            ("https://conda.example/x", "https://ours/d"),
        ),
        (
            CondaSettings(),
            {"defaults_channels": ["https://ours/d"]},
            ("https://conda.anaconda.org/x", "https://ours/d"),
        ),
    ],
)
def test_precedence(conda, traits, urls):
    assert resolve(conda, **traits) == urls
