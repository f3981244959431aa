"""``~/.conda/environments.txt``, in which conda and mamba note every prefix that they change.

The store's environments are found through ``envs_dirs``. Only if an administrator asks for it are
they noted here too, by their links; what a tool notes while it is the engine, the path of a build,
would list an environment a second time, and is taken out.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

from ..domain.environments_txt import with_environment, without_environment

_log = logging.getLogger(__name__)


def register(environment: str | Path, home: Path | None = None) -> None:
    """Note an environment in the user's list, which is made if there is none."""
    _change(lambda text: with_environment(text, str(environment)), home, make=True)


def unregister(environment: str | Path, home: Path | None = None) -> None:
    """Take an environment out of the user's list, and leave everything else as it is."""
    _change(lambda text: without_environment(text, str(environment)), home, make=False)


def _change(change: Callable[[str], str], home: Path | None, *, make: bool) -> None:
    """Replace the list by what `change` makes of it. One that cannot be changed stays."""
    path = (home or Path.home()) / ".conda" / "environments.txt"
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        changed = change(text)
        if changed == text:
            return
        if make:
            path.parent.mkdir(exist_ok=True)
        mode = path.stat().st_mode & 0o7777 if path.exists() else 0o644
        new = path.with_name(f".{path.name}.{os.getpid()}")
        new.write_text(changed, encoding="utf-8")
        new.chmod(mode)
        new.replace(path)
    except (OSError, UnicodeDecodeError) as error:
        _log.warning("%s was not changed: %s", path, error)
