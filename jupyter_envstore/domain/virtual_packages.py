"""Virtual packages of platforms that are not this machine's: what most machines of them have.

The versions are those that conda-lock and pixi assume: an older machine is rare, and who has one
says so by the variables ``CONDA_OVERRIDE_*``, as conda has them.
"""

from __future__ import annotations

from collections.abc import Mapping

OVERRIDE = "CONDA_OVERRIDE_"

_LINUX = {"__unix": "0", "__linux": "5.10", "__glibc": "2.28"}
_OSX = {"__unix": "0", "__osx": "13.0"}
_WINDOWS = {"__win": "0"}
_BY_SYSTEM = {"linux": _LINUX, "osx": _OSX, "win": _WINDOWS}
_MACHINES = {"64": "x86_64", "32": "x86"}


def virtual_packages_of(platform: str, overrides: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return name, version and build of each virtual package of a platform.

    `overrides` has variables such as ``CONDA_OVERRIDE_GLIBC``. CUDA is there only if one says so.
    """
    system, _, machine = platform.partition("-")
    versions = dict(_BY_SYSTEM.get(system, {"__unix": "0"}))
    names = [*versions, "__cuda", "__archspec"]
    packages = []
    for name in names:
        override = overrides.get(f"{OVERRIDE}{name.removeprefix('__').upper()}")
        if name == "__archspec":
            microarchitecture = _MACHINES.get(machine, machine) if override is None else override
            if microarchitecture:
                packages.append((name, "1", microarchitecture))
            continue
        version = versions.get(name) if override is None else override.strip()
        if version:
            packages.append((name, version, "0"))
    return packages
