"""conda's names for platforms."""

from __future__ import annotations

_MACHINES = {"x86_64": "64", "amd64": "64", "aarch64": "aarch64", "arm64": "arm64"}


PLATFORMS = (
    "linux-32",
    "linux-64",
    "linux-aarch64",
    "linux-ppc64le",
    "linux-riscv64",
    "linux-s390x",
    "osx-64",
    "osx-arm64",
    "win-32",
    "win-64",
    "win-arm64",
)
"""Those that environments can be locked for."""


def subdir(system: str, machine: str) -> str:
    """Return conda's name of a platform: ``linux-64``, ``osx-arm64``, ``win-64``.

    `system` is ``sys.platform``, `machine` what ``platform.machine()`` says. Raises ValueError
    for a platform that conda has no packages for.
    """
    name = {"linux": "linux", "darwin": "osx", "win32": "win"}.get(system)
    known = {
        **_MACHINES,
        "ppc64le": "ppc64le",
        "s390x": "s390x",
        "riscv64": "riscv64",
        "i686": "32",
    }
    suffix = known.get(machine.lower())
    if name is None or suffix is None:
        raise ValueError(f"conda has no packages for {system} on {machine}")
    if name == "linux" and suffix == "arm64":
        suffix = "aarch64"
    return f"{name}-{suffix}"
