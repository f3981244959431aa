"""What a platform offers to packages besides packages: its C library, its kernel, its processor.

For this machine it is looked up. For other platforms it is what most machines of them have, where
the variables ``CONDA_OVERRIDE_*`` say nothing else; an empty one takes a package away.
"""

from __future__ import annotations

import os

from rattler import (
    BuildString,
    GenericVirtualPackage,
    PackageName,
    Version,
    VirtualPackage,
    VirtualPackageOverrides,
)

from ..domain.order import WorkOrder
from ..domain.virtual_packages import OVERRIDE, virtual_packages_of


def virtual_packages(order: WorkOrder, platform: str) -> list[GenericVirtualPackage]:
    """Return the virtual packages of a platform: `order.subdir` is this machine's.

    Raises `DetectVirtualPackageError` or `InvalidVersionError` if an override is no version.
    """
    overrides = {name: value for name, value in os.environ.items() if name.startswith(OVERRIDE)}
    overrides |= {k: value for k, value in order.variables.items() if k.startswith(OVERRIDE)}
    if platform == order.subdir:
        os.environ.update(overrides)
        found = VirtualPackage.detect(overrides=VirtualPackageOverrides.from_env())
        return [package.into_generic() for package in found]
    return [
        GenericVirtualPackage(PackageName(name), Version(version), BuildString(build))
        for name, version, build in virtual_packages_of(platform, overrides)
    ]
