from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_envstore.builder.attempts import Attempts
from jupyter_envstore.domain.build import Build, BuildStatus
from jupyter_envstore.domain.conda_settings import CondaSettings
from jupyter_envstore.domain.layout import Layout
from jupyter_envstore.domain.moments import utc_now
from jupyter_envstore.domain.settings import Settings
from jupyter_envstore.domain.specification import parse_specification
from jupyter_envstore.engine.protocol import ORDER_FILE, read_order
from jupyter_envstore.store.files import Trash

PLAIN = CondaSettings(channel_alias="https://mirror.example", files=("/home/me/.condarc",))
SECRET = CondaSettings(
    channel_alias="https://me:s3cret@mirror.example",
    custom_channels={"mine": "https://h/t/s3cret"},
    mirrored_channels={"mine": ("https://me:s3cret@a/mine", "https://b/t/s3cret/mine")},
    files=("/etc/conda/.condarc", "/home/me/.condarc"),
)


@pytest.fixture
def order_of(tmp_path):
    """Begin an attempt, and return what its process is told."""
    layout = Layout(str(tmp_path))

    def begin(channels: list[str], conda: CondaSettings, dependencies=("x",), **settings):
        now = utc_now()
        build = Build(
            *(1, 1, "ns", "env", 1, "0" * 64, BuildStatus.BUILDING, 2, now, now),
            attempts=1,
            prefix=str(tmp_path / "ns" / "build"),
        )
        attempts = Attempts(
            layout,
            lambda *_: Settings(str(tmp_path), **settings),
            "store",
            Trash(layout.trash),
            lambda: conda,
        )
        specification = parse_specification(
            json.dumps({"name": "env", "channels": channels, "dependencies": list(dependencies)})
        )
        attempts.begin(build, specification, "linux-64")
        file = Path(layout.attempt(1, 1)) / ORDER_FILE
        assert "s3cret" not in file.read_text()
        return read_order(file)

    return begin


def test_channels_are_named_as_conda_names_them_without_secrets(order_of):
    order = order_of(["conda-forge", "mine"], SECRET)
    assert order.channels == ("https://mirror.example/conda-forge", "https://h/mine")
    assert json.dumps(order.mirrors) == '{"https://h/mine": ["https://a/mine", "https://b/mine"]}'


def test_the_process_reads_condas_files_if_it_needs_what_only_they_have(order_of):
    assert order_of(["x"], SECRET).conda_files == SECRET.files
    assert order_of(["x"], PLAIN).conda_files == ()


def test_what_the_administrator_has_set_comes_before_conda(order_of):
    settled = frozenset(["conda_channel_alias"])
    order = order_of(["x"], PLAIN, settled=settled, conda_channel_alias="https://ours.example")
    assert order.channels == ("https://ours.example/x",)
    assert order_of(["x"], PLAIN, conda_channel_alias="https://ours.example").channels == (
        "https://mirror.example/x",
    )


def test_the_process_is_told_where_things_are_in_the_specification(order_of):
    dependencies = ("x", {"pip": ["a", "b"]}, "y", {"pip": ["c"]})
    channels = ["nodefaults", "conda-forge", "defaults"]
    order = order_of(
        channels, PLAIN, dependencies, defaults_channels=("https://h/main", "https://h/r")
    )
    assert order.places == ("dependencies[0]", "dependencies[2]")
    assert order.pip == ("a", "b", "c")
    assert order.pip_places == (
        "dependencies[1].pip[0]",
        "dependencies[1].pip[1]",
        "dependencies[3].pip[0]",
    )
    assert order.channel_places == {
        "https://mirror.example/conda-forge": "channels[1]",
        "https://h/main": "channels[2]",
        "https://h/r": "channels[2]",
    }
    assert order_of([], PLAIN).channel_places == {}
