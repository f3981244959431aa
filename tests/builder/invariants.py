"""What is true of a store that nobody works on, whatever happened to it before."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil

from jupyter_envstore.integration.kernelspecs import list_kernels
from jupyter_envstore.integration.raw_kernels import find_kernels

ON_REQUEST = ("YAML", "CONDA_PACK", "CONSTRUCTOR_INSTALLER")
"""The artifacts of a finished build that are made when somebody asks for them."""

MARKER = Path("conda-meta", "envstore")
_TEMPORARY = re.compile(
    r"\..+\.tmp|\.tmp-.+|\.envstore-link-.+|\.probe-.+|\.envstore\.json\.new|\..+\.lock\.new"
    r"|.+\.replaced"
)
"""The names under which the store makes what it then renames."""


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


def check_invariants(store: Path, *, settled: bool = False) -> None:
    """Fail if a stopped store is not what its database says.

    `settled`: it was also given the time to build what was queued and to tidy up, and nobody but
    the store has put anything into it.
    """
    assert not workers_of(store), "processes of builds outlive their server"
    internal = store / ".envstore"
    with closing(sqlite3.connect(internal / "envstore.db")) as db:
        db.row_factory = sqlite3.Row
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        builds = db.execute("SELECT * FROM build WHERE deleted_on IS NULL").fetchall()
        shown = (
            "SELECT namespace.name AS namespace, environment.name, build.*"
            " FROM environment JOIN namespace ON namespace.id = namespace_id JOIN build ON"
        )
        current = db.execute(
            f"{shown} build.id = published_build_id WHERE environment.deleted_on IS NULL"
        ).fetchall()
        pinned = db.execute(
            f"{shown} build.environment_id = environment.id AND build.kernel_pinned"
            " WHERE build.deleted_on IS NULL AND environment.deleted_on IS NULL"
        ).fetchall()
        _check_attempts(db)
        _check_journal(db)
        if settled:
            _check_files_of_rows(internal, db)
    _check_builds(internal, builds)
    _check_links(store, current)
    _check_kernels(internal / "kernels", current, pinned)
    if settled:
        assert not [build["id"] for build in builds if build["status"] == "QUEUED"]
        _check_nothing_is_unknown(store, builds)
        _check_nothing_is_left(internal)
        _check_index(internal, current)


def _check_builds(internal: Path, builds: list[sqlite3.Row]) -> None:
    work = {entry.name for entry in (internal / "work").iterdir()}
    assert not work, f"directories of attempts that nobody works on: {work}"
    for build in builds:
        assert build["status"] != "BUILDING", f"build {build['id']} is BUILDING without a server"
        whole = build["status"] == "COMPLETED" and build["shelved_on"] is None
        marker = Path(build["prefix"], MARKER)
        assert marker.is_file() == whole, f"build {build['id']} is {build['status']}: {marker}"
        if whole:
            said = json.loads(marker.read_text())
            assert said["build_id"] == build["id"]
            assert said["finished"], f"build {build['id']} is COMPLETED and its prefix half made"


def _check_attempts(db: sqlite3.Connection) -> None:
    attempts = db.execute(
        "SELECT attempt.*, build.status, build.attempts FROM attempt"
        " JOIN build ON build.id = build_id"
    ).fetchall()
    for attempt in attempts:
        which = f"attempt {attempt['number']} of build {attempt['build_id']}"
        assert attempt["ended_on"] is not None, f"{which} has no end"
        # A build that was queued again may be canceled before it is begun again.
        if attempt["number"] < attempt["attempts"] or attempt["status"] == "CANCELED":
            assert attempt["outcome"] in ("QUEUED", "CANCELED"), which
        else:
            assert attempt["outcome"] == attempt["status"], which


def _check_journal(db: sqlite3.Connection) -> None:
    """Every change was noted, in order, and the last one is what the rows say."""
    numbers = [row["seq"] for row in db.execute("SELECT seq FROM journal ORDER BY seq")]
    assert numbers == list(range(1, len(numbers) + 1)), "the journal has gaps"
    told = dict(
        db.execute(
            "SELECT build_id, status FROM (SELECT build_id, status, max(seq) FROM journal"
            " WHERE kind = 'build' GROUP BY build_id)"
        ).fetchall()
    )
    for build in db.execute("SELECT id, status FROM build"):
        assert told.get(build["id"]) == build["status"], f"the journal on build {build['id']}"


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


def _check_kernels(kernels: Path, current: list[sqlite3.Row], pinned: list[sqlite3.Row]) -> None:
    published = {
        (card.owner, card.build_id, card.raw_name, card.pinned) for card in list_kernels(kernels)
    }
    expected = {
        ((row["namespace"], row["name"]), row["id"], raw.name, is_pinned)
        for is_pinned, rows in ((False, current), (True, pinned))
        for row in rows
        for raw in find_kernels(row["prefix"])
    }
    assert published == expected, "kernels differ from the current and the pinned builds"


# -- of a store that has tidied up ------------------------------------------------------------


def _check_files_of_rows(internal: Path, db: sqlite3.Connection) -> None:
    """The files that rows name are there, and no build has files without its row."""
    artifacts = db.execute(
        "SELECT build_artifact.* FROM build_artifact JOIN build ON build.id = build_id"
        # The others are made when somebody asks for them.
        " WHERE build.deleted_on IS NULL AND artifact_type IN ('LOGS', 'LOCKFILE', 'DIRECTORY')"
    ).fetchall()
    missing = [row["key"] for row in artifacts if not Path(row["key"]).exists()]
    assert not missing, f"artifacts that rows name and that are not there: {missing}"
    known = {str(row["id"]) for row in db.execute("SELECT id FROM build")}
    # What a database never heard of is kept, once it is known that there is such a thing.
    for first, last in db.execute("SELECT first_id, last_id FROM unknown_builds"):
        known.update(map(str, range(first, last + 1)))
    kept = [*(internal / "logs").iterdir(), *_entries(internal / "artifacts")]
    unknown = [path.name for path in kept if path.name.partition(".")[0] not in known]
    assert not unknown, f"logs and artifacts of builds that have no row: {unknown}"


def _check_nothing_is_unknown(store: Path, builds: list[sqlite3.Row]) -> None:
    """Each prefix that carries our marker belongs to a build that is COMPLETED."""
    store_id = json.loads((store / ".envstore" / "store.json").read_text())["id"]
    ours = {
        str(marker.parents[1])
        for pattern in ("*", "*/*")
        for marker in store.glob(f"{pattern}/{MARKER}")
        if json.loads(marker.read_text())["store_id"] == store_id
        and not marker.parents[1].is_symlink()
    }
    expected = {build["prefix"] for build in builds if build["status"] == "COMPLETED"}
    assert ours == expected, "prefixes that are ours differ from the builds that are COMPLETED"


def _check_nothing_is_left(internal: Path) -> None:
    for name in ("trash", "servers"):
        left = [entry.name for entry in (internal / name).iterdir()]
        assert not left, f"left in {name}: {left}"
    left = [str(path) for path in _temporary(internal.parent)]
    assert not left, f"temporary files: {left}"


def _temporary(root: Path) -> Iterator[Path]:
    for directory, names, files in os.walk(root):
        yield from (
            Path(directory, name) for name in (*names, *files) if _TEMPORARY.fullmatch(name)
        )


def _check_index(internal: Path, current: list[sqlite3.Row]) -> None:
    index = internal / "index.json"
    if not index.exists():
        assert not current, "there is no index of the current builds"
        return
    told = {
        (entry["namespace"], entry["name"], entry["build"]["id"], entry["build"]["prefix"])
        for entry in json.loads(index.read_text())["environments"]
        if entry["build"]
    }
    expected = {(row["namespace"], row["name"], row["id"], row["prefix"]) for row in current}
    assert told == expected, "the index differs from the current builds"


def _entries(directory: Path) -> list[Path]:
    return list(directory.iterdir()) if directory.is_dir() else []
