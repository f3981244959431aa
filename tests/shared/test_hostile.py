"""A shared store whose owner wants to know or to run what it should not: nothing is believed."""

from __future__ import annotations

import copy
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_envstore.domain import shared_content
from jupyter_envstore.domain.errors import NotFound
from jupyter_envstore.domain.shared_content import NotAnIndex, read_content
from jupyter_envstore.store.listing import Listing
from jupyter_envstore.store.shared_index import SharedIndex
from tests.builder.bench import Bench
from tests.builder.waiting import wait_for

from .conftest import Index, shown, status_of, wait_for_problem

ROOT = "/srv/team"
BUILD = {
    "id": 7,
    "status": "COMPLETED",
    "status_info": None,
    "prefix": f"{ROOT}/ns/key",
    "key": "key",
    "key_version": 2,
    "sha256": "0" * 64,
    "attempts": 1,
    "size": 10,
    "size_own": 1,
    "scheduled_on": "2026-03-01T12:00:00",
    "started_on": None,
    "ended_on": "2026-03-01T12:00:01",
    "author": None,
    "note": "",
    "tags": [],
    "text": None,
}
INDEX: dict[str, Any] = {
    "format": shared_content.FORMAT,
    "store_id": "s",
    "store_directory": ROOT,
    "namespaces": [{"id": 1, "name": "ns", "environments_directory": f"{ROOT}/ns/envs"}],
    "environments": [
        {
            "id": 3,
            "namespace": "ns",
            "name": "env",
            "description": "",
            "link": f"{ROOT}/ns/envs/env",
            "build": BUILD,
            "other_builds": [{**BUILD, "id": 6, "status": "FAILED"}],
        }
    ],
    "kernels": [],
}


def index_with(path: tuple[Any, ...], value: Any) -> Any:
    content = copy.deepcopy(INDEX)
    part = content
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return content


def test_a_sound_index():
    content = read_content(INDEX, {ROOT})
    (environment,) = content.environments
    assert (content.left_out, environment.current_id) == (0, 7)
    assert [build.id for build in environment.builds] == [7, 6]
    assert environment.link == f"{ROOT}/ns/envs/env"


ENVIRONMENT = ("environments", 0)
CURRENT = (*ENVIRONMENT, "build")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*CURRENT, "prefix"), "/etc"),
        ((*CURRENT, "prefix"), f"{ROOT}/../other"),
        ((*CURRENT, "prefix"), f"{ROOT}"),
        ((*CURRENT, "prefix"), f"{ROOT}evil/x"),
        ((*CURRENT, "prefix"), "ns/key"),
        ((*CURRENT, "prefix"), f"{ROOT}/ns/k\0ey"),
        ((*CURRENT, "prefix"), 5),
        ((*CURRENT, "key"), "../key"),
        ((*CURRENT, "key_version"), 9),
        ((*CURRENT, "status"), "BUILDING"),
        ((*CURRENT, "status"), "DONE"),
        ((*CURRENT, "id"), 0),
        ((*CURRENT, "id"), 1 << 32),
        ((*CURRENT, "id"), True),
        ((*CURRENT, "id"), "7"),
        ((*CURRENT, "size"), -1),
        ((*CURRENT, "size"), 1e300),
        ((*CURRENT, "scheduled_on"), "yesterday"),
        ((*CURRENT, "scheduled_on"), "2026-03-01T12:00:00+01:00"),
        ((*CURRENT, "note"), "\ud800"),
        ((*CURRENT, "tags"), [1]),
        ((*CURRENT, "text"), "x" * ((1 << 20) + 1)),
        (CURRENT, []),
        (CURRENT, {}),
    ],
)
def test_a_build_that_breaks_a_rule_is_left_out(path, value):
    content = read_content(index_with(path, value), {ROOT})
    assert content.left_out == 1
    for environment in content.environments:
        assert (environment.current, [build.id for build in environment.builds]) == (None, [6])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*ENVIRONMENT, "name"), "../env"),
        ((*ENVIRONMENT, "name"), ""),
        ((*ENVIRONMENT, "name"), "a:b"),
        ((*ENVIRONMENT, "name"), ["env"]),
        ((*ENVIRONMENT, "namespace"), "other"),
        ((*ENVIRONMENT, "id"), -3),
        ((*ENVIRONMENT, "description"), None),
        ((*ENVIRONMENT, "other_builds"), 5),
        (ENVIRONMENT, None),
        (("environments",), {"0": 1}),
        (("namespaces", 0, "name"), "n/s"),
        (("namespaces", 0), 5),
    ],
)
def test_an_environment_that_breaks_a_rule_is_left_out(path, value):
    assert read_content(index_with(path, value), {ROOT}).environments == ()


def test_folders_and_links_outside_of_the_store_are_not_told():
    content = read_content(index_with((*ENVIRONMENT, "link"), "/etc/passwd"), {ROOT})
    assert content.environments[0].link is None
    outside = index_with(("namespaces", 0, "environments_directory"), "/home/me/envs")
    assert read_content(outside, {ROOT}).namespaces[0].environments_directory is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ([], "is not the index of a store"),
        ({"store_id": 5}, "is not the index of a store"),
        ({**INDEX, "format": 1}, "has format 1, and this version reads format 2"),
        ({**INDEX, "store_directory": "/other"}, "it was made as /other"),
    ],
)
def test_what_is_no_index_says_why(content, reason):
    with pytest.raises(NotAnIndex, match=reason):
        read_content(content, {ROOT})


def test_there_is_an_end_to_what_is_believed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shared_content, "MAX_BUILDS", 3)
    monkeypatch.setattr(shared_content, "MAX_ENVIRONMENTS", 1)
    many = index_with(
        (*ENVIRONMENT, "other_builds"), [{**BUILD, "id": number} for number in range(8, 18)]
    )
    many["environments"].append(many["environments"][0])
    content = read_content(many, {ROOT})
    assert (len(content.environments), len(content.environments[0].builds)) == (1, 3)
    assert content.left_out == 9


# -- the files of a store --------------------------------------------------------------------------


@pytest.fixture
def current(owner: Bench, reader: Bench) -> int:
    """A build that both have seen; the owner's server is not running any more."""
    owner.completed()
    number = wait_for(lambda: shown(reader).get("team:ns/env"))
    owner.stop()
    return number


def test_a_prefix_that_leads_out_of_its_store_has_no_kernel(
    owner: Bench, reader: Bench, current: int, index: Index, tmp_path: Path
):
    prefix = Path(reader.builds.get(current).build.prefix)
    prefix.rename(tmp_path / "elsewhere")
    prefix.symlink_to(tmp_path / "elsewhere")
    changed = index.content
    changed["environments"][0]["description"] = "changed"
    index.write(changed)
    services = reader.store.services
    wait_for(lambda: not services.environments.kernels())
    view = services.environments.get("team:ns", "env")
    assert view.environment.description == "changed"
    assert services.builds.get(current).specification is not None  # By the index's own text.
    prefix.unlink()
    (tmp_path / "elsewhere").rename(prefix)
    wait_for(services.environments.kernels)


@pytest.mark.parametrize(
    "argv",
    [["/bin/sh", "-c", "evil"], ["sh"], ["{prefix}/bin/link"], ["bin/python"], ["{prefix}/../sh"]],
)
def test_a_kernel_whose_program_is_not_in_its_build_is_not_listed(
    owner: Bench, reader: Bench, current: int, index: Index, argv: list[str]
):
    prefix = Path(reader.builds.get(current).build.prefix)
    (prefix / "bin").mkdir()
    (prefix / "bin" / "link").symlink_to("/bin/sh")
    spec = prefix / "share" / "jupyter" / "kernels" / "python3" / "kernel.json"
    spec.write_text(json.dumps({"argv": argv, "display_name": "x", "language": "python"}))
    changed = index.content
    changed["environments"][0]["description"] = "changed"
    index.write(changed)
    wait_for(lambda: not reader.store.services.environments.kernels())


def test_a_file_in_place_of_a_kernel_that_nobody_writes_to_keeps_nobody(
    owner: Bench, reader: Bench, current: int, index: Index, tmp_path: Path
):
    prefix = Path(reader.builds.get(current).build.prefix)
    spec = prefix / "share" / "jupyter" / "kernels" / "python3" / "kernel.json"
    spec.rename(tmp_path / "spec")
    os.mkfifo(spec)
    marker = prefix / "conda-meta" / "envstore"
    marker.rename(tmp_path / "marker")
    os.mkfifo(marker)
    changed = index.content
    changed["environments"][0]["description"] = "changed"
    index.write(changed)
    wait_for(lambda: not reader.store.services.environments.kernels())
    assert reader.builds.get(current).build.id == current
    marker.unlink()
    (tmp_path / "marker").rename(marker)
    spec.unlink()
    (tmp_path / "spec").rename(spec)


@pytest.mark.parametrize("what", ["link", "folder", "fifo", "long"])
def test_logs_and_locks_are_read_in_their_store_only(
    owner: Bench, reader: Bench, current: int, tmp_path: Path, what: str
):
    secret = tmp_path / "secret"
    secret.write_text("a secret of the reader's")
    services = reader.store.services
    log = owner.internal / "logs" / "1.log"
    lock = owner.internal / "artifacts" / "1" / "conda-lock.yml"
    for path in (log, lock):
        path.unlink()
        if what == "link":
            path.symlink_to(secret)
        elif what == "folder":
            path.mkdir()
        elif what == "fifo":
            os.mkfifo(path)
    if what == "folder":  # One above leads elsewhere.
        logs = owner.internal / "logs"
        logs.rename(owner.internal / "moved")
        (tmp_path / "logs").mkdir()
        (tmp_path / "logs" / "1.log").write_text("a secret of the reader's")
        logs.symlink_to(tmp_path / "logs")
    assert services.logs.part(current, 0).data == b""
    with pytest.raises(NotFound):
        services.artifacts.lockfile(current)
    if what == "folder":
        logs.unlink()
        (owner.internal / "moved").rename(logs)
        log.rmdir()
        lock.rmdir()
    else:
        log.unlink(missing_ok=True)
        lock.unlink(missing_ok=True)


def test_records_of_packages_are_read_up_to_a_limit(
    owner: Bench, reader: Bench, current: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("jupyter_envstore.service.shared_packages._MOST_BYTES", 2000)
    meta = Path(reader.builds.get(current).build.prefix) / "conda-meta"
    record = {"name": "good", "version": "1", "build": "0"}
    (meta / "good-1-0.json").write_text(json.dumps(record))
    (meta / "long-1-0.json").write_text(json.dumps({**record, "name": "long", "x": "y" * 2000}))
    (tmp_path / "outside.json").write_text(json.dumps({**record, "name": "outside"}))
    (meta / "outside-1-0.json").symlink_to(tmp_path / "outside.json")
    (meta / "odd-1-0.json").write_text('{"name": ["odd"], "version": {}, "build": null}')
    names = [row.package.name for row in reader.builds.packages(current, Listing()).items]
    assert "good" in names
    assert not {"long", "outside"} & set(names)


# -- the index itself ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda path: path.write_text("{"), "its index.json is damaged."),
        (lambda path: path.write_text("[" * 100_000), "its index.json is damaged."),
        (lambda path: (path.unlink(), os.mkfifo(path)), "its index.json is no file."),
        (lambda path: (path.unlink(), path.mkdir()), "its index.json is no file."),
        (
            lambda path: path.write_text(" " * 2001),
            "its index.json has 2001 bytes; 2000 are read at most.",
        ),
        (
            lambda path: (path.unlink(), path.symlink_to("/etc/passwd")),
            "its index.json cannot be read: Too many levels of symbolic links.",
        ),
    ],
)
def test_an_index_that_cannot_be_read_says_why(
    owner: Bench,
    reader: Bench,
    current: int,
    spoil: Callable[[Path], Any],
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
):
    path = owner.internal / "index.json"
    kept = path.rename(path.with_name("kept"))
    kept_text = kept.read_text()
    path.write_text(kept_text)
    if "2000" in reason:
        monkeypatch.setattr("jupyter_envstore.store.shared_index.MAX_BYTES", 2000)
    spoil(path)
    wait_for_problem(reader, "team", reason)
    assert not shown(reader)
    if path.is_dir():
        path.rmdir()
    else:
        path.unlink()
    monkeypatch.setattr("jupyter_envstore.store.shared_index.MAX_BYTES", 64 << 20)
    kept.rename(path)
    wait_for(lambda: shown(reader))
    assert status_of(reader).problem is None


def test_an_index_that_is_replaced_all_the_time_is_read_whole(
    owner: Bench, reader: Bench, current: int, index: Index
):
    two = [index.content, copy.deepcopy(index.content)]
    two[1]["environments"][0]["description"] = "x" * 200_000
    stopping = threading.Event()

    def replace() -> None:
        while not stopping.is_set():
            for content in two:
                index.write(content)

    writer = threading.Thread(target=replace)
    writer.start()
    try:
        source = SharedIndex(str(owner.directory))
        lengths = {len(source.read()[1].environments[0].description) for _ in range(200)}
        assert lengths <= {0, 200_000}
        assert status_of(reader).problem is None
    finally:
        stopping.set()
        writer.join()
        index.write(two[0])
    wait_for(lambda: reader.environments.get("team:ns", "env").environment.description == "")
