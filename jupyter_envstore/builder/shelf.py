"""Builds without their prefixes: taken off the disk, and what a crash has left of that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..domain.build import Build
from ..domain.errors import Conflict
from ..domain.layout import Layout
from ..engine.locks import LockBusy, lock_file, unlock_file
from ..engine.verify import INTEGRITY_LOCK
from ..store.builds import Builds
from ..store.files import Trash
from .attempts import Attempts


class Shelf:
    """The prefixes of shelved builds: there are none, but for a moment."""

    def __init__(self, builds: Builds, attempts: Attempts, layout: Layout, trash: Trash) -> None:
        self._builds = builds
        self._attempts = attempts
        self._layout = layout
        self._trash = trash

    @contextmanager
    def alone_with(self, build: Build) -> Iterator[None]:
        """Hold a build, among all servers. Raises `Conflict` while somebody looks after it."""
        path = Path(self._layout.lock_artifact(build.id)).with_name(INTEGRITY_LOCK)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = lock_file(path, exclusive=True, wait=False)
        except LockBusy:
            raise Conflict(
                f"Build {build.id} is being verified, repaired, shelved or restored.",
                "Try again when that has ended.",
            ) from None
        try:
            yield
        finally:
            unlock_file(lock)

    def remove_prefix(self, build: Build) -> bool:
        """Throw the prefix of a build away, if it is this build's; return whether it was there."""
        origin = self._attempts.origin(build.prefix)
        if origin is None or origin.build_id != build.id:
            return False
        return self._trash.take(build.prefix)

    def tidy(self) -> int:
        """Remove prefixes of shelved builds, which a crash has left; return how many."""
        removed = 0
        for build in self._builds.shelved():
            if not Path(build.prefix).is_dir():
                continue
            try:
                with self.alone_with(build):
                    present = self._builds.find(build.id)
                    # It may have been restored since it was listed.
                    if present is not None and present.shelved_on is not None:
                        removed += self.remove_prefix(build)
            except Conflict:
                continue  # It is being restored.
        return removed
