"""``channeldata.json``: asked for only when it has changed, and nothing depends on it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from jupyter_envstore.engine.channeldata import refresh_channeldata, summaries

from .http_channel import HttpChannel
from .listed_channel import ListedChannel


@dataclass
class Plain:
    """Connections without secrets."""

    verify: bool = True
    headers: dict[str, str] = field(default_factory=dict)

    def address(self, url: str) -> tuple[str, dict[str, str]]:
        return url, self.headers


@pytest.fixture
def channel(tmp_path):
    return ListedChannel(tmp_path / "channel").list("x").write()


def test_it_is_kept_when_the_channel_does_not_answer(channel, tmp_path):
    channel.describe(x="An x")
    with HttpChannel(channel.directory).serve() as served:
        path = refresh_channeldata(served.url, tmp_path, Plain())
        assert dict(summaries(path)) == {"x": "An x"}
        served.fail("*", "reset")
        assert refresh_channeldata(served.url, tmp_path, Plain()) == path
        served.faults.clear()
        served.fail("*", "truncated", after=5)
        assert refresh_channeldata(served.url, tmp_path, Plain()) == path
    assert dict(summaries(path)) == {"x": "An x"}
    assert [file.name for file in tmp_path.iterdir() if file.suffix == ".part"] == []


def test_a_channel_without_one_has_none(channel, tmp_path):
    with HttpChannel(channel.directory).serve() as served:
        assert refresh_channeldata(served.url, tmp_path, Plain()) is None
    assert refresh_channeldata(channel.url, tmp_path, Plain()) is None
    assert refresh_channeldata(channel.describe(x="y").url, tmp_path, Plain()) is not None


def test_one_that_is_gone_is_forgotten(channel, tmp_path):
    channel.describe(x="An x")
    with HttpChannel(channel.directory).serve() as served:
        assert refresh_channeldata(served.url, tmp_path, Plain()) is not None
        (channel.directory / "channeldata.json").unlink()
        assert refresh_channeldata(served.url, tmp_path, Plain()) is None
