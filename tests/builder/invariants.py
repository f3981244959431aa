"""What is true of a store that nobody works on, whatever happened to it before."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import psutil

from jupyter_envstore.integration.kernelspecs import list_kernels
from jupyter_envstore.integration.raw_kernels import find_kernels


def workers_of(store: Path) -> list[psutil.Process]:
    """Return the processes that run orders of the store, whoever started them."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        command = process.info["cmdline"] or []
        if process.info["status"] != psutil.STATUS_ZOMBIE and any(
            argument.startswith(f"{store}{os.sep}") and argument.endswith("order.json")
            for argument in command
        ):
            found.append(process)
    return found


def check_invariants(store: Path) -> None:
    """Fail if a stopped store is not what its database says."""
    assert not workers_of(store), "processes of builds outlive their server"
    internal = store / ".envstore"
    with closing(sqlite3.connect(internal / "envstore.db")) as db:
        db.row_factory = sqlite3.Row
        builds = db.execute("SELECT * FROM build WHERE deleted_on IS NULL").fetchall()
        current = db.execute(
            "SELECT namespace.name AS namespace, environment.name, build.*"
            " FROM environment JOIN namespace ON namespace.id = namespace_id"
            " JOIN build ON build.id = published_build_id WHERE environment.deleted_on IS NULL"
        ).fetchall()
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    _check_builds(internal, builds)
    _check_links(store, current)
    _check_kernels(internal / "kernels", current)


def _check_builds(internal: Path, builds: list[sqlite3.Row]) -> None:
    work = {entry.name for entry in (internal / "work").iterdir()}
    assert not work, f"directories of attempts that nobody works on: {work}"
    for build in builds:
        assert build["status"] != "BUILDING", f"build {build['id']} is BUILDING without a server"
        whole = build["status"] == "COMPLETED"
        marker = Path(build["prefix"], "conda-meta", "envstore.json")
        assert marker.is_file() == whole, f"build {build['id']} is {build['status']}: {marker}"
        if whole:
            assert json.loads(marker.read_text())["build_id"] == build["id"]


def _check_links(store: Path, current: list[sqlite3.Row]) -> None:
    links = {
        (link.parent.parent.name, link.name): str(link.readlink())
        for link in store.glob("*/envs/*")
        if link.is_symlink() and link.readlink().is_relative_to(store)
    }
    expected = {
        (row["namespace"], row["name"]): row["prefix"] for row in current if row["key_version"] < 3
    }
    assert links == expected, "links differ from the current builds"


def _check_kernels(kernels: Path, current: list[sqlite3.Row]) -> None:
    published = {(card.owner, card.build_id, card.raw_name) for card in list_kernels(kernels)}
    expected = {
        ((row["namespace"], row["name"]), row["id"], raw.name)
        for row in current
        for raw in find_kernels(row["prefix"])
    }
    assert published == expected, "kernels differ from the current builds"
