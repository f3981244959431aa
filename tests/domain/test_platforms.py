from __future__ import annotations

import pytest

from jupyter_envstore.domain.platforms import subdir


@pytest.mark.parametrize(
    ("system", "machine", "name"),
    [
        ("linux", "x86_64", "linux-64"),
        ("linux", "aarch64", "linux-aarch64"),
        ("linux", "arm64", "linux-aarch64"),
        ("linux", "ppc64le", "linux-ppc64le"),
        ("linux", "i686", "linux-32"),
        ("darwin", "x86_64", "osx-64"),
        ("darwin", "arm64", "osx-arm64"),
        ("win32", "AMD64", "win-64"),
        ("win32", "ARM64", "win-arm64"),
    ],
)
def test_condas_name(system, machine, name):
    assert subdir(system, machine) == name


@pytest.mark.parametrize(("system", "machine"), [("linux", "mips"), ("plan9", "x86_64")])
def test_a_platform_without_packages_is_named(system, machine):
    with pytest.raises(ValueError, match=f"no packages for {system} on {machine}"):
        subdir(system, machine)
