"""A store that others read: what they see of it, how soon, and that they leave it alone."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from jupyter_envstore.domain.build import BuildStatus
from jupyter_envstore.domain.errors import Conflict, NotFound
from jupyter_envstore.domain.shared_names import FIRST_ID, SharedStoreSetting, own_id
from jupyter_envstore.service import shared_watch
from jupyter_envstore.store.filters import BuildFilter, EnvironmentFilter
from jupyter_envstore.store.listing import Listing
from jupyter_envstore.store.shared_index import SharedIndex
from tests.builder.bench import Bench
from tests.builder.waiting import wait_for

from .conftest import shown, status_of, wait_for_problem, wait_until_read


def test_environments_builds_packages_lock_and_log(owner: Bench, reader: Bench):
    build_id = owner.completed()
    failed = owner.submit("refuse")
    owner.wait_for_end(failed)
    current = wait_for(lambda: shown(reader).get("team:ns/env"))
    assert (current >= FIRST_ID, own_id(current)) == (True, build_id)

    view = reader.environments.get("team:ns", "env")
    assert view.environment.id >= FIRST_ID
    assert view.namespace.read_only is not None
    assert str(owner.directory) in view.namespace.read_only
    assert view.link == str(owner.link())
    build = reader.builds.get(current)
    assert build.published
    assert build.build.status is BuildStatus.COMPLETED
    assert build.build.prefix == owner.build(build_id).prefix
    assert build.build.text == owner.build(build_id).text
    assert build.specification == owner.builds.get(build_id).specification
    assert {artifact.type for artifact in build.artifacts or ()} == {
        "DIRECTORY",
        "LOCKFILE",
        "LOGS",
    }

    services = reader.store.services
    lock = services.artifacts.lockfile(current)
    assert (
        lock.path.read_bytes()
        == owner.store.services.artifacts.lockfile(build_id).path.read_bytes()
    )
    assert services.logs.part(current, 0).data.decode() == owner.log(build_id)
    events, following = services.logs.events_since(current, 0)
    assert [event["type"] for event in events][-1] == "finished"
    assert following == len(events)


def test_a_failed_build_shows_why(owner: Bench, reader: Bench):
    owner.completed()
    failed = owner.submit("refuse")
    owner.wait_for_end(failed)
    owner.completed(name="other")  # It publishes, so that the index is written.
    builds = wait_for(
        lambda: [
            view
            for view in reader.store.services.shared.builds(BuildFilter(namespace="team:ns"))
            if view.build.status is BuildStatus.FAILED
        ]
    )
    assert "It cannot be." in (builds[0].build.status_info or "")
    whole = reader.builds.get(builds[0].build.id)
    assert whole.build.text == owner.build(failed).text
    assert [artifact.type for artifact in whole.artifacts or ()] == ["LOGS"]
    assert "a line of the log" in reader.store.services.logs.part(whole.build.id, 0).data.decode()


def test_what_the_owner_does_is_seen_and_announced(owner: Bench, reader: Bench):
    first = owner.completed()
    wait_for(lambda: shown(reader))
    second = owner.completed()
    wait_for(lambda: own_id(shown(reader)["team:ns/env"] or 0) == second)
    owner.environments.switch("ns", "env", first)
    wait_for(lambda: own_id(shown(reader)["team:ns/env"] or 0) == first)
    kernels = reader.store.services.environments.kernels()
    assert [own_id(card.build_id) for card in kernels] == [first]
    announced = len([event for event in reader.events if event.kind == "kernels"])
    owner.environments.delete("ns", "env")
    wait_for(lambda: not shown(reader))
    wait_for(lambda: len(reader.events) > announced)
    assert reader.events[-1].namespace is None
    assert not reader.store.services.environments.kernels()


def test_kernels_are_the_readers_own_and_start_in_the_shared_prefix(owner: Bench, reader: Bench):
    build_id = owner.completed()
    reader.completed()
    mine, theirs = wait_for(
        lambda: len(cards := reader.store.services.environments.kernels()) == 2 and cards
    )
    assert mine.namespace == "ns"
    assert (theirs.namespace, theirs.display_name) == ("team:ns", "env (team:ns)")
    assert mine.name != theirs.name
    assert theirs.directory.is_relative_to(reader.internal)
    content = json.loads((theirs.directory / "kernel.json").read_text())
    prefix = owner.build(build_id).prefix
    assert content["argv"][6] == f"{prefix}/bin/python"
    assert content["metadata"]["envstore"]["prefix"] == prefix


def test_nothing_is_read_again_until_something_changes(
    owner: Bench, reader: Bench, monkeypatch: pytest.MonkeyPatch
):
    owner.completed()
    wait_for(lambda: shown(reader))
    opened = []
    looks = []
    really_open, stamp = os.open, SharedIndex.stamp
    monkeypatch.setattr(
        "jupyter_envstore.store.shared_index.os.open",
        lambda path, *flags: opened.append(str(path)) or really_open(path, *flags),
    )
    monkeypatch.setattr(SharedIndex, "stamp", lambda self: looks.append(self) or stamp(self))
    monkeypatch.setattr(SharedIndex, "read", lambda self: pytest.fail("read without need"))
    wait_for(lambda: len(looks) > 5)
    ours = [path for path in opened if path.startswith(str(owner.directory))]
    assert set(ours) == {str(owner.internal / "index.json")}
    assert status_of(reader).problem is None


def test_what_is_read_while_the_owner_writes_is_whole(owner: Bench, reader: Bench):
    builds = [owner.completed(), owner.completed()]
    wait_for(lambda: own_id(shown(reader).get("team:ns/env") or 0) == builds[-1])
    ended = threading.Event()

    def publish() -> None:
        while not ended.is_set():
            for build_id in builds:
                owner.environments.switch("ns", "env", build_id)

    publisher = threading.Thread(target=publish)
    publisher.start()
    seen = set()
    services = reader.store.services

    def look() -> bool:
        (view,) = [v for v in reader.environments.list(Listing()).items if v.namespace.read_only]
        current = view.environment.published_build_id
        assert current is not None
        whole = reader.builds.get(current)
        assert own_id(current) in builds
        assert services.logs.part(current, 0).data.decode() == owner.log(own_id(current))
        assert services.artifacts.lockfile(current).path.read_bytes()
        (card,) = services.environments.kernels()
        # It is one of the two, and what it starts is there.
        assert card.prefix in {owner.build(build_id).prefix for build_id in builds}
        assert json.loads((card.directory / "kernel.json").read_text())["argv"]
        assert whole.build.namespace == "team:ns"
        assert status_of(reader).problem is None
        seen.add(own_id(current))
        return seen == set(builds)

    try:
        wait_for(look, "both builds were seen as the current one", 60)
    finally:
        ended.set()
        publisher.join()


def test_the_database_is_not_needed(owner: Bench, reader: Bench):
    build_id = owner.completed()
    wait_for(lambda: shown(reader))
    moved = owner.internal / "moved.db"
    owner.stop()
    (owner.internal / "envstore.db").rename(moved)
    reader.stop()
    again = Bench(reader.settings, reader._gates)
    again.store.start()
    try:
        current = wait_for(lambda: shown(again).get("team:ns/env"))
        assert own_id(current) == build_id
        assert again.builds.packages(current, Listing()).items == ()
    finally:
        again.stop()
        moved.rename(owner.internal / "envstore.db")


def test_nothing_is_written_into_the_shared_store(owner: Bench, reader: Bench):
    owner.completed()
    owner.stop()
    before = _files(owner.directory)
    current = wait_for(lambda: shown(reader).get("team:ns/env"))
    reader.builds.get(current)
    reader.store.services.logs.part(current, 0)
    reader.builds.packages(current, Listing())
    wait_for(reader.store.services.environments.kernels)
    reader.stop()
    assert _files(owner.directory) == before


def test_lists_have_ours_first_and_theirs_after(owner: Bench, reader: Bench):
    for name in ("b", "a"):
        owner.completed(name=name)
        reader.completed(name=name)
    wait_for(lambda: len(shown(reader)) == 2)
    expected = ["ns/a", "ns/b", "team:ns/a", "team:ns/b"]
    assert _names(reader.environments.list(Listing()).items) == expected
    pages = [reader.environments.list(Listing(page=page, size=3)) for page in (1, 2, 3)]
    assert [_names(page.items) for page in pages] == [expected[:3], expected[3:], []]
    assert {page.count for page in pages} == {4}
    backwards = reader.environments.list(Listing(sort_by=("name",), descending=True))
    assert _names(backwards.items) == ["ns/b", "ns/a", "team:ns/b", "team:ns/a"]

    for limit in (1, 3, 4, 10):
        seen, cursor = [], None
        while True:
            part = reader.environments.after(cursor, limit)
            assert part.count == 4
            if not part.items:
                break
            seen += _names(part.items)
            cursor = part.cursor
        assert seen == expected

    assert _names(
        reader.environments.list(Listing(), EnvironmentFilter(search="TEAM:NS")).items
    ) == ["team:ns/a", "team:ns/b"]
    builds = reader.builds.list(Listing()).items
    assert [view.build.namespace for view in builds] == ["ns", "ns", "team:ns", "team:ns"]
    only = reader.builds.list(Listing(), BuildFilter(status=BuildStatus.FAILED))
    assert (only.items, only.count) == ((), 0)


def test_a_shared_environment_can_be_cloned_into_a_namespace_of_ones_own(
    owner: Bench, reader: Bench
):
    owner.completed()
    current = wait_for(lambda: shown(reader).get("team:ns/env"))
    naming = reader.store.services.naming
    made = naming.clone(
        ("team:ns", "env"), ("mine", "copy"), build_id=current, author=None, client=None
    )
    build = reader.wait_for_end(made.build_id)
    assert (build.status, build.parent_build_id) == (BuildStatus.COMPLETED, None)
    history = naming.history("mine", "copy", Listing()).items
    assert f"team:ns/env, build {current}" in [entry.detail for entry in history]
    with pytest.raises(Conflict, match="Nothing can be built in the namespace team:ns"):
        naming.clone(
            ("team:ns", "env"), ("team:ns", "copy"), build_id=None, author=None, client=None
        )


# -- stores that cannot be read --------------------------------------------------------------------


def test_a_store_that_goes_away_is_shown_a_little_longer_then_not(owner: Bench, reader: Bench):
    owner.completed()
    wait_for(lambda: shown(reader))
    owner.stop()
    away = owner.directory.with_name("away")
    owner.directory.rename(away)
    try:
        problem = wait_for(lambda: status_of(reader).problem)
        assert problem.startswith(f"The shared store team in {owner.directory}: ")
        assert "index.json" in problem
        assert not shown(reader)
        wait_for(lambda: not reader.store.services.environments.kernels())
        with pytest.raises(NotFound):
            reader.environments.get("team:ns", "env")
    finally:
        away.rename(owner.directory)
    wait_for(lambda: shown(reader))
    assert status_of(reader).problem is None
    wait_for(reader.store.services.environments.kernels)


def test_a_failure_that_passes_is_not_seen(
    owner: Bench, reader: Bench, monkeypatch: pytest.MonkeyPatch
):
    owner.completed()
    wait_for(lambda: shown(reader))
    failed = []
    stamp = SharedIndex.stamp

    def unsteady(self):
        if len(failed) < shared_watch._PATIENCE - 1:
            failed.append(self)
            raise OSError(5, "Input/output error")
        return stamp(self)

    before = len(reader.events)
    monkeypatch.setattr(SharedIndex, "stamp", unsteady)
    wait_for(lambda: len(failed) == shared_watch._PATIENCE - 1)
    owner.completed(name="more")
    wait_for(lambda: "team:ns/more" in shown(reader))
    assert len([event for event in reader.events[before:] if event.kind == "kernels"]) == 1


def test_a_stale_handle_is_opened_anew(owner: Bench, monkeypatch: pytest.MonkeyPatch):
    owner.completed()
    index = SharedIndex(str(owner.directory))
    # It is replaced when the build is published, a moment after it is COMPLETED.
    wait_for(lambda: "ns" in [namespace.name for namespace in index.read()[1].namespaces])
    really_open, stale = os.open, []

    def unsteady(path, *flags):
        if str(path).endswith("index.json") and len(stale) < 3:
            stale.append(path)
            raise OSError(116, "Stale file handle")
        return really_open(path, *flags)

    monkeypatch.setattr("jupyter_envstore.store.shared_index.os.open", unsteady)
    _, content = index.read()
    assert len(stale) == 3
    assert "ns" in [namespace.name for namespace in content.namespaces]


def test_the_same_store_is_shown_once_and_never_its_own(owner: Bench, open_reader, tmp_path: Path):
    owner.completed()
    link = tmp_path / "link"
    link.symlink_to(owner.directory)
    reader = open_reader(
        SharedStoreSetting("again", str(link)),
        SharedStoreSetting("me", str(tmp_path / "reader")),
    )
    reader.completed()
    for label, name in (("again", "team"), ("me", "this store itself")):
        wait_for_problem(reader, label, f"it is shown already, as {name}.")
    assert wait_until_read(reader).problem is None
    assert set(shown(reader)) == {"team:ns/env"}


def test_a_store_that_was_made_elsewhere_says_so(owner: Bench, open_reader, tmp_path: Path):
    owner.completed()
    owner.stop()
    copy = tmp_path / "copy"
    (copy / ".envstore").mkdir(parents=True)
    (copy / ".envstore" / "index.json").write_bytes((owner.internal / "index.json").read_bytes())
    reader = open_reader(SharedStoreSetting("copy", str(copy)))
    problem = wait_for(lambda: status_of(reader, "copy").problem)
    assert f"it was made as {owner.directory}, and" in problem
    assert problem.endswith("mount it there.")


def _names(views):
    return [f"{view.environment.namespace}/{view.environment.name}" for view in views]


def _files(directory: Path) -> dict[str, tuple[int, int, int]]:
    return {
        str(path): (path.lstat().st_mtime_ns, path.lstat().st_ctime_ns, path.lstat().st_mode)
        for path in sorted(directory.rglob("*"))
    }
