from __future__ import annotations

import asyncio
import io
import json
import os
import re
import shutil
from pathlib import Path

import pytest
from rattler import Gateway, MatchSpec, solve
from rattler.package_streaming import download_to_writer

from jupyter_envstore.engine.credentials import connect

from .private_server import PrivateServer, basic, make_certificates

SECRET = "s3cret"  # Cannot be cut out of anything by chance.
PASSWORD = ("me", SECRET)
VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home without any configuration, and variables that come back after the test."""
    directory = tmp_path / "home"
    directory.mkdir()
    monkeypatch.setenv("HOME", str(directory))
    for name in list(os.environ):
        # rattler reads the process's variables, which `connect` sets: monkeypatch undoes that.
        if name.lower() in VARIABLES or name in ("NETRC", "REQUESTS_CA_BUNDLE", "XDG_CONFIG_HOME"):
            monkeypatch.delenv(name)
    for name in VARIABLES:
        monkeypatch.setenv(name, "x")
        monkeypatch.delenv(name)
        monkeypatch.setenv(name.upper(), "x")
        monkeypatch.delenv(name.upper())
    return directory


@pytest.fixture
def condarc(home):
    def write(text):
        (home / ".condarc").write_text(text)
        return (str(home / ".condarc"),)

    return write


class Reader:
    """Solves and downloads as a build does, and keeps what it was warned of."""

    def __init__(self, workshop, channel, **order):
        self.order = workshop.order("alpha", channels=(channel,), **order)
        self.warnings = []
        self.connections = connect(self.order, lambda text, hint: self.warnings.append(text))

    async def _read(self):
        client = self.connections.client()
        gateway = Gateway(cache_dir=self.order.repodata_cache, client=client)
        (record,) = await solve(
            list(self.order.channels), [MatchSpec("alpha")], gateway=gateway, platforms=["noarch"]
        )
        archive = io.BytesIO()
        await download_to_writer(client, record.url, archive)
        return record, archive.getvalue()

    def read(self):
        """Return the record of the channel's one package, and the package."""
        return asyncio.run(self._read())


@pytest.fixture
def read(workshop, home):
    return lambda channel, **order: Reader(workshop, channel, **order).read()


@pytest.fixture
def package(tiny):
    """The one package of the channel ``mine``, as bytes."""
    tiny.directory = tiny.directory / "mine"
    return tiny.add("alpha", subdir="noarch").read_bytes()


def root(tiny):
    return tiny.directory.parent


def test_without_any_configuration_a_channel_is_read_as_it_is(read, tiny, package):
    with PrivateServer(root(tiny)).serve() as server:
        record, archive = read(f"{server.url}/mine")
    assert archive == package
    assert record.url == f"{server.url}/mine/noarch/alpha-1.0-0.tar.bz2"
    assert all("authorization" not in asked.headers for asked in server.asked)


@pytest.mark.parametrize(
    "text",
    [
        "channel_alias: http://me:{0}@127.0.0.1:{1}\n",
        "custom_channels:\n  mine: http://me:{0}@127.0.0.1:{1}\n",
        "channels:\n  - http://me:{0}@127.0.0.1:{1}/mine\n",
        "custom_multichannels:\n  all: ['http://me:{0}@127.0.0.1:{1}/mine']\n",
        "default_channels: ['http://me:$WORD@127.0.0.1:{1}/mine']\n",
    ],
)
def test_a_password_in_a_url_of_condas_files(text, read, tiny, package, condarc, monkeypatch):
    monkeypatch.setenv("WORD", SECRET)
    with PrivateServer(root(tiny), password=PASSWORD).serve() as server:
        files = condarc(text.format(SECRET, server.port))
        record, archive = read(f"{server.url}/mine", conda_files=files)
    assert archive == package
    assert SECRET not in record.url


def test_a_password_is_for_its_channel_only(read, tiny, package, condarc):
    with PrivateServer(root(tiny)).serve() as server:
        files = condarc(f"channels: ['http://me:{SECRET}@127.0.0.1:{server.port}/min']\n")
        read(f"{server.url}/mine", conda_files=files)
    assert all("authorization" not in asked.headers for asked in server.asked)


@pytest.mark.parametrize(
    "text",
    [
        "channel_alias: {0}/t/{1}\n",
        "custom_channels:\n  mine: {0}/t/{1}/\n",
        "channels: ['{0}/t/{1}/mine']\n",
    ],
)
def test_a_token_in_a_url_of_condas_files(text, read, tiny, package, condarc, workshop):
    with PrivateServer(root(tiny), token=SECRET).serve() as server:
        files = condarc(text.format(server.url, SECRET))
        record, archive = read(f"{server.url}/mine", conda_files=files)
        assert archive == package
        assert record.url == f"{server.url}/mine/noarch/alpha-1.0-0.tar.bz2"


def test_a_token_that_anaconda_login_has_stored(read, tiny, package, home, monkeypatch):
    monkeypatch.setenv("BINSTAR_CONFIG_DIR", str(home / "binstar"))
    with PrivateServer(root(tiny), token=SECRET).serve() as server:
        file = home / "binstar" / "data" / f"http%3A%2F%2F127.0.0.1%3A{server.port}.token"
        file.parent.mkdir(parents=True)
        file.write_text(SECRET)
        _, archive = read(f"{server.url}/mine")
    assert archive == package


def test_tokens_of_anaconda_are_not_used_if_conda_is_told_not_to(
    read, tiny, package, home, condarc, monkeypatch
):
    monkeypatch.setenv("BINSTAR_CONFIG_DIR", str(home / "binstar"))
    with PrivateServer(root(tiny)).serve() as server:
        file = home / "binstar" / "data" / f"http%3A%2F%2F127.0.0.1%3A{server.port}.token"
        file.parent.mkdir(parents=True)
        file.write_text(SECRET)
        read(f"{server.url}/mine", conda_files=condarc("add_anaconda_token: false\n"))
    assert all(SECRET not in asked.path for asked in server.asked)


@pytest.mark.parametrize(
    "text",
    [
        f"machine 127.0.0.1 login me password {SECRET}\n",
        f"# my passwords\nmachine other login x password y\ndefault login me password {SECRET}\n",
    ],
)
def test_a_password_in_netrc(text, read, tiny, package, home):
    (home / ".netrc").write_text(text)
    with PrivateServer(root(tiny), password=PASSWORD).serve() as server:
        _, archive = read(f"{server.url}/mine")
    assert archive == package


def test_a_netrc_that_cannot_be_read_is_named_without_its_words(workshop, home):
    (home / ".netrc").write_text(f"machine h login me password {SECRET}\n{SECRET}\n")
    reader = Reader(workshop, "file:///nowhere")
    (warning,) = reader.warnings
    assert re.fullmatch(r".*\.netrc is not used: line [23] cannot be understood\.", warning)


def test_certificates_that_are_not_there_are_named(workshop, condarc):
    reader = Reader(workshop, "file:///nowhere", conda_files=condarc("ssl_verify: /no/ca.pem\n"))
    assert reader.warnings == [
        "There are no certificates at /no/ca.pem, where conda's configuration has them."
    ]


def test_a_mirror_serves_in_place_of_the_channel_with_its_own_password(
    read, tiny, package, condarc
):
    channel = "http://channel.invalid/mine"
    with PrivateServer(root(tiny), password=PASSWORD).serve() as server:
        mirror = f"{server.url}/mine"
        files = condarc(
            f"mirrored_channels:\n  mine: ['http://me:{SECRET}@127.0.0.1:{server.port}/mine']\n"
        )
        record, archive = read(channel, mirrors={channel: (mirror,)}, conda_files=files)
    assert archive == package
    assert record.url == f"{channel}/noarch/alpha-1.0-0.tar.bz2"


def test_a_proxy_with_a_password(read, tiny, package, condarc):
    with PrivateServer(root(tiny), proxy_password=PASSWORD).serve() as proxy:
        files = condarc(f"proxy_servers:\n  http: http://me:{SECRET}@127.0.0.1:{proxy.port}\n")
        _, archive = read("http://channel.invalid/mine", conda_files=files)
    assert archive == package
    assert {asked.headers["host"] for asked in proxy.asked} == {"channel.invalid"}
    assert {asked.headers["proxy-authorization"] for asked in proxy.asked} == {basic(PASSWORD)}


def test_a_proxy_for_one_host_is_named_as_not_used(workshop, condarc):
    files = condarc("proxy_servers:\n  http://one.example: http://p.example:1\n")
    reader = Reader(workshop, "file:///nowhere", conda_files=files)
    assert reader.warnings == [
        "The proxy for http://one.example in conda's configuration is not used."
    ]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the certificates, is not installed")
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def test_an_authority_of_condas_files_is_trusted(read, tiny, package, condarc, certificates):
    authority, certificate = certificates
    with PrivateServer(root(tiny), certificate=certificate).serve() as server:
        with pytest.raises(Exception, match="error sending request"):
            read(f"{server.url}/mine")
        _, archive = read(f"{server.url}/mine", conda_files=condarc(f"ssl_verify: {authority}\n"))
    assert archive == package


def test_a_directory_of_authorities_is_trusted(
    read, tiny, package, condarc, certificates, tmp_path
):
    authority, certificate = certificates
    directory = tmp_path / "authorities"
    directory.mkdir()
    shutil.copy(authority, directory)
    with PrivateServer(root(tiny), certificate=certificate).serve() as server:
        _, archive = read(f"{server.url}/mine", conda_files=condarc(f"ssl_verify: {directory}\n"))
    assert archive == package


def test_requests_bundle_is_trusted_as_conda_does(read, tiny, package, certificates, monkeypatch):
    authority, certificate = certificates
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
    with PrivateServer(root(tiny), certificate=certificate).serve() as server:
        _, archive = read(f"{server.url}/mine")
    assert archive == package


@pytest.mark.parametrize("kind", ["password", "token", "mirror"])
def test_without_verification_secrets_still_reach_the_channel(
    kind, read, tiny, package, condarc, certificates
):
    _, certificate = certificates
    private = PrivateServer(root(tiny), certificate=certificate)
    private.password, private.token = (None, SECRET) if kind == "token" else (PASSWORD, None)
    with private.serve() as server:
        channel, mirrors = f"{server.url}/mine", {}
        url = f"https://me:{SECRET}@127.0.0.1:{server.port}/mine"
        if kind == "token":
            url = f"{server.url}/t/{SECRET}/mine"
        if kind == "mirror":
            channel = "https://channel.invalid/mine"
            mirrors = {channel: (f"{server.url}/mine",)}
        files = condarc(f"ssl_verify: false\nchannels: ['{url}']\n")
        _, archive = read(channel, mirrors=mirrors, conda_files=files)
    assert archive == package


def test_no_secret_is_left_on_the_disk(workshop, tiny, package, condarc, home):
    """The order, the attempt's directory and the caches have none of them."""
    with PrivateServer(root(tiny), token=SECRET).serve() as server:
        files = condarc(
            f"channel_alias: {server.url}/t/{SECRET}\nssl_verify: false\n"
            f"channels: ['http://me:{SECRET}@127.0.0.1:{server.port}/mine']\n"
        )
        reader = Reader(workshop, f"{server.url}/mine", conda_files=files)
        record, _ = reader.read()
    assert SECRET not in json.dumps([record.url, str(record.channel), reader.warnings])
    assert SECRET not in repr(reader.connections) + repr(reader.order)
    written = [path for path in workshop.root.rglob("*") if path.is_file()]
    assert written
    for path in written:
        assert SECRET.encode() not in path.read_bytes(), path
    assert not list(Path(reader.order.directory).glob("tmp*"))
