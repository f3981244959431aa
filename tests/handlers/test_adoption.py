"""Adoption over the API: a preview, then the deed, and no new start."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.builder.waiting import wait_for


def forget_everything(store_directory: Path) -> None:
    """Let the database know no build, and no id of one, any more."""
    with closing(sqlite3.connect(store_directory / ".envstore" / "envstore.db", timeout=20)) as db:
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("BEGIN IMMEDIATE")
        db.execute("DELETE FROM environment")
        db.execute("DELETE FROM sqlite_sequence WHERE name = 'build'")
        db.execute("UPDATE store SET needs_adoption = 1")
        db.commit()


async def test_adoption_is_previewed_and_done(api, build, store_directory):
    before = await api.build(build)
    forget_everything(store_directory)
    assert "jupyter envstore adopt" in (await api.get("")).data["doubt"]
    assert (await api.get(f"build/{build}/")).status == 404

    preview = (await api.post("store/adopt/", {"dry_run": True})).data
    assert preview["dry_run"] is True
    assert [adopted["build_id"] for adopted in preview["adopted"]] == [build]
    assert (await api.get(f"build/{build}/")).status == 404

    report = (await api.post("store/adopt/", {})).data
    (adopted,) = report["adopted"]
    assert adopted == {
        "build_id": build,
        "namespace": "ns",
        "environment": "env",
        "prefix": before["prefix"],
        "former_id": None,
        "current": True,
    }
    assert (report["left"], report["missing"], report["doubt"]) == ([], [], None)
    assert (await api.get("")).data["doubt"] is None
    after = await api.build(build)
    same = ("status", "size", "specification", "prefix", "scheduled_on", "build_key")
    assert {key: after.get(key) for key in same} == {key: before.get(key) for key in same}
    assert (await api.environment())["current_build_id"] == build
    link = store_directory / "ns" / "envs" / "env"
    wait_for(lambda: str(link.readlink()) == before["prefix"])


async def test_adopting_with_nothing_to_adopt_says_so(api, build):
    report = (await api.post("store/adopt/")).data
    assert (report["adopted"], report["left"]) == ([], [])


async def test_an_unknown_key_is_a_mistake(api):
    assert (await api.post("store/adopt/", {"dryrun": True})).status in (400, 422)


async def test_another_stores_database_is_a_conflict(api, build, store_directory, extension):
    identity = extension._store.services.identity
    identity.mismatch = "The database belongs to another store."
    refused = await api.post("store/adopt/", {})
    assert refused.status == 409
    assert "Nothing was adopted" in refused.error["message"]
    assert "Move the database away" in refused.error["hint"]
