"""Fixtures for all tests: the local channel, and Jupyter's own server fixtures."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["pytest_jupyter.jupyter_server"]

ROOT = Path(__file__).parents[1]

# Several tests run at once, on machines of any speed: how long an example takes says nothing.
settings.register_profile("envstore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("envstore")


@pytest.fixture(scope="session")
def channels(pytestconfig: pytest.Config) -> Path:
    """The directory with the channels ``local`` (a real Python) and ``generated``.

    ``ENVSTORE_TEST_CHANNELS`` names one that is there already; else it is made once, in the
    cache directory of the repository.
    """
    given = os.environ.get("ENVSTORE_TEST_CHANNELS")
    directory = Path(given) if given else pytestconfig.rootpath / ".cache" / "channels"
    if not given:
        command = [sys.executable, "-m", "tools.local_channel", "--out", str(directory)]
        subprocess.run([*command, "--generated"], cwd=ROOT, check=True)
    return directory


@pytest.fixture(scope="session")
def local_channel(channels: Path) -> str:
    """URL of the channel with a real Python, ipykernel, numpy and their closure."""
    return (channels / "local").as_uri()


@pytest.fixture(scope="session")
def generated_channel(channels: Path) -> str:
    """URL of the channel with generated packages; it needs the local one for Python."""
    return (channels / "generated").as_uri()
