"""The queue: what is built at present, and what waits, in the order in which it will begin."""

from __future__ import annotations

from dataclasses import dataclass

from ..domain.build import BuildStatus
from ..domain.entities import Scope
from ..domain.turns import order_of_turns
from ..store.builds import Builds
from ..store.database import Database
from ..store.queue import read_queue
from .views import BuildView, BuildViews

FORETOLD = 500
"""Builds that wait and are told of; nobody reads more."""


@dataclass(frozen=True)
class QueuedBuild:
    """A build that runs or waits. `position` is 1 for the next one, and None for one that runs."""

    view: BuildView
    position: int | None


class BuildQueue:
    """Looks at the queue of all users. It is only looked at here: `store.queue` decides."""

    def __init__(self, database: Database, builds: Builds, views: BuildViews) -> None:
        self._database = database
        self._builds = builds
        self._views = views

    def list(self, scope: Scope) -> tuple[QueuedBuild, ...]:
        """Return what runs, the oldest first, then what waits; positions count all that waits."""
        order = order_of_turns(*read_queue(self._database.read()), FORETOLD)
        known = self._builds.by_id(order)
        waiting = [known[one] for one in order if one in known]
        # Looked at last: what begins meanwhile is shown, and once.
        running = {build.id: build for build in self._builds.running()}
        places = {build_id: place for place, build_id in enumerate(order, 1)}
        builds = [
            *(running[one] for one in sorted(running)),
            *(
                build
                for build in waiting
                if build.status is BuildStatus.QUEUED and build.id not in running
            ),
        ]
        shown = [build for build in builds if scope.shows(build.namespace, build.name)]
        return tuple(
            QueuedBuild(view, None if view.build.id in running else places[view.build.id])
            for view in self._views.of_all(shown)
        )
