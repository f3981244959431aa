"""Which builds a clean-up takes, and which it would take if they were not protected.

As with restic and borg, a completed build goes when no rule keeps it. The current build of an
environment, pinned builds, those whose kernels are pinned, builds in use, and the only trace of an
environment never go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .build import Build, BuildStatus
from .disk_use import Group, Tree

_DAY = 86400.0


@dataclass(frozen=True)
class Rules:
    """What is kept. The numbers mean what the traits of these names say."""

    keep_builds: int = 0
    keep_days: float = 0.0
    keep_failed_days: float = 0.0


@dataclass(frozen=True)
class Facts:
    """What protects builds, by their ids."""

    current: Collection[int] = frozenset()
    """The current builds of all environments."""
    used: Mapping[int, str] = field(default_factory=dict)
    """Builds that running programs use, and by whom."""


@dataclass(frozen=True)
class Choice:
    """A build and, in a few words, why it goes, or why it stays though a rule would take it."""

    build: Build
    reason: str


SPARED = "you keep it"
"""Why a build stays that whoever cleans up has taken out of the plan."""


@dataclass(frozen=True)
class Plan:
    """What goes, oldest first, and what is only kept because it is protected."""

    going: tuple[Choice, ...] = ()
    kept: tuple[Choice, ...] = ()

    def sparing(self, build_ids: Collection[int]) -> Plan:
        """Return the plan without these builds, which whoever cleans up wants to keep."""
        spared = [choice for choice in self.going if choice.build.id in build_ids]
        return Plan(
            tuple(choice for choice in self.going if choice.build.id not in build_ids),
            (*self.kept, *(Choice(choice.build, SPARED) for choice in spared)),
        )


def plan(builds: Iterable[Build], rules: Rules, facts: Facts, now: datetime) -> Plan:
    """Apply the rules to all builds of some environments that are not deleted."""
    going: list[Choice] = []
    kept: list[Choice] = []
    for family in _by_environment(builds).values():
        protected = protections(family, facts)
        for build, reason in _unkept(family, rules, now):
            protection = protected.get(build.id)
            (kept if protection else going).append(Choice(build, protection or reason))
    return Plan(_by_age(going), _by_age(kept))


def plan_within_quota(
    builds: Iterable[Build], trees: Mapping[int, Tree], quota: int, facts: Facts
) -> Plan:
    """Let the oldest completed builds of one namespace go until the rest is within its quota.

    `builds` are all of the namespace, without those that go anyway; `trees` has the prefix of
    each completed one. `quota` is bytes; 0 is no limit.
    """
    known = tuple(builds)
    completed = [build for build in _oldest_first(known) if _is_on_disk(build)]
    group = Group(trees[build.id] for build in completed)
    if not quota or group.size <= quota:
        return Plan()
    protected: dict[int, str] = {}
    for family in _by_environment(known).values():
        protected |= protections(family, facts)
    going, kept = [], []
    for build in completed:
        if group.size <= quota:
            break
        if build.id in protected:
            kept.append(Choice(build, protected[build.id]))
        else:
            group.remove(trees[build.id])
            going.append(Choice(build, f"the namespace {build.namespace} is over its quota"))
    return Plan(tuple(going), tuple(kept))


def _unkept(family: list[Build], rules: Rules, now: datetime) -> Iterator[tuple[Build, str]]:
    """Yield the builds of an environment that no rule keeps, each with the reason."""
    newest_first = sorted(family, key=lambda build: build.id, reverse=True)
    completed = [build for build in newest_first if _is_on_disk(build)]
    if rules.keep_builds or rules.keep_days:
        reason = _reason(rules)
        for build in completed[rules.keep_builds :]:
            if not (rules.keep_days and not _older(build, rules.keep_days, now)):
                yield build, reason
    for build in family:
        # What was imported is kept for its past, and occupies nothing.
        if build.imported or build.status not in (BuildStatus.FAILED, BuildStatus.CANCELED):
            continue
        if rules.keep_failed_days and _older(build, rules.keep_failed_days, now):
            how = build.status.value.lower()
            yield build, f"{how} more than {_days(rules.keep_failed_days)} ago"


def _is_on_disk(build: Build) -> bool:
    """Tell whether it occupies the disk: what is shelved does not, and is kept for its past."""
    return build.status is BuildStatus.COMPLETED and build.shelved_on is None


def _reason(rules: Rules) -> str:
    newest = f"not among the {rules.keep_builds} newest of its environment"
    if rules.keep_builds == 1:
        newest = "not the newest of its environment"
    older = f"neither made nor used for {_days(rules.keep_days)}"
    if rules.keep_builds and rules.keep_days:
        return f"{newest}, and {older}"
    return newest if rules.keep_builds else older


def protections(family: Collection[Build], facts: Facts) -> dict[int, str]:
    """Return why builds must not go, by their ids; `family` is all builds of one environment."""
    reasons: dict[int, str] = {}
    for build in family:
        if build.id in facts.current:
            reasons[build.id] = f"the current build of {build.namespace}/{build.name}"
        elif build.pinned:
            reasons[build.id] = "pinned"
        elif build.kernel_pinned:
            reasons[build.id] = "its kernel is pinned"
        elif build.id in facts.used:
            reasons[build.id] = f"in use by {facts.used[build.id]}"
    if not any(build.id in facts.current for build in family):
        # Without any build, the environment and what was asked for would be gone, too.
        newest = max(family, key=lambda build: build.id)
        reasons.setdefault(newest.id, f"the newest build of {newest.namespace}/{newest.name}")
    return reasons


def _by_environment(builds: Iterable[Build]) -> dict[int, list[Build]]:
    families: dict[int, list[Build]] = {}
    for build in builds:
        families.setdefault(build.environment_id, []).append(build)
    return families


def _older(build: Build, days: float, now: datetime) -> bool:
    """Tell whether neither its end nor its last use is within the last days."""
    if build.ended_on is None:
        return False
    last = max(build.ended_on, build.last_used_on or build.ended_on)
    return (now - last).total_seconds() > days * _DAY


def _days(days: float) -> str:
    return "1 day" if days == 1 else f"{days:g} days"


def _oldest_first(builds: Iterable[Build]) -> list[Build]:
    return sorted(builds, key=lambda build: build.id)


def _by_age(choices: list[Choice]) -> tuple[Choice, ...]:
    return tuple(sorted(choices, key=lambda choice: choice.build.id))
