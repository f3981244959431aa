"""Prefixes that this store made and that no build owns: what each is, and what may become of it.

Cheap enough for every round of recovery: one listing, and the markers of the few that no row has.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from ..domain.build import BuildStatus
from ..domain.events import Finished
from ..domain.layout import Layout
from ..domain.names import name_problem
from ..domain.origin import Ending, Origin
from ..domain.own_files import MARKER
from ..engine.protocol import read_events
from ..integration.links import read_link
from ..store.builds import Builds
from ..store.knowledge import Knowledge, Standing
from ..store.on_disk import entries, highest_build_id, prefixes_on_disk, records_on_disk
from .attempts import Attempts


@dataclass(frozen=True)
class Finding:
    """One prefix with our marker that no running or completed build owns."""

    prefix: Path
    origin: Origin
    standing: Standing
    obstacle: str | None
    """Why no build can be made of it, as a clause; None if one can."""

    @property
    def adoptable(self) -> bool:
        return self.standing is Standing.UNKNOWN and self.obstacle is None


class Findings:
    """Looks for prefixes, and lets the database learn what the disk knows better."""

    def __init__(
        self,
        *,
        builds: Builds,
        attempts: Attempts,
        knowledge: Knowledge,
        layout: Layout,
    ) -> None:
        self._builds = builds
        self._attempts = attempts
        self._knowledge = knowledge
        self._layout = layout

    def look(self) -> list[Finding]:
        """Return what is there now, by build and attempt.

        Ids that the disk knows are never given out again.
        """
        # The disk first: what is made after the listing is not in it, and what is in it had its
        # row before.
        highest = highest_build_id(self._layout)
        paths = list(prefixes_on_disk(self._layout, self._builds.prefixes()))
        origins = self._origins(paths)
        highest = max([highest, *(origin.build_id for _, origin in origins)])
        self._knowledge.learn_of(highest)
        found = [self._finding(path, origin) for path, origin in origins]
        return sorted(found, key=lambda one: (one.origin.build_id, one.origin.attempt))

    def removed_records(self) -> list[Path]:
        """Return the logs, events and artifacts of builds whose rows have been removed.

        Whoever ends a build writes to its log last, perhaps while another server removes it.
        """
        # Listed before the rows are read: what is made in between has its row, or is not listed.
        records = list(records_on_disk(self._layout))
        removed = self._knowledge.removed({build_id for build_id, _ in records})
        return [path for build_id, path in records if build_id in removed]

    def is_pointed_at(self, prefix: Path) -> bool:
        """Tell whether a link in the namespace of the prefix leads to it: proof of use."""
        links = Path(self._layout.environments_directory(prefix.parent.name))
        return any(read_link(link) == str(prefix) for link in entries(links))

    def whole(self, prefix: str | Path) -> Origin | None:
        """Return the origin, with its ending, of a prefix that this store made and finished."""
        origin = self._attempts.origin(prefix)
        origin = None if origin is None else self._with_ending(Path(prefix), origin)
        return origin if origin is not None and origin.ending is not None else None

    def _origins(self, paths: list[Path]) -> list[tuple[Path, Origin]]:
        rows = self._builds.prefixes()
        unowned = (
            path
            for path in paths
            if rows.get(str(path), (0, None))[1]
            not in (BuildStatus.COMPLETED, BuildStatus.BUILDING)
        )
        return [
            (path, origin)
            for path in unowned
            if (origin := self._attempts.origin(path)) is not None
        ]

    def _finding(self, path: Path, origin: Origin) -> Finding:
        origin = self._with_ending(path, origin)
        standing = self._knowledge.standing(origin, str(path))
        obstacle = _obstacle(path, origin)
        if origin.record is not None and origin.record.prefix != str(path):
            # A copy, or a store that was moved: nothing is known of what it is good for.
            standing = Standing.UNKNOWN
        return Finding(path, origin, standing, obstacle)

    def _with_ending(self, path: Path, origin: Origin) -> Origin:
        if origin.ending is not None or origin.record is not None:
            return origin
        # The first versions did not say it in the marker; the kept events tell.
        said, _ = read_events(Path(self._layout.events(origin.build_id, origin.attempt)))
        verdict = next((event for event in said if isinstance(event, Finished)), None)
        if verdict is None:
            return origin
        seconds = (path / MARKER).stat().st_mtime
        at = datetime.fromtimestamp(int(seconds), timezone.utc).replace(tzinfo=None)
        return replace(origin, ending=Ending(at, verdict.size, verdict.size_own))


def _obstacle(path: Path, origin: Origin) -> str | None:
    if origin.record is not None and origin.record.prefix != str(path):
        return f"it was made for {origin.record.prefix}, and a prefix works in its own place only"
    if origin.ending is None:
        return "it was never finished"
    for value, what in ((origin.namespace, "namespace"), (origin.name, "name")):
        if problem := name_problem(value, what):
            return f"its marker names no {what} that is one: {problem[1] or problem[0]}"
    return None
