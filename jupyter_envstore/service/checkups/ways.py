"""The files and directories of a store by which builds and kernels are found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ...domain.layout import Layout


def ways_to_builds(
    layout: Layout, prefixes: Callable[[], Iterable[str]], namespaces: Callable[[], Iterable[str]]
) -> Iterator[str]:
    """Yield what must be nobody else's to write: each once, and what is there only.

    `prefixes` are those of finished builds, `namespaces` the names of all.
    """
    store = Path(layout.store_directory)
    yield layout.store_directory
    yield layout.internal
    yield from _inside(Path(layout.internal))
    yield from map(str, sorted(Path(layout.kernels).rglob("*")))
    leading = {way for prefix in prefixes() for way in Path(prefix).parents}
    leading |= {Path(layout.environments_directory(name)) for name in namespaces()}
    below = (way for way in leading if way != store and way.is_relative_to(store))
    yield from sorted(str(way) for way in below if way.is_dir())


def _inside(directory: Path) -> list[str]:
    try:
        return sorted(str(path) for path in directory.iterdir())
    except OSError:
        return []
