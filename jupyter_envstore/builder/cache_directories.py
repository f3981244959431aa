"""Where a store's caches are: in directories of its owner, whatever the configuration names.

A directory of another user is read, as a layer, and not written: see ADR 38. Who owns a store is
told by its directory, and not by who runs: a command that root runs finds what the server uses.
"""

from __future__ import annotations

import os
from pathlib import Path

from ..domain.layout import Layout
from ..domain.settings import Settings


def package_cache_directory(settings: Settings, layout: Layout) -> str:
    """Return where the packages are that all builds of the store share."""
    given = settings.package_cache_directory
    owner = _owner(layout)
    if given and _may_be_ours(given, owner):
        return given
    return _own(Path(layout.cache), "packages", owner)


def foreign_package_caches(settings: Settings, layout: Layout) -> tuple[str, ...]:
    """Return the package caches of others that builds may take packages from."""
    own = package_cache_directory(settings, layout)
    configured = (settings.package_cache_directory, *settings.shared_package_caches)
    return tuple(dict.fromkeys(path for path in configured if path and path != own))


def byte_code_directory(layout: Layout) -> str:
    """Return where the byte code is that all builds of the store share."""
    return _own(Path(layout.cache), "bytecode", _owner(layout))


def _own(parent: Path, name: str, owner: int | None) -> str:
    """Return a directory of the owner's in the store: another one if somebody has taken the first.

    Builds go on after a `chown` of a cache; what was in it counts as another user's then.
    """
    path = str(parent / name)
    return path if _may_be_ours(path, owner) else f"{path}.{owner}"


def _owner(layout: Layout) -> int | None:
    try:
        return os.stat(layout.internal).st_uid  # noqa: PTH116
    except OSError:
        return os.geteuid() if hasattr(os, "geteuid") else None


def _may_be_ours(path: str, owner: int | None) -> bool:
    """Tell whether a directory belongs to the owner of the store, or is still to be made."""
    try:
        return os.stat(path).st_uid == owner  # noqa: PTH116
    except FileNotFoundError:
        return True
    except OSError:
        return False
