"""Builds from lockfiles: nothing is solved, and the lock of what comes is the same again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_envstore.domain.build import Phase
from jupyter_envstore.domain.events import PhaseEntered, Solved
from jupyter_envstore.domain.explicit import explicit_text
from jupyter_envstore.domain.lockfiles import read_lock
from jupyter_envstore.domain.pixi_lock import pixi_lock_text

from .http_channel import HttpChannel
from .running import Outcome, Workshop
from .tiny_channel import TinyChannel


@pytest.fixture
def http(tiny: TinyChannel, workshop: Workshop) -> Iterator[HttpChannel]:
    """The tiny channel over HTTP, with a tool that needs a library."""
    tiny.add("library", "2.5", about={"license": "MIT", "summary": "A library."})
    tiny.add("tool", "1.2", depends=["library >=2", "library <9"], subdir="noarch")
    with HttpChannel(tiny.directory).serve() as served:
        workshop.channels = (served.url,)
        yield served


@pytest.fixture
def first(http: HttpChannel, workshop: Workshop) -> Outcome:
    outcome = workshop.build("tool 1.*", variables={"GREETING": "hé"})
    assert outcome.finished
    return outcome


@pytest.fixture
def elsewhere(tmp_path: Path, first: Outcome, tiny: TinyChannel) -> Iterator[Workshop]:
    """Another store, with caches of its own; the channel has no index any more."""
    shop = Workshop(tmp_path / "elsewhere")
    shop.root.mkdir()
    for index in tiny.directory.glob("*/repodata.json"):
        index.unlink()
    yield shop
    for running in shop.started:
        running.end()


def changed(text: str, **changes: object) -> str:
    """The lockfile with its first package changed."""
    lock = json.loads(text)
    lock["package"][0] |= changes
    return json.dumps(lock)


# -- the same again ---------------------------------------------------------------------------


def test_a_lock_comes_out_as_it_went_in(first: Outcome, elsewhere: Workshop) -> None:
    again = elsewhere.build_lock(first.lock, variables=first.order.variables)
    assert again.finished
    assert again.lock == first.lock
    phases = [event.phase for event in again.of(PhaseEntered)]
    assert phases[:2] == [Phase.DOWNLOADING, Phase.LINKING]
    assert again.of(Solved)[0].packages == 2
    records = sorted(path.name for path in (again.prefix / "conda-meta").glob("*.json"))
    assert records == sorted(path.name for path in (first.prefix / "conda-meta").glob("*.json"))


@pytest.mark.parametrize("kind", ["explicit", "pixi"])
def test_other_kinds_of_it_come_to_the_same_lock(
    kind: str, first: Outcome, elsewhere: Workshop
) -> None:
    lock = read_lock(first.lock, "linux-64")
    text = explicit_text(lock, "linux-64") if kind == "explicit" else pixi_lock_text(lock)
    again = elsewhere.build_lock(text, variables=first.order.variables)
    assert again.finished
    assert again.lock == first.lock


def test_the_packages_are_described_like_solved_ones(first: Outcome, elsewhere: Workshop) -> None:
    again = elsewhere.build_lock(first.lock)
    for name, row in first.rows.items():
        # A dependency that is given twice is one in a lockfile.
        depends = ["library >=2,<9"] if name == "tool" else row["depends"]
        assert again.rows[name] == {**row, "depends": depends, "requested": True}
    history = (again.prefix / "conda-meta" / "history").read_text()
    assert "# update specs: ['library==2.5=0', 'tool==1.2=0']" in history


def test_what_was_asked_for_at_first_is_kept(first: Outcome, elsewhere: Workshop) -> None:
    order = elsewhere.order("tool 1.*", lock=first.order.lock_artifact, channels=())
    again = elsewhere.start(order).wait()
    assert again.finished
    assert again.rows["library"]["requested"] is False
    assert "# update specs: ['tool 1.*']" in (again.prefix / "conda-meta/history").read_text()


def test_nothing_is_downloaded_that_is_there(first: Outcome, workshop: Workshop) -> None:
    again = workshop.build_lock(first.lock)
    assert again.of(Solved)[0].download_bytes == 0
    assert again.finished


# -- hashes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("hashes", ["md5", "sha256", "none"])
def test_hashes_that_a_lockfile_lacks_are_found_out(
    hashes: str, first: Outcome, elsewhere: Workshop
) -> None:
    lock = read_lock(first.lock, "linux-64")
    lines = {
        "none": [package.url for package in lock.packages],
        "md5": [f"{package.url}#{package.md5}" for package in lock.packages],
        "sha256": [f"{package.url}#sha256:{package.sha256}" for package in lock.packages],
    }
    text = "\n".join(["@EXPLICIT", *lines[hashes]])
    again = elsewhere.build_lock(text, variables=first.order.variables)
    assert again.finished
    assert again.lock == first.lock
    from_cache = elsewhere.build_lock(text, variables=first.order.variables)
    assert from_cache.of(Solved)[0].packages == 2
    assert from_cache.lock == first.lock


@pytest.mark.parametrize("kind", ["md5", "sha256"])
def test_another_archive_than_the_lockfile_says_is_refused(
    kind: str, first: Outcome, elsewhere: Workshop
) -> None:
    right = json.loads(first.lock)["package"][0]["hash"]
    wrong = "0" * len(right[kind])
    for hashes in ({kind: wrong}, {**right, kind: wrong}):
        outcome = elsewhere.build_lock(changed(first.lock, hash=hashes))
        assert outcome.refused.kind == "integrity"
        assert "library-2.5-0.tar.bz2" in outcome.refused.message
        assert wrong in (outcome.refused.explanation or "") + outcome.refused.message


def test_a_package_of_the_name_from_elsewhere_is_not_taken(
    first: Outcome, workshop: Workshop, tmp_path: Path
) -> None:
    """Without hashes, what is in the cache is the right archive only by its URL."""
    other = TinyChannel(tmp_path / "other")
    other.add("library", "2.5", {"share/library": "another"})
    outcome = workshop.build_lock(f"@EXPLICIT\n{other.url}/linux-64/library-2.5-0.tar.bz2")
    assert outcome.finished
    assert (outcome.prefix / "share/library").read_text() == "another"
    kept = (first.prefix / "share/library").read_text()
    assert kept == "library"


def test_a_damaged_copy_is_replaced_and_its_hashes_are_known_still(
    first: Outcome, workshop: Workshop
) -> None:
    cached = workshop.package_cache / "library-2.5-0" / "share/library"
    cached.chmod(0o644)
    cached.write_text("tampered")
    cached.chmod(0o444)
    again = workshop.build_lock(first.lock, variables=first.order.variables)
    assert again.finished
    assert (again.prefix / "share/library").read_text() == "library"
    urls = [package["url"] for package in json.loads(first.lock)["package"]]
    third = workshop.build_lock("\n".join(["@EXPLICIT", *urls]), variables=first.order.variables)
    assert third.lock == first.lock


# -- what the archive does not tell ---------------------------------------------------------------


def test_dependencies_are_those_of_the_channel(
    http: HttpChannel, tiny: TinyChannel, workshop: Workshop
) -> None:
    """Channels mend what was published; the archive itself stays as it is."""
    record = tiny.records["noarch"]["tool-1.2-0.tar.bz2"]
    record["depends"] = ["library >=2.5"]
    tiny.index()
    solved = workshop.build("tool")
    again = workshop.build_lock(solved.lock)
    assert again.lock == solved.lock
    for outcome in (solved, again):
        meta = json.loads((outcome.prefix / "conda-meta/tool-1.2-0.json").read_text())
        assert meta["depends"] == ["library >=2.5"]


def test_a_file_that_is_no_package_is_refused(workshop: Workshop, tmp_path: Path) -> None:
    archive = tmp_path / "c/noarch/thing-1.0-0.tar.bz2"
    archive.parent.mkdir(parents=True)
    archive.write_bytes(b"no archive")
    outcome = workshop.build_lock(f"@EXPLICIT\n{archive.as_uri()}")
    assert outcome.refused.kind in ("integrity", "channel")
    missing = workshop.build_lock(f"@EXPLICIT\n{archive.as_uri().replace('thing', 'other')}")
    assert missing.refused.kind == "channel"


# -- platforms ------------------------------------------------------------------------------------


@pytest.fixture
def two_platforms(tiny: TinyChannel) -> TinyChannel:
    tiny.add("base", "1.0")
    tiny.add("base", "1.0", subdir="osx-arm64", depends=["__osx >=11"])
    tiny.add("base", "2.0", subdir="osx-arm64", depends=["__osx >=14"])
    return tiny


def versions(outcome: Outcome) -> dict[str, str]:
    return {p["platform"]: p["version"] for p in json.loads(outcome.lock)["package"]}


def test_several_platforms_are_solved_each_with_its_virtual_packages(
    two_platforms: TinyChannel, workshop: Workshop
) -> None:
    outcome = workshop.build("base", platforms=("osx-arm64",))
    assert outcome.finished
    assert versions(outcome) == {"linux-64": "1.0", "osx-arm64": "1.0"}
    assert json.loads(outcome.lock)["metadata"]["platforms"] == ["linux-64", "osx-arm64"]
    newer = workshop.build(
        "base", platforms=("osx-arm64",), variables={"CONDA_OVERRIDE_OSX": "14.2"}
    )
    assert versions(newer) == {"linux-64": "1.0", "osx-arm64": "2.0"}
    again = workshop.build_lock(newer.lock, variables=newer.order.variables)
    assert again.lock == newer.lock
    assert [path.name for path in (again.prefix / "conda-meta").glob("*.json")] == [
        "base-1.0-0.json"
    ]


def test_a_platform_without_a_solution_is_named(
    two_platforms: TinyChannel, workshop: Workshop
) -> None:
    refused = workshop.build("base >=2", channels=(two_platforms.url,), platforms=()).refused
    assert "osx" not in refused.message
    refused = workshop.build("base", platforms=("win-64",)).refused
    assert refused.message.startswith("On win-64: ")
    assert "conda_solve_platforms" in (refused.hint or "")


def test_an_override_that_is_no_version_is_named(
    two_platforms: TinyChannel, workshop: Workshop
) -> None:
    for variable in ("CONDA_OVERRIDE_GLIBC", "CONDA_OVERRIDE_OSX"):
        outcome = workshop.build(
            "base", platforms=("osx-arm64",), variables={variable: "not a version"}
        )
        assert "not a version" in outcome.refused.message
        assert "CONDA_OVERRIDE_" in (outcome.refused.hint or "")


def test_a_lock_for_another_platform_is_refused(workshop: Workshop) -> None:
    text = "@EXPLICIT\nhttps://example.org/c/osx-64/a-1.0-0.conda"
    outcome = workshop.build_lock(text)
    assert outcome.refused.message == "The lockfile is for osx-64; this machine is linux-64."
