"""Environments that are exported from a store and imported into another one."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_envstore.domain.build import BuildStatus
from jupyter_envstore.domain.errors import Conflict, InvalidInput, NotFound, Refused
from jupyter_envstore.domain.settings import Settings
from jupyter_envstore.service.cleanup_plan import Wish
from jupyter_envstore.store.listing import Listing
from tests.builder.bench import Bench
from tests.builder.invariants import check_invariants

HISTORY = (
    "SELECT deed, actor, detail FROM history JOIN environment ON environment.id = environment_id"
    " WHERE name = ? ORDER BY history.id"
)


@pytest.fixture
def other(fake_workers, tmp_path) -> Iterator[Bench]:
    """Another store."""
    directory = tmp_path / "other"
    settings = Settings(store_directory=str(directory), storage_threshold=0)
    bench = Bench(settings, fake_workers)
    bench.store.start()
    yield bench
    bench.stop()
    check_invariants(directory)


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "all.envstore"


@pytest.fixture
def past(bench):
    """Make an environment with a past; return the ids of a failed, an old and the current build."""
    failed = bench.submit("refuse")
    bench.wait_until_recorded(failed)
    old, current = bench.completed(), bench.completed()
    bench.builds.annotate(current, "for the paper", ("paper", "ümlaut"), actor="ada")
    bench.builds.pin(old, pinned=True, actor="ada")
    bench.environments.describe("ns", "env", "what it is for", actor="ben")
    return failed, old, current


def export(bench: Bench, file: Path, *wanted: str):
    return bench.store.services.export.export(file, wanted)


def read(bench: Bench, file: Path, **options):
    return bench.store.services.imports.read(file, **options)


def lock(bench: Bench, build_id: int) -> bytes:
    return (bench.internal / f"artifacts/{build_id}/conda-lock.yml").read_bytes()


def members(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as archive:
        return {name: archive.extractfile(name).read() for name in archive.getnames()}


def write(file: Path, parts: dict[str, bytes]) -> None:
    with tarfile.open(file, "w:gz") as archive:
        for name, data in parts.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


def changed(data: bytes, **values) -> bytes:
    return json.dumps({**json.loads(data), **values}).encode()


def test_an_environment_arrives_with_its_past_and_without_prefixes(bench, past, file, other):
    failed, old, current = past
    running = bench.submit("gated")
    report = export(bench, file)
    past_deeds = [tuple(row) for row in bench.rows(HISTORY, "env")]
    bench.open_gate(running)
    assert (report.environments, report.builds, report.unfinished) == (("ns/env",), 3, 1)
    assert report.size == file.stat().st_size < 100_000

    other.completed(name="something-else")  # So that ids differ.
    imported = read(other, file)
    (result,) = imported.environments
    assert (result.is_new, result.builds, result.conflict) == (True, 3, None)
    assert imported.remarks == ()
    there = other.environment().environment
    assert (there.description, there.published_build_id) == ("what it is for", None)
    builds = {
        json.loads(row["imported_from"])["build_id"]: other.build(row["id"])
        for row in other.rows("SELECT id, imported_from FROM build WHERE imported_from IS NOT NULL")
    }
    assert set(builds) == set(past)
    here = builds[current]
    assert here.id != current
    original = bench.build(current)
    for name in ("text", "author", "client", "note", "tags", "asked_on", "ended_on", "sha256"):
        assert getattr(here, name) == getattr(original, name), name
    assert here.status is BuildStatus.COMPLETED
    assert here.shelved_on is not None
    assert (here.size, here.size_own) == (original.size, original.size_own)
    assert not Path(here.prefix).exists()
    assert builds[old].pinned
    assert builds[failed].status is BuildStatus.FAILED
    assert other.builds.get(builds[failed].id).failure == bench.builds.get(failed).failure
    # Lock, log, packages, and the ways to find it are as they were.
    assert lock(other, here.id) == lock(bench, current)
    assert other.log(here.id) == bench.log(current)
    packages = [
        bench_.builds.packages(build_id, Listing()).items
        for bench_, build_id in ((bench, current), (other, here.id))
    ]
    assert [p.package for p in packages[0]] == [p.package for p in packages[1]] != []
    pinned = [
        one.store.services.artifacts.environment_yaml(build_id).path.read_text()
        for one, build_id in ((bench, current), (other, here.id))
    ]
    assert pinned[0] == pinned[1]
    with pytest.raises(NotFound):
        other.store.services.artifacts.environment_yaml(builds[failed].id)
    assert other.rows("SELECT tag FROM build_tag WHERE build_id = ?", here.id)
    deeds = [tuple(row) for row in other.rows(HISTORY, "env")]
    store_id = bench.store.services.identity.store_id
    assert deeds[-1] == ("cloned", None, f"ns/env of the store {store_id}")
    assert deeds[:-1] == past_deeds
    assert {("annotated", "ada"), ("pinned", "ada"), ("described", "ben")} <= {
        deed[:2] for deed in deeds
    }
    bench.wait_until_recorded(running)


def test_it_is_built_again_exactly(bench, past, file, other):
    export(bench, file)
    (result,) = read(other, file, build=True).environments
    again = other.wait_until_recorded(result.again)
    assert (again.status, again.locked) == (BuildStatus.COMPLETED, True)
    assert other.build(again.parent_build_id).note == "for the paper"
    assert other.current() == again.id


def test_importing_again_changes_nothing_and_brings_what_is_new(bench, past, file, other):
    export(bench, file)
    read(other, file)
    rows = "SELECT * FROM build ORDER BY id"
    before = [tuple(row) for row in other.rows(rows)]
    history = [tuple(row) for row in other.rows(HISTORY, "env")]
    (result,) = read(other, file, build=True).environments
    assert (result.is_new, result.builds, result.known, result.again) == (False, 0, 3, None)
    assert [tuple(row) for row in other.rows(rows)] == before
    assert [tuple(row) for row in other.rows(HISTORY, "env")] == history

    newer = bench.completed()
    export(bench, file)
    (result,) = read(other, file).environments
    assert (result.builds, result.known) == (1, 3)
    assert lock(other, other.environment().newest.build.id) == lock(bench, newer)
    # What has come leaves again as what it was.
    third = file.with_name("third.envstore")
    assert export(other, third).builds == 4
    told = [json.loads(data) for name, data in members(third).items() if name.endswith(".json")]
    statuses = [build["status"] for build in told if "status" in build]
    assert sorted(statuses) == ["COMPLETED"] * 3 + ["FAILED"]


def test_what_a_crash_has_left_out_comes_with_the_next_import(bench, past, file, other):
    export(bench, file)
    cut = file.with_name("cut.envstore")
    cut.write_bytes(file.read_bytes()[: file.stat().st_size * 2 // 3])
    with pytest.raises(Conflict, match="cannot be read whole"):
        read(other, cut)
    (result,) = read(other, file).environments
    assert result.builds + result.known == 3
    completed = other.rows("SELECT id, shelved_on FROM build WHERE status = 'COMPLETED'")
    assert len(completed) == 2
    for row in completed:
        assert row["shelved_on"]
        assert lock(other, row["id"])
    shutil.rmtree(other.internal / "artifacts")
    read(other, file)
    assert len(list(other.internal.glob("artifacts/*/conda-lock.yml"))) == 2


def test_a_name_that_is_taken_is_left_out_and_said(bench, past, file, other):
    bench.completed(name="second")
    export(bench, file)
    own = other.completed()
    first, second = read(other, file).environments
    assert first.conflict.startswith("There is an environment ns/env already")
    assert "--namespace" in first.conflict
    assert (second.name, second.builds, second.conflict) == ("second", 1, None)
    assert [build.id for build in other.builds._builds.of_environment(1)] == [own]
    moved = read(other, file, namespace="moved").environments
    assert [(one.namespace, one.builds, one.conflict) for one in moved] == [
        ("moved", 3, None),
        ("moved", 1, None),
    ]


def test_a_part_of_a_store_is_exported(bench, past, file):
    bench.completed(name="second")
    assert export(bench, file, "ns/second").environments == ("ns/second",)
    assert export(bench, file, "ns").environments == ("ns/env", "ns/second")
    before = file.read_bytes()
    with pytest.raises(NotFound, match="no environment ns/third"):
        export(bench, file, "ns/env", "ns/third")
    with pytest.raises(Refused, match="cannot be written"):
        export(bench, file.parent / "nowhere" / "x")
    assert file.read_bytes() == before
    assert list(file.parent.glob(".*.tmp")) == []


def test_a_clean_up_keeps_what_was_imported(bench, past, file, other):
    export(bench, file)
    read(other, file)
    cleaned = other.store.services.cleanup.run(Wish(keep_failed_days=0.0000001, keep_builds=1))
    assert not cleaned.builds
    assert len(other.rows("SELECT id FROM build WHERE deleted_on IS NULL")) == 3


@pytest.mark.parametrize(
    ("part", "values"),
    [
        ("export.json", {"format": 99}),
        ("export.json", {"kind": "something"}),
        ("environments/1.json", {"builds": "all"}),
        ("environments/1.json", {"created_on": "2026-01-01T00:00:00Z"}),
        ("builds/2.json", {"status": "QUEUED"}),
        ("builds/2.json", {"key_version": 4}),
        ("builds/2.json", {"packages": [{"name": 3}]}),
    ],
)
def test_a_file_that_is_no_export_is_refused(bench, past, file, other, part, values):
    export(bench, file)
    parts = members(file)
    write(file, {**parts, part: changed(parts[part], **values)})
    with pytest.raises(Conflict, match=str(file)):
        read(other, file)


@pytest.mark.parametrize(
    "name",
    ["../../evil", "/etc/passwd", "builds/2.sh", "builds/../../x.lock", "environments/x.json"],
)
def test_names_of_parts_are_never_paths(bench, past, file, other, name):
    export(bench, file)
    write(file, {**members(file), name: b"{}"})
    with pytest.raises(Conflict, match=r"none of an export|which no export has"):
        read(other, file)
    assert not list(file.parent.rglob("evil"))


def test_what_would_reach_paths_or_be_run_is_looked_at(bench, past, file, other):
    export(bench, file)
    parts = members(file)
    environment = parts["environments/1.json"]
    write(file, {**parts, "environments/1.json": changed(environment, name="../../up")})
    (result,) = read(other, file).environments
    assert result.conflict.startswith("It has no name that is one.")

    build = json.loads(parts["builds/2.json"])
    bad = {
        "builds/2.json": changed(parts["builds/2.json"], model={**build["model"], "name": "../up"}),
        "builds/3.json": changed(
            parts["builds/3.json"], model={**build["model"], "dependencies": [{"rm": ["-rf"]}]}
        ),
        "builds/1.json": changed(parts["builds/1.json"], model={}),
    }
    write(file, {**parts, **bad})
    report = read(other, file)
    assert len(report.remarks) == 3
    assert all("its specification is none" in remark for remark in report.remarks)
    assert report.environments[0].conflict.startswith("None of its builds")
    assert other.rows("SELECT id FROM environment") == []

    write(file, {**parts, "builds/2.lock": b"[" * 100_000, "builds/3.lock": b'{"version": 3}'})
    report = read(other, file)
    assert report.environments[0].builds == 3
    assert sum("lockfile of build" in remark for remark in report.remarks) == 2
    assert list(other.internal.glob("artifacts/*/*")) == []


def test_a_bomb_is_not_unpacked(bench, past, file, other):
    export(bench, file)
    parts = members(file)
    write(file, {**parts, "builds/2.lock": b" " * (30 << 20)})
    with pytest.raises(Conflict, match="none of an export"):
        read(other, file)


def test_other_files_and_namespaces_are_refused(bench, file, other):
    with pytest.raises(NotFound):
        read(other, file)
    for data in (b"", b"name: env\n", b"\x1f\x8b" + b"\0" * 100):
        file.write_bytes(data)
        with pytest.raises(Conflict):
            read(other, file)
    with pytest.raises(InvalidInput):
        read(other, file, namespace="a/b")
