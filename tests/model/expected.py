"""The model: what each build and environment should be, by rules that fit on a page."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

ENDED = ("COMPLETED", "FAILED", "CANCELED")


@dataclass(frozen=True)
class Built:
    """One build."""

    environment: int
    status: str
    asked_on: str
    owner: str | None = None
    attempts: int = 0
    releases: int = 0
    flagged: bool = False
    deleted: bool = False


@dataclass(frozen=True)
class Named:
    """One environment."""

    name: str
    published: int | None = None
    switched_on: str | None = None
    deleted: bool = False


@dataclass(frozen=True)
class State:
    """All of a store."""

    builds: dict[int, Built] = field(default_factory=dict)
    environments: dict[int, Named] = field(default_factory=dict)

    def with_build(self, number: int, build: Built) -> State:
        return replace(self, builds={**self.builds, number: build})

    def with_environment(self, number: int, environment: Named) -> State:
        return replace(self, environments={**self.environments, number: environment})

    def find(self, name: str) -> int | None:
        return next(
            (n for n, e in self.environments.items() if e.name == name and not e.deleted), None
        )

    def published(self, number: int) -> bool:
        return self.environments[self.builds[number].environment].published == number

    # -- what happens -----------------------------------------------------------------------------

    def cancel(self, number: int) -> State:
        build = self.builds[number]
        if build.status == "QUEUED":
            return self.with_build(number, replace(build, status="CANCELED"))
        if build.status == "BUILDING":
            return self.with_build(number, replace(build, flagged=True))
        return self

    def delete_build(self, number: int) -> State:
        """An environment goes with its last build."""
        after = self.cancel(number)
        after = after.with_build(number, replace(after.builds[number], deleted=True))
        environment = self.builds[number].environment
        left = [b for b in after.builds.values() if b.environment == environment and not b.deleted]
        return after if left else after._without_environment(environment)

    def delete_environment(self, number: int) -> State:
        after = self
        for build_id, build in self.builds.items():
            if build.environment == number and not build.deleted:
                after = after.cancel(build_id)
        return after._without_environment(number)

    def switch(self, number: int, now: str) -> State:
        """It follows all that was asked for before, also if the clock was set back."""
        environment = self.builds[number].environment
        asked = [b.asked_on for b in self.builds.values() if b.environment == environment]
        named = self.environments[environment]
        return self.with_environment(
            environment, replace(named, published=number, switched_on=max(now, *asked))
        )

    def finish(self, number: int) -> State:
        """COMPLETED, and current unless that would go backwards."""
        build = replace(self.builds[number], status="COMPLETED", flagged=False, owner=None)
        after = self.with_build(number, build)
        named = self.environments[build.environment]
        younger = named.published is not None and named.published > number
        switched = named.switched_on is not None and named.switched_on >= build.asked_on
        if named.deleted or younger or switched:
            return after
        return after.with_environment(build.environment, replace(named, published=number))

    def die(self, number: int) -> State:
        return self._end(number, "FAILED")

    def orphan(self, number: int, max_attempts: int, *, counted: bool = True) -> State:
        build = self.builds[number]
        releases = build.releases + (0 if counted else 1)
        may_again = not counted or build.attempts - releases < max_attempts
        if may_again and not build.flagged:
            queued = replace(build, status="QUEUED", owner=None, releases=releases)
            return self.with_build(number, queued)
        return self._end(number, "FAILED")

    def _end(self, number: int, status: str) -> State:
        build = self.builds[number]
        status = "CANCELED" if build.flagged else status
        return self.with_build(number, replace(build, status=status, owner=None))

    def _without_environment(self, number: int) -> State:
        named = replace(self.environments[number], deleted=True, published=None)
        return self.with_environment(number, named)

    def purge(self) -> State:
        """Deleted environments are gone for good once all of their builds have ended."""
        gone = {
            number
            for number, named in self.environments.items()
            if named.deleted
            and all(b.status in ENDED for b in self.builds.values() if b.environment == number)
        }
        return State(
            {n: build for n, build in self.builds.items() if build.environment not in gone},
            {n: named for n, named in self.environments.items() if n not in gone},
        )


def read_state(store: Path) -> State:
    """Return what the database says."""
    with closing(sqlite3.connect(store / ".envstore" / "envstore.db", timeout=20)) as db:
        db.row_factory = sqlite3.Row
        builds = {
            row["id"]: Built(
                environment=row["environment_id"],
                status=row["status"],
                asked_on=row["asked_on"],
                owner=row["owner"],
                attempts=row["attempts"],
                releases=row["releases"],
                flagged=bool(row["cancel_requested"]),
                deleted=row["deleted_on"] is not None,
            )
            for row in db.execute("SELECT * FROM build")
        }
        environments = {
            row["id"]: Named(
                name=row["name"],
                published=row["published_build_id"],
                switched_on=row["switched_on"],
                deleted=row["deleted_on"] is not None,
            )
            for row in db.execute("SELECT * FROM environment")
        }
    return State(builds, environments)


def difference(actual: State, *allowed: State) -> list[str]:
    """Return what is in none of the allowed states, item by item, as sentences."""
    found = []
    for kind in ("builds", "environments"):
        items = getattr(actual, kind)
        wanted = [getattr(state, kind) for state in allowed]
        for number in sorted({*items, *(n for one in wanted for n in one)}):
            options = [one.get(number) for one in wanted]
            if items.get(number) not in options:
                found.append(f"{kind} {number}: {items.get(number)}, expected one of {options}")
    return found
