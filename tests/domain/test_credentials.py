from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_envstore.domain.credentials import (
    has_credentials,
    without_credentials,
    without_secrets,
)


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("https://user:password@example.org/x", "https://example.org/x"),
        ("https://token@example.org/x", "https://example.org/x"),
        ("https://user:p@ss@example.org/x", "https://example.org/x"),
        ("https://user:pa?s#s@example.org/x", "https://example.org/x"),
        ("https://example.org/t/tk-123-abc/x", "https://example.org/x"),
        ("https://example.org/t/tk-123-abc", "https://example.org"),
        ("https://example.org/t/a%2Fb~c/x", "https://example.org/x"),
        ("https://example.org/t/${TOKEN}/x", "https://example.org/x"),
        ("https://u:p@example.org/t/tk-1/x", "https://example.org/x"),
        ("[https://example.org/t/tk-1, https://u:p@b]", "[https://example.org, https://b]"),
        ("1https://u:p@example.org", "1https://example.org"),
        ("a 'https://u:p@b/x' and \"ftp://u@c\"", "a 'https://b/x' and \"ftp://c\""),
        ("name @ git+https://u:p@example.org/x.git", "name @ git+https://example.org/x.git"),
        ("- https://u:p@a/x\n- https://u:p@b/y\n", "- https://a/x\n- https://b/y\n"),
    ],
)
def test_cut_out(text, public):
    assert without_credentials(text) == public
    assert has_credentials(text)
    assert not has_credentials(public)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "conda-forge",
        "https://example.org/conda-forge",
        "https://example.org:8443/conda-forge/label/dev",
        "git+https://example.org/a/b@v1.0",
        "https://example.org/@scope/x",
        "https://example.org/tea/x",
        "me@example.org",
        "python 3.11 @ home",
        "file:///srv/channel",
    ],
)
def test_left_alone(text):
    assert without_credentials(text) == text
    assert not has_credentials(text)


secrets = st.text(
    st.characters(exclude_characters="/'\"<>", exclude_categories=["Z", "C"]), min_size=1
)


@given(secrets, secrets)
def test_no_part_of_a_password_stays(user, password):
    url = f"https://{user}:{password}@example.org/x"
    assert without_credentials(f"see {url} there") == "see https://example.org/x there"


@given(st.text("ht:/@ .'x,$}{") | st.text())
def test_what_is_public_stays_as_it_is(text):
    once = without_credentials(text)
    assert without_credentials(once) == once
    assert not has_credentials(once)


@pytest.mark.parametrize(
    "text",
    [
        "x" * 1_000_000,
        "://" * 300_000,
        "a://" * 250_000,
        "://" + "/t/${" * 200_000,
        "@" * 1_000_000,
    ],
    ids=["letters", "separators", "schemes", "tokens", "ats"],
)
def test_a_long_text_does_not_keep_the_server_busy(text):
    """A pattern that looks again from every letter needs hours for these."""
    began = time.process_time()
    without_credentials(text)
    assert time.process_time() - began < 5


def test_the_user_of_an_ssh_address_is_part_of_it():
    address = "package @ git+ssh://git@example.org/group/package.git"
    assert without_credentials(address) == address
    with_password = "git+ssh://git:secret@example.org/package.git"
    assert without_credentials(with_password) == "git+ssh://git@example.org/package.git"


@pytest.mark.parametrize(
    "value",
    [
        "http%3A%2F%2Fme%3ASECRET%40host%2Fc",
        "http%253A%252F%252Fme%253ASECRET%2540host%252Fc",
        "http://me:SECRET@host",
        "--index-url+http://me:SECRET@host/simple",
        "%2Ft%2FSECRET%2Fc",
        "me:SECRET@host",
        "SECRET%2525252540",
        "envs_1_SECRET",
    ],
)
def test_the_log_has_no_secret_of_an_address(value):
    told = without_secrets(f"/base/envstore/api/v1/specification/?conda=python&channel={value}&x=")
    assert told == "/base/envstore/api/v1/specification/?conda=python&channel=[secret]&x="


@pytest.mark.parametrize(
    "uri", ["", "/a/b/", "/a?", "/a?flag", "/a?page=1&name=b%20c&search=x%2Fy", "*"]
)
def test_the_log_has_the_rest_of_an_address(uri):
    assert without_secrets(uri) == uri
