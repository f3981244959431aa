"""``~/.conda/environments.txt``, in which conda and mamba note every prefix that they change.

Builds are found through ``envs_dirs``, by the names of their environments: the notes of a tool that
was the engine would list each a second time, by its build key.
"""

from __future__ import annotations

import os
from pathlib import Path

from ..domain.environments_txt import without_environment


def unregister(prefix: Path, home: Path | None = None) -> None:
    """Take a prefix out of the user's list, and leave everything else as it is.

    A list that cannot be read or written stays: conda itself takes out what is not there any more.
    """
    path = (home or Path.home()) / ".conda" / "environments.txt"
    try:
        text = path.read_text(encoding="utf-8")
        changed = without_environment(text, str(prefix))
        if changed != text:
            new = path.with_name(f".{path.name}.{os.getpid()}")
            new.write_text(changed, encoding="utf-8")
            new.chmod(path.stat().st_mode & 0o7777)
            new.replace(path)
    except (OSError, UnicodeDecodeError):
        return
