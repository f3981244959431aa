"""The store's kernels for every program of a user: nbconvert, papermill, editors.

These look into the user's own kernel directory, not into the server's. A link there leads to the
store's kernelspec, and so to the current build, whatever is published later.
"""

from __future__ import annotations

import logging
from pathlib import Path

from jupyter_core.paths import jupyter_data_dir

from ..domain.errors import Conflict
from .kernelspecs import KernelCard, list_kernels
from .links import is_ours, remove_link, replace_link, sweep_links

_log = logging.getLogger(__name__)


def user_kernel_directory() -> Path:
    """Return where Jupyter looks for the kernels of the present user."""
    return Path(jupyter_data_dir(), "kernels")


def link_user_kernels(directory: str | Path, user_directory: str | Path | None = None) -> list[str]:
    """Link each kernel of the store's `directory` into the user's; return the linked names.

    Links to kernels that the store no longer has are removed. A kernelspec of the user that has
    one of our names is left alone, and logged.
    """
    target = Path(user_directory) if user_directory is not None else user_kernel_directory()
    linked = [card.name for card in list_kernels(directory) if _link(card, target)]
    _unlink_all_but(set(linked), Path(directory).absolute(), target)
    return linked


def unlink_user_kernels(directory: str | Path, user_directory: str | Path | None = None) -> None:
    """Remove what `link_user_kernels` has made, and nothing else."""
    target = Path(user_directory) if user_directory is not None else user_kernel_directory()
    _unlink_all_but(set(), Path(directory).absolute(), target)


def _link(card: KernelCard, user_directory: Path) -> bool:
    try:
        replace_link(user_directory / card.name, card.directory, store=card.directory.parent)
    except Conflict as error:
        _log.warning("The kernel %r is not published: %s", card.display_name, error.message)
        return False
    return True


def _unlink_all_but(names: set[str], directory: Path, user_directory: Path) -> None:
    if not user_directory.is_dir():
        return
    sweep_links(user_directory)
    for entry in list(user_directory.iterdir()):
        if entry.name not in names and is_ours(entry, store=directory):
            remove_link(entry, store=directory)
