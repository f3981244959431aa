"""The same merged values as conda 26 has for generated files (compared when this was written)."""

from __future__ import annotations

import pytest

from jupyter_envstore.domain.conda_merge import merge
from jupyter_envstore.domain.conda_settings import ConfigurationFile


def merged(*texts, **variables):
    files = [ConfigurationFile(f"/{number}", text) for number, text in enumerate(texts)]
    return merge(files, variables)


@pytest.mark.parametrize(
    ("texts", "folders"),
    [
        (["envs_dirs: [/a, /b]", "envs_dirs: [/c, /a]"], ("/c", "/a", "/b")),
        (["envs_dirs: [/a]", "envs_path:\n  - /b"], ("/b", "/a")),
        (["envs_dirs:\n  - /a #!top\n  - /b", "envs_dirs: [/c]"], ("/a", "/c", "/b")),
        (["envs_dirs: [/a]", "envs_dirs:\n  - /b  #!bottom\n  - /c"], ("/c", "/a", "/b")),
        (["envs_dirs: #!final\n  - /a", "envs_dirs: [/b]"], ("/a",)),
        (["envs_dirs:\n  - /a  # not #!top"], ("/a",)),
        (["", "# nothing\n", "{}"], ()),
    ],
)
def test_lists_are_joined_the_most_important_file_first(texts, folders):
    assert merged(*texts).envs_dirs == folders


@pytest.mark.parametrize(
    ("texts", "proxies"),
    [
        (["proxy_servers: {http: x}", "proxy_servers: {http: y, https: z}"], "y z"),
        (["proxy_servers: {http: x, https: z}", "proxy_servers:\n  http:\n"], "z"),
        (["proxy_servers:\n  http: x  #!final", "proxy_servers: {http: y}"], "x"),
        (["proxy_servers: #!final\n  http: x", "proxy_servers: {https: y}"], "x"),
    ],
)
def test_mappings_are_joined_key_by_key(texts, proxies):
    assert " ".join(merged(*texts).proxy_servers.values()) == proxies


def test_the_most_important_file_decides_single_values():
    texts = ["channel_alias: https://a", "channel_alias: https://b"]
    assert merged(*texts).channel_alias == "https://b"
    assert merged(texts[0] + "  #!final", texts[1]).channel_alias == "https://a"
    assert merged(*texts, CONDA_CHANNEL_ALIAS="https://c").channel_alias == "https://c"


def test_lists_of_channels_are_joined_within_groups():
    settings = merged(
        "custom_multichannels: {mine: [https://a, https://b]}",
        "custom_multichannels: {mine: [https://c], other: [https://d]}",
    )
    groups = {"mine": ("https://c", "https://a", "https://b"), "other": ("https://d",)}
    assert settings.custom_multichannels == groups


def test_variables_of_conda_come_first():
    settings = merged(
        "envs_dirs: [/a]\ndefault_channels: [https://a]\n",
        CONDA_ENVS_PATH="/x:/y",
        CONDA_DEFAULT_CHANNELS="https://b, https://c",
        CONDA_SSL_VERIFY="no",
        CONDA_PREFIX="/p",
        CONDARC="/c",
    )
    assert settings.envs_dirs == ("/x", "/y", "/a")
    assert settings.default_channels == ("https://b", "https://c", "https://a")
    assert settings.ssl_verify is False
    assert settings.problems == ()


def test_variables_in_values_are_replaced_and_those_that_are_missing_named():
    settings = merged("channels: ['https://h/t/${TOKEN}/c', 'https://$HOST/d']\n", HOST="h")
    assert settings.channels == ("https://h/t/${TOKEN}/c", "https://h/d")
    assert settings.problems == (
        "channels uses the variable TOKEN, which the server's environment does not have.",
    )


@pytest.mark.parametrize(
    ("value", "verify"),
    [("true", True), ("Yes", True), ("off", False), ("0", False), ("/ca.pem", "/ca.pem")],
)
def test_whether_certificates_are_verified(value, verify):
    assert merged(f"verify_ssl: {value}").ssl_verify == verify
    assert merged(CONDA_SSL_VERIFY=value).ssl_verify == verify


@pytest.mark.parametrize("value", ["", "null", "''", "[/ca.pem]"])
def test_nothing_does_not_turn_verification_off(value):
    settings = merged(f"ssl_verify: {value}")
    assert settings.ssl_verify is True
    assert settings.problems == ("ssl_verify in /0 is not a switch or path, so it is not used.",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("channel_alias: 3", "channel_alias in /0 is not a text, so it is not used."),
        ("envs_dirs: /a", "envs_dirs in /0 is not a list, so it is not used."),
        ("proxy_servers: x", "proxy_servers in /0 is not a map, so it is not used."),
        ("custom_multichannels: {a: b}", "custom_multichannels in /0 is not a map of lists, so"),
        ("add_anaconda_token: maybe", "add_anaconda_token in /0 is not a switch, so"),
        ("a: [", "/0 is not valid YAML, so conda ignores it: line 1"),
    ],
)
def test_what_cannot_be_understood_is_left_out_and_named(text, problem):
    settings = merged(text, "channels: [x]")
    assert settings.problems[0].startswith(problem)
    assert settings.channels == ("x",)


def test_a_file_that_cannot_be_read_is_named():
    settings = merge([ConfigurationFile("/etc/x", problem="/etc/x cannot be read: no.")], {})
    assert settings.problems == ("/etc/x cannot be read: no.",)
    assert settings.files == ("/etc/x",)


def test_what_is_shown_has_its_sources_and_no_secrets():
    settings = merged(
        "channel_alias: https://me:pw@h/t/tk-1\nproxy_servers: {http: 'http://u:pw@p:1'}\n",
        "channels: [x]\nchannel_priority: flexible\nchangeps1: false\nssl_verify: false\n",
        CONDA_SSL_VERIFY="true",
    )
    shown = {item.name: item for item in settings.shown}
    assert (shown["channel_alias"].value, shown["channel_alias"].sources) == ("https://h", ("/0",))
    assert shown["proxy_servers"].value == "http: http://p:1"
    assert shown["ssl_verify"].value == "true"
    assert shown["ssl_verify"].sources == ("/1", "CONDA_SSL_VERIFY")
    assert "strict priority" in shown["channel_priority"].reason
    assert "conda_default_channels" in shown["channels"].reason
    assert "changeps1" not in shown
    assert [item.name for item in settings.shown if item.reason is None] == [
        "channel_alias",
        "proxy_servers",
        "ssl_verify",
    ]
    assert "pw" not in repr(settings) + repr(settings.shown)


@pytest.mark.parametrize(
    ("text", "concerns"),
    [
        ("channel_alias: https://h", False),
        ("channel_alias: https://u:p@h", True),
        ("channels: ['https://h/t/tk/c']", True),
        ("mirrored_channels: {c: ['https://u:p@h/c']}", True),
        ("proxy_servers: {http: 'http://p'}", True),
        ("ssl_verify: false", True),
        ("add_anaconda_token: false", True),
        ("envs_dirs: [/a]", False),
    ],
)
def test_what_the_process_of_a_build_has_to_read_itself(text, concerns):
    assert merged(text).concerns_connections is concerns
