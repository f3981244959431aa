"""What a clean-up would take: the rules applied to the store as it is, and measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timezone

from ..builder.attempts import Attempts
from ..builder.unused_caches import UnusedCaches, UnusedEntry
from ..domain.build import Build, BuildStatus
from ..domain.disk_use import Removal, Tree
from ..domain.moments import Clock, utc_now
from ..domain.retention import Choice, Facts, Plan, Rules, plan, plan_within_quota
from ..domain.settings import Settings
from ..store.builds import Builds
from ..store.disk_use import measure
from ..store.environments import Environments
from ..store.files import Trash
from ..store.filters import BuildFilter
from ..store.leftovers import Leftovers
from ..store.listing import Listing
from .in_use import Notebooks, users_of
from .settings import SettingsService

_DAY = 86400.0


@dataclass(frozen=True)
class Wish:
    """What a clean-up is about; a rule that is None is as the settings have it."""

    keep_builds: int | None = None
    keep_days: float | None = None
    keep_failed_days: float | None = None
    namespace: str | None = None
    environment: str | None = None
    """An environment of the namespace. With either, caches are left alone: they are everybody's."""
    spare: frozenset[int] = frozenset()
    """Ids of builds that stay whatever the rules say."""

    def rules(self, settings: Settings) -> Rules:
        return Rules(
            settings.keep_builds if self.keep_builds is None else self.keep_builds,
            settings.keep_days if self.keep_days is None else self.keep_days,
            settings.keep_failed_days if self.keep_failed_days is None else self.keep_failed_days,
        )


@dataclass(frozen=True)
class GoneBuild:
    """A build that goes, why, and the bytes that come back when those before it have gone."""

    build: Build
    reason: str
    bytes: int


@dataclass(frozen=True)
class Cleaned:
    """What a clean-up takes, or has taken. All bytes together are what the disk gains."""

    builds: tuple[GoneBuild, ...]
    kept: tuple[Choice, ...]
    cache_entries: int
    cache_bytes: int
    cache_left_alone: str | None
    """Why nothing is removed from the package cache, if it holds more than packages."""
    trash_bytes: int
    """What was thrown away before, and is removed with the rest."""

    @property
    def bytes(self) -> int:
        return self.trash_bytes + self.cache_bytes + sum(gone.bytes for gone in self.builds)


@dataclass(frozen=True)
class Findings:
    """A plan with all that was measured for it."""

    plan: Plan
    trees: dict[int, Tree]
    unused: tuple[UnusedEntry, ...]
    left_alone: str | None
    trash: Tree

    def cleaned(
        self, going: Iterable[Choice], kept: Iterable[Choice], unused: Iterable[UnusedEntry]
    ) -> Cleaned:
        """Add up what comes back when these go, in this order."""
        removal = Removal()
        trash_bytes = removal.take(self.trash)
        builds = tuple(
            GoneBuild(c.build, c.reason, removal.take(self.trees[c.build.id])) for c in going
        )
        sizes = [removal.take(entry.tree) for entry in unused]
        return Cleaned(builds, tuple(kept), len(sizes), sum(sizes), self.left_alone, trash_bytes)


class CleanupPlanner:
    """Finds what may go. It changes nothing."""

    def __init__(
        self,
        *,
        builds: Builds,
        environments: Environments,
        leftovers: Leftovers,
        attempts: Attempts,
        caches: UnusedCaches,
        trash: Trash,
        settings: SettingsService,
        notebooks: Notebooks,
        clock: Clock = utc_now,
    ) -> None:
        self._builds = builds
        self._environments = environments
        self._leftovers = leftovers
        self._attempts = attempts
        self._caches = caches
        self._trash = trash
        self._settings = settings
        self._notebooks = notebooks
        self._clock = clock

    def find(self, wish: Wish) -> Findings:
        """Apply the rules, and measure what goes. Raises `NotFound`."""
        builds = self.builds_of(wish)
        facts = self.facts(builds)
        trees: dict[int, Tree] = {}
        found = plan(builds, wish.rules(self._settings.of()), facts, self._clock())
        if wish.environment is None:
            gone = {choice.build.id for choice in found.going}
            rest = [build for build in builds if build.id not in gone]
            found = _both(found, self.within_quota(rest, trees))
        found = found.sparing(wish.spare)
        trash = measure(*self._trash.entries())
        removal = Removal()
        removal.take(trash)
        for choice in found.going:
            build = choice.build
            trees[build.id] = measure(build.prefix, *self._attempts.records(build))
            removal.take(trees[build.id])
        unused: list[UnusedEntry] = []
        left_alone = None
        if wish.namespace is None and self._settings.of().keep_cache_days:
            going = [choice.build.id for choice in found.going]
            hashes = self._leftovers.hashes_in_use(without=going)
            unused, left_alone = self._caches.find(hashes, self.unused_since(), removal)
        return Findings(found, trees, tuple(unused), left_alone, trash)

    def within_quota(self, builds: tuple[Build, ...] | list[Build], trees: dict[int, Tree]) -> Plan:
        """Return what has to go for the quota of each namespace.

        `builds` are all of these namespaces; what is measured is put into `trees`.
        """
        found = Plan()
        for namespace in sorted({build.namespace for build in builds}):
            quota = self._settings.of(namespace).namespace_quota
            if not quota:
                continue
            members = [build for build in builds if build.namespace == namespace]
            for build in members:
                if build.status is BuildStatus.COMPLETED:
                    trees[build.id] = measure(build.prefix)
            facts = self.facts(members)
            found = _both(found, plan_within_quota(members, trees, quota, facts))
        return found

    def builds_of(self, wish: Wish) -> tuple[Build, ...]:
        """Return the builds that a wish is about. Raises `NotFound`."""
        if wish.environment is not None:
            self._environments.get(wish.namespace or "", wish.environment)
        wanted = BuildFilter(namespace=wish.namespace, name=wish.environment)
        return self._builds.list(Listing(), wanted).items

    def facts(self, builds: Iterable[Build]) -> Facts:
        """Return what protects these builds at this moment."""
        current = frozenset(build.id for build in self._builds.published())
        completed = {b.prefix: b.id for b in builds if b.status is BuildStatus.COMPLETED}
        users = users_of(completed, self._notebooks)
        return Facts(current, {completed[prefix]: who for prefix, who in users.items()})

    def unused_since(self) -> float:
        """Return since when an entry must not have been used to go: seconds since the epoch."""
        now = self._clock().replace(tzinfo=timezone.utc).timestamp()
        return now - self._settings.of().keep_cache_days * _DAY


def _both(one: Plan, other: Plan) -> Plan:
    """Return two plans as one, each build once."""
    kept = {choice.build.id: choice for choice in (*other.kept, *one.kept)}
    return Plan((*one.going, *other.going), tuple(kept[number] for number in sorted(kept)))
