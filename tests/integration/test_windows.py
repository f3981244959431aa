from __future__ import annotations

import sys

import pytest

from jupyter_envstore.integration.windows import long_paths_enabled

KEY = r"SYSTEM\CurrentControlSet\Control\FileSystem"


def registry(values):
    """A registry with these values; one that is an exception is raised."""

    def read(key, name):
        value = values.get((key, name), FileNotFoundError(2, "no such value"))
        if isinstance(value, OSError):
            raise value
        return value

    return read


@pytest.mark.parametrize(
    ("value", "enabled"),
    [(1, True), (0, False), (PermissionError(13, "denied"), None)],
    ids=["on", "off", "not readable"],
)
def test_what_the_registry_says_of_long_paths(value, enabled):
    assert long_paths_enabled(registry({(KEY, "LongPathsEnabled"): value})) is enabled


def test_a_value_that_is_not_there_is_off():
    assert long_paths_enabled(registry({})) is False


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has a registry")
def test_without_a_registry_nothing_is_known():
    assert long_paths_enabled() is None
