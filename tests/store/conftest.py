"""A store's database, whose invariants are checked after every test that used it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from jupyter_envstore.domain.build import Build
from jupyter_envstore.domain.layout import Layout
from jupyter_envstore.domain.specification import parse_specification
from jupyter_envstore.store.builds import Builds
from jupyter_envstore.store.database import Database
from jupyter_envstore.store.environments import Environments
from jupyter_envstore.store.identity import prepare_directories
from jupyter_envstore.store.journal import Journal
from jupyter_envstore.store.namespaces import Namespaces

Submit = Callable[..., Build]


class SteppingClock:
    """Every look at it is a second later than the one before."""

    def __init__(self) -> None:
        self.now = datetime.fromisoformat("2026-11-20T12:00:00.250000")

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(str(tmp_path / "store"))
    prepare_directories(layout)
    return layout


@pytest.fixture
def open_database(layout: Layout) -> Iterator[Callable[..., Database]]:
    """Open the store's database, as often as wanted: each is another server's."""
    opened: list[Database] = []

    def open_one(path: str = layout.database, **options: bool) -> Database:
        opened.append(Database(path, **options))
        return opened[-1]

    yield open_one
    for database in opened:
        database.close()


@pytest.fixture
def database(open_database: Callable[..., Database]) -> Iterator[Database]:
    database = open_database()
    yield database
    check_invariants(database)


def check_invariants(database: Database) -> None:
    """Assert what no test may break, whatever it did."""
    read = database.read()
    assert read.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert read.execute("PRAGMA foreign_key_check").fetchall() == []
    numbers = [row[0] for row in read.execute("SELECT seq FROM journal ORDER BY seq")]
    assert numbers == list(range(1, len(numbers) + 1)), "the journal has a gap"
    newest = "SELECT status FROM journal WHERE build_id = build.id AND kind = 'build'"
    wrong = read.execute(
        f"SELECT id, status FROM build WHERE status IS NOT ({newest} ORDER BY seq DESC LIMIT 1)"
    ).fetchall()
    assert wrong == [], "a status was changed and not journaled"
    open_attempts = read.execute(
        "SELECT build_id FROM attempt WHERE ended_on IS NULL ORDER BY build_id"
    ).fetchall()
    running = read.execute("SELECT id FROM build WHERE status = 'BUILDING' ORDER BY id").fetchall()
    assert open_attempts == running, "attempts and running builds differ"


@pytest.fixture
def namespaces(database: Database) -> Namespaces:
    return Namespaces(database)


@pytest.fixture
def environments(database: Database) -> Environments:
    return Environments(database)


@pytest.fixture
def builds(database: Database, layout: Layout) -> Builds:
    return Builds(database, layout)


@pytest.fixture
def journal(database: Database, clock: SteppingClock) -> Journal:
    return Journal(database, clock)


@pytest.fixture
def submit(
    namespaces: Namespaces, environments: Environments, builds: Builds, clock: SteppingClock
) -> Submit:
    """Ask for a build, as a user does."""

    def ask(name: str = "geo", namespace: str = "default", *, more: str = "", **options) -> Build:
        specification = parse_specification(f"name: {name}\n{more}")
        namespace_id = namespaces.ensure(namespace).id
        environment_id = environments.ensure(namespace_id, name, "", clock())
        options = {"key_version": 2, "now": clock(), **options}
        return builds.submit(environment_id, specification, **options)

    return ask
