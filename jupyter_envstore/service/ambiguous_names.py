"""Names of environments that conda finds in more than one folder: it takes the first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..domain.errors import Problem


def ambiguous_names(search_order: Sequence[str], ours: Mapping[str, str]) -> Iterator[Problem]:
    """Yield a warning for each name that is in a folder of ours and in another one.

    `search_order` are conda's folders, the first one first; `ours` has the namespaces of the
    store's among them, by folder.
    """
    places: dict[str, list[str]] = {}
    for folder in search_order:
        for name in _environments_in(Path(folder)):
            places.setdefault(name, []).append(folder)
    for name, folders in sorted(places.items()):
        if len(folders) > 1 and any(folder in ours for folder in folders):
            where = [
                f"the namespace {ours[folder]}" if folder in ours else folder for folder in folders
            ]
            yield Problem(
                f"{name} is in {' and in '.join(where)}: conda takes the first.",
                place=name,
                hint="Give one of them another name, or use it by its path: conda activate "
                f"{Path(folders[1]) / name}",
            )


def _environments_in(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir() if (path / "conda-meta").is_dir()]
    except OSError:  # conda, too, goes on without a folder that it cannot look into.
        return []
