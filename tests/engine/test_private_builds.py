"""Whole builds from channels that ask who comes: no secret is left anywhere."""

from __future__ import annotations

import pytest

from .private_server import PrivateServer

SECRET = "s3cret"
ALIAS = "channel_alias: {url}/t/{secret}\n"
PASSWORD = "channels: ['http://me:{secret}@127.0.0.1:{port}/mine']\n"


@pytest.fixture
def server(tiny):
    """A server of the channel ``mine`` that knows neither secret yet."""
    server = PrivateServer(tiny.directory)
    tiny.directory = tiny.directory / "mine"
    tiny.add("alpha")
    tiny.add("beta", depends=["alpha"], subdir="noarch")
    return server


@pytest.fixture
def build(workshop, server, tmp_path):
    """Build from a private channel with this ``.condarc``."""
    home = tmp_path / "home"
    home.mkdir()
    condarc = home / ".condarc"

    def build(text, channel, **values):
        condarc.write_text(text.format(url=server.url, port=server.port, secret=SECRET))
        order = workshop.order("beta", channels=(channel,), conda_files=(str(condarc),), **values)
        outcome = workshop.start(order, HOME=str(home)).wait()
        assert SECRET not in outcome.log + repr(outcome.events)
        files = [path for path in workshop.root.rglob("*") if path.is_file()]
        assert not [path for path in files if SECRET.encode() in path.read_bytes()]
        return outcome

    return build


def test_with_a_token(build, server):
    server.token = SECRET
    with server.serve():
        assert build(ALIAS, f"{server.url}/mine").finished.size > 0


def test_with_a_password(build, server):
    server.password = ("me", SECRET)
    with server.serve():
        assert build(PASSWORD, f"{server.url}/mine").finished.size > 0


def test_from_a_mirror(build, server):
    server.token = SECRET
    channel = "http://channel.invalid/mine"
    with server.serve():
        mirrors = {channel: (f"{server.url}/mine",)}
        assert build(ALIAS, channel, mirrors=mirrors).finished.size > 0


def test_a_refusal_has_no_secret_either(build, server):
    server.token = SECRET
    with server.serve():
        refused = build(ALIAS, f"{server.url}/nothing").refused
    assert refused.kind == "channel"
    assert f"{server.url}/nothing" in refused.message
