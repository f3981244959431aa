from __future__ import annotations

import pytest

from jupyter_envstore.domain.channel_credentials import (
    credential_for,
    credentials_of,
    token_directory,
    token_urls,
)
from jupyter_envstore.domain.conda_settings import CondaSettings

ALIAS = CondaSettings(channel_alias="https://h/t/tk")


def url_with_token(conda, url, tokens=()):
    found = credential_for(url, credentials_of(conda, dict(tokens)), token=True)
    return None if found is None else found.with_token(url)


@pytest.mark.parametrize(
    ("conda", "url", "expected"),
    [
        (ALIAS, "https://h/c", "https://h/t/tk/c"),
        (ALIAS, "https://h/c/label/dev", "https://h/t/tk/c/label/dev"),
        (ALIAS, "https://h", "https://h/t/tk"),
        (ALIAS, "https://hh/c", None),
        (ALIAS, "http://h/c", None),
        (CondaSettings(channels=("https://h/t/tk/c",)), "https://h/c", "https://h/t/tk/c"),
        (CondaSettings(channels=("https://h/t/tk/c",)), "https://h/cc", None),
        (CondaSettings(channels=("https://h:8/a/t/tk/b/",)), "https://h:8/a/b/c", "https://h:8/a/t/tk/b/c"),
        (CondaSettings(custom_channels={"c": "https://h/t/tk"}), "https://h/c", "https://h/t/tk/c"),
        (CondaSettings(custom_channels={"c": "https://h/t/tk"}), "https://h/d", None),
        (CondaSettings(custom_multichannels={"g": ("https://h/t/tk/c",)}), "https://h/c/x", "https://h/t/tk/c/x"),
        (CondaSettings(mirrored_channels={"g": ("https://h/t/tk/c",)}), "https://h/c", "https://h/t/tk/c"),
        (CondaSettings(default_channels=("https://h/t/tk/main",)), "https://h/main", "https://h/t/tk/main"),
    ],
)  # fmt: skip
def test_a_token_goes_where_the_configuration_has_it(conda, url, expected):
    assert url_with_token(conda, url) == expected


def test_the_most_particular_credential_is_used():
    conda = CondaSettings(channel_alias="https://h/t/all", channels=("https://h/t/one/c",))
    assert url_with_token(conda, "https://h/c") == "https://h/t/one/c"
    assert url_with_token(conda, "https://h/d") == "https://h/t/all/d"


def test_passwords_may_have_any_character():
    conda = CondaSettings(channels=("https://me%40x:p%2Fw:@h/c", "https://only@h/d"))
    credentials = credentials_of(conda, {})
    found = credential_for("https://h/c/noarch", credentials, token=False)
    assert (found.user, found.password) == ("me@x", "p/w:")
    found = credential_for("https://h/d", credentials, token=False)
    assert (found.user, found.password) == ("only", "")
    assert credential_for("https://h/c", credentials, token=True) is None
    assert "p/w" not in repr(credentials)


def test_stored_tokens_are_for_all_below_their_url():
    tokens = {"https://conda.anaconda.org/": "tk"}
    url = "https://conda.anaconda.org/c"
    assert url_with_token(CondaSettings(), url, tokens.items()) == f"{url[:-1]}t/tk/c"
    assert url_with_token(CondaSettings(add_anaconda_token=False), url, tokens.items()) is None


def test_names_of_token_files():
    name = "https%3A%2F%2Fapi.anaconda.org.token"
    assert token_urls(name) == ("https://api.anaconda.org", "https://conda.anaconda.org")


@pytest.mark.parametrize(
    ("variables", "platform", "directory"),
    [
        ({}, "linux", "/h/.config/binstar"),
        ({"XDG_CONFIG_HOME": "/x"}, "linux", "/x/binstar"),
        ({}, "darwin", "/h/Library/Application Support/binstar"),
        ({"LOCALAPPDATA": "C:/l"}, "win32", "C:/l/ContinuumIO/binstar"),
        ({"BINSTAR_CONFIG_DIR": "/b"}, "darwin", "/b/data"),
    ],
)
def test_where_anaconda_client_keeps_tokens(variables, platform, directory):
    assert token_directory(variables, "/h", platform) == directory
