"""The links that name things of the store: an environment's current build, a kernel's directory.

A link is the only thing of an environment that ever changes. It is replaced by renaming a new
link over it, so that no reader ever finds the name missing. A file, a directory, or a link that
the store did not make is never touched.
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

from ..domain.errors import Conflict

MARKER = ("conda-meta", "envstore.json")
"""What every prefix made by a store carries."""

_TEMPORARY_PREFIX = ".envstore-"
_TEMPORARY_SUFFIX = ".link"
_ATTEMPTS = 5


def read_link(link: str | Path) -> str | None:
    """Return what the link points at, as an absolute path; None if there is no link of that name.

    The target need not exist.
    """
    path = Path(link)
    try:
        target = path.readlink()
    except OSError:
        return None
    # Windows gives the target of a junction with this prefix.
    bare = str(target).removeprefix("\\\\?\\")
    return os.path.normpath(path.parent / bare)


def is_ours(link: str | Path, *, store: str | Path) -> bool:
    """Tell whether a link points into the store, or at a prefix that some store has made.

    The second case is a store that was moved, or an `environment_directory` that two share.
    """
    target = read_link(link)
    if target is None:
        return False
    roots = {Path(os.path.normpath(store)), Path(store).resolve()}
    if any(Path(target).is_relative_to(root) for root in roots):
        return True
    return Path(target, *MARKER).is_file()


def is_foreign(link: str | Path, *, store: str | Path) -> bool:
    """Tell whether something that the store did not make has this name."""
    return os.path.lexists(link) and not is_ours(link, store=store)


def replace_link(link: str | Path, target: str | Path, *, store: str | Path) -> bool:
    """Let `link` point at `target`, an absolute path; return whether that changed anything.

    The parents of the link are made. Raises `Conflict` if something foreign has the name. On
    Windows, where a link to a directory cannot be renamed over, the name is missing for a moment.
    """
    path = Path(link)
    _check_ours(path, store)
    if read_link(path) == os.path.normpath(target):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    for remaining in reversed(range(_ATTEMPTS)):
        temporary = path.with_name(f"{_TEMPORARY_PREFIX}{secrets.token_hex(8)}{_TEMPORARY_SUFFIX}")
        _make_link(temporary, Path(target))
        try:
            if sys.platform == "win32" and read_link(path) is not None:
                path.unlink(missing_ok=True)
            temporary.replace(path)
        except FileNotFoundError:
            # Another server has swept the directory, and taken our link for a left-over.
            if not remaining:
                raise
        except OSError as error:
            temporary.unlink(missing_ok=True)
            # A directory appeared after the check: rename refuses to replace it.
            if isinstance(error, (IsADirectoryError, NotADirectoryError, FileExistsError)):
                raise _foreign(path) from error
            raise
        else:
            break
    return True


def remove_link(link: str | Path, *, store: str | Path) -> bool:
    """Remove the link, never what it points at; return whether there was one.

    Raises `Conflict` if something foreign has the name.
    """
    path = Path(link)
    _check_ours(path, store)
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def sweep_links(directory: str | Path) -> None:
    """Remove the temporary links that a process left there when it was killed."""
    path = Path(directory)
    if not path.is_dir():
        return
    for entry in path.iterdir():
        temporary = entry.name.startswith(_TEMPORARY_PREFIX) and entry.suffix == _TEMPORARY_SUFFIX
        if temporary and read_link(entry) is not None:
            entry.unlink(missing_ok=True)


def _check_ours(path: Path, store: str | Path) -> None:
    if is_foreign(path, store=store):
        raise _foreign(path)


def _foreign(path: Path) -> Conflict:
    target = read_link(path)
    what = f"a link to {target}" if target is not None else "a file or a directory"
    return Conflict(
        f"{path} is foreign: {what} that this store did not make, so it is left alone.",
        "Move it away, or choose another name for the environment.",
    )


def _make_link(path: Path, target: Path) -> None:
    try:
        path.symlink_to(target, target_is_directory=True)
    except OSError:
        if sys.platform == "win32":
            # Symbolic links need a privilege or the developer mode; junctions need neither.
            import _winapi

            _winapi.CreateJunction(str(target), str(path))
        else:
            raise
