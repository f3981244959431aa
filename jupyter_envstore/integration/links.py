"""The links that name things of the store: an environment's current build, a kernel's directory.

A link is the only thing of an environment that ever changes. It is replaced by renaming a new
link over it, so that no reader ever finds the name missing. A file, a directory, or a link that
the store did not make is never touched.

On Windows, where a link to a directory needs a right that users do not have by default, a junction
is made instead, which needs none. Windows cannot rename over either: the old one is removed just
before the new one, which is complete already, gets its name. Whoever looks in between finds no
link, and if the process ends in between, there is none until recovery makes it again.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ..domain.errors import Conflict
from ..domain.own_files import MARKER
from ..domain.path_lengths import without_extended

MakeLink = Callable[[Path, Path], None]
"""Takes the link's path and the directory that it leads to."""

_WINDOWS = sys.platform == "win32"
_PRIVILEGE_NOT_HELD = 1314
"""``ERROR_PRIVILEGE_NOT_HELD``: neither a privilege nor the developer mode."""
_TEMPORARY_PREFIX = ".envstore-link-"
_NEW = "new"
_ATTEMPTS = 5


def read_link(link: str | Path) -> str | None:
    """Return what the link points at, as an absolute path; None if there is no link of that name.

    The target need not exist.
    """
    try:
        return _target(Path(link))
    except OSError:
        return None


def is_ours(link: str | Path, *, store: str | Path) -> bool:
    """Tell whether a link points into the store, or at a prefix that some store has made.

    The second case is a store that was moved, or an `environment_directory` that two share.
    """
    target = read_link(link)
    return target is not None and _is_our_target(target, store)


def is_foreign(link: str | Path, *, store: str | Path) -> bool:
    """Tell whether something that the store did not make has this name."""
    # One look only: others may replace or remove the link between two.
    try:
        target = _target(Path(link))
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return not _is_our_target(target, store)


def replace_link(link: str | Path, target: str | Path, *, store: str | Path) -> bool:
    """Let `link` point at `target`, an absolute path; return whether that changed anything.

    The parents of the link are made. Raises `Conflict` if something foreign has the name.
    """
    path = Path(link)
    _check_ours(path, store)
    if read_link(path) == os.path.normpath(without_extended(str(target))):
        return False
    # Whoever could exchange the link would decide what others run: so not as the umask says.
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    for _ in range(_ATTEMPTS):
        # Not found: another server has swept the directory, and taken our link for a left-over.
        with suppress(FileNotFoundError):
            _rename_over(path, Path(target))
            return True
    _rename_over(path, Path(target))
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
    """Remove what a process that was killed in `replace_link` has left in the directory."""
    path = Path(directory)
    if not path.is_dir():
        return
    for entry in path.iterdir():
        if entry.name.startswith(_TEMPORARY_PREFIX) and entry.is_dir() and not entry.is_symlink():
            # Whatever else is in it is not ours, and makes rmdir fail.
            with suppress(OSError):
                if read_link(entry / _NEW) is not None:
                    (entry / _NEW).unlink()
                entry.rmdir()


def _rename_over(path: Path, target: Path) -> None:
    # In a directory of its own, because the new link beside the old one would be an environment
    # to conda and a kernel to Jupyter, under its temporary name. And on the same file system.
    temporary = path.with_name(f"{_TEMPORARY_PREFIX}{secrets.token_hex(8)}")
    temporary.mkdir()
    new = temporary / _NEW
    try:
        make_link(new, target)
        if _WINDOWS and read_link(path) is not None:
            path.unlink(missing_ok=True)
        new.replace(path)
    except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
        # A directory appeared after the check: a link cannot be renamed over one.
        raise _foreign(path) from error
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)
            temporary.rmdir()


def _target(link: Path) -> str:
    # Windows gives the target of a junction with its prefix for long paths.
    return os.path.normpath(link.parent / without_extended(str(link.readlink())))


def _is_our_target(target: str, store: str | Path) -> bool:
    roots = {Path(os.path.normpath(store)), Path(store).resolve()}
    inside = any(Path(target).is_relative_to(root) for root in roots)
    return inside or Path(target, MARKER).is_file()


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


# -- a link, or what takes its place ------------------------------------------------------------


def _make_symlink(path: Path, target: Path) -> None:
    path.symlink_to(target, target_is_directory=True)


def _make_junction(path: Path, target: Path) -> None:
    if sys.platform == "win32":
        import _winapi

        _winapi.CreateJunction(str(target), str(path))
    else:
        raise NotImplementedError("Junctions are Windows' own.")


def needs_junction(error: OSError) -> bool:
    """Tell whether a link was refused for want of a right, and a junction would do.

    Only Windows sets `winerror`; elsewhere a refusal is one for good.
    """
    return getattr(error, "winerror", None) == _PRIVILEGE_NOT_HELD


def make_link(
    path: Path,
    target: Path,
    *,
    make_symlink: MakeLink = _make_symlink,
    make_junction: MakeLink = _make_junction,
) -> None:
    """Make a link at `path` to the directory `target`: symbolic, or a junction where it must be.

    A junction holds an absolute path without the prefix for long paths, and its target has to be on
    the same machine. Raises OSError.
    """
    try:
        make_symlink(path, target)
    except OSError as error:
        if not needs_junction(error):
            raise
        make_junction(path, Path(os.path.abspath(without_extended(str(target)))))  # noqa: PTH100
