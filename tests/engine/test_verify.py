"""Finished builds beside their records: what differs is told, and mended as far as it can be."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from jupyter_envstore.domain.events import Warned
from jupyter_envstore.domain.integrity import Deviation, Inspection, inspection_from_text
from jupyter_envstore.domain.order import REPAIR, VERIFY

from .http_channel import HttpChannel
from .running import Outcome, Workshop
from .tiny_channel import PLACEHOLDER, TinyChannel


class Build:
    """One finished build, and what is done to it."""

    def __init__(self, workshop: Workshop, outcome: Outcome) -> None:
        assert outcome.finished
        self.workshop = workshop
        self.outcome = outcome
        self.prefix = outcome.prefix
        self._number = 0

    def run(self, task: str, **values: Any) -> Outcome:
        self._number += 1
        directory = (
            self.workshop.root / "work" / f"{task}-{self.outcome.order.build_id}.{self._number}"
        )
        directory.mkdir()
        order = replace(
            self.outcome.order,
            directory=str(directory),
            log=str(directory / "log"),
            lock=self.outcome.order.lock_artifact,
            task=task,
            **values,
        )
        return self.workshop.start(order).wait()

    def verify(self, **values: Any) -> Inspection:
        return inspection_of(self.run(VERIFY, **values))

    def repair(self, **values: Any) -> Inspection:
        return inspection_of(self.run(REPAIR, **values))

    def found(self) -> dict[str, tuple[str, str]]:
        """What a verification tells, by path."""
        return {one.path: (one.kind, one.detail) for one in self.verify().deviations}

    def contents(self) -> dict[str, tuple[int, bytes]]:
        """All files but the store's own remarks, with their modes."""
        return {
            path.relative_to(self.prefix).as_posix(): (path.lstat().st_mode, content_of(path))
            for path in self.prefix.rglob("*")
            if path.is_symlink() or path.is_file()
            if not path.name.startswith("envstore")
        }


def content_of(path: Path) -> Any:
    if path.is_symlink():
        return path.readlink()
    if path.parent.name == "conda-meta" and path.suffix == ".json":
        # What only the channel's index tells of a package is not in the package.
        record = json.loads(path.read_bytes())
        record["files"].sort()
        record["paths_data"]["paths"].sort(key=itemgetter("_path"))
        return [record[key] for key in ("name", "version", "build", "files", "paths_data", "link")]
    return path.read_bytes()


def inspection_of(outcome: Outcome) -> Inspection:
    assert outcome.finished
    return inspection_from_text(Path(outcome.order.directory, "inspection.json").read_text())


def overwrite(path: Path, text: str) -> None:
    """Change a file in place, through its inode, as a program would that has the right to."""
    mode = path.stat().st_mode
    path.chmod(0o644)
    with path.open("r+") as file:
        file.truncate()
        file.write(text)
    path.chmod(mode)


def paths(deviations: tuple[Deviation, ...]) -> list[str]:
    return [one.path for one in deviations]


@pytest.fixture
def build(workshop: Workshop, tiny: TinyChannel) -> Build:
    """A build of two packages: with a placeholder, a link, a program and a hidden conflict."""
    tiny.add("library", files={"lib/library.so": "code", "share/both": "of the library"})
    tiny.add(
        "tool",
        files={
            "bin/tool": "#!/bin/sh\n",
            "etc/tool.conf": f"home={PLACEHOLDER}\n",
            "share/both": "of the tool",
        },
        modes={"bin/tool": 0o755},
        depends=["library"],
    )
    return Build(workshop, workshop.build("tool", variables={"A": "1"}))


def test_a_build_is_intact(build: Build) -> None:
    told = build.verify()
    assert told.intact
    assert told.deviations == ()
    assert told.notes == ()
    assert told.files == 5
    assert told.size > 0
    before = build.contents()
    assert build.repair() == told
    assert build.contents() == before


Change = Callable[[Path], object]
Changes = dict[str, tuple[Change, str, str]]

FILES: Changes = {
    "lib/library.so": (lambda path: overwrite(path, "evil"), "changed", "content"),
    "etc/tool.conf": (lambda path: overwrite(path, "home=/evil\n"), "changed", "content"),
    "bin/tool": (lambda path: path.chmod(0o777), "changed", "mode"),
    "share/both": (Path.unlink, "missing", ""),
    "share/new/file": (lambda path: (path.parent.mkdir(), path.touch()), "added", ""),
    "conda-meta/frozen": (lambda path: overwrite(path, "{}"), "changed", "content"),
    "conda-meta/history": (Path.unlink, "missing", ""),
    "conda-meta/envstore": (lambda path: overwrite(path, "{}"), "changed", "content"),
}
OTHERS: Changes = {
    "lib/library.so": (lambda path: (path.unlink(), path.mkdir()), "changed", "type"),
    "etc/tool.conf": (Path.unlink, "missing", ""),
    "bin/tool": (lambda path: path.chmod(0o444), "changed", "mode"),
    "share/both": (
        lambda path: (path.unlink(), path.symlink_to("x")),
        "changed",
        "content",
    ),
    "conda-meta/frozen": (Path.unlink, "missing", ""),
    "conda-meta/state": (lambda path: overwrite(path, "{}"), "changed", "content"),
    "conda-meta/envstore": (Path.unlink, "missing", ""),
    "conda-meta/other-1-0.json": (Path.touch, "added", ""),
}
RECORDS: Changes = {
    "conda-meta/tool-1.0-0.json": (Path.unlink, "missing", ""),
    "conda-meta/library-1.0-0.json": (lambda path: overwrite(path, "["), "changed", "content"),
}


@pytest.mark.parametrize("changes", [FILES, OTHERS, RECORDS], ids=["files", "others", "records"])
def test_what_deviates_is_told_and_mended(build: Build, changes: Changes) -> None:
    before = build.contents()
    for path, (change, _, _) in changes.items():
        change(build.prefix / path)
    assert build.found() == {path: (kind, what) for path, (_, kind, what) in changes.items()}
    told = build.repair()
    assert paths(told.mended) == sorted(changes)
    assert told.intact
    assert build.contents() == before
    assert build.verify().intact
    assert (build.prefix / "conda-meta/envstore").is_file()


def test_a_missing_folder_comes_back(build: Build) -> None:
    before = build.contents()
    shutil.rmtree(build.prefix / "etc")
    (build.prefix / "etc").write_text("in its place")
    assert build.found() == {"etc": ("added", ""), "etc/tool.conf": ("missing", "")}
    assert build.repair().intact
    assert build.contents() == before


def test_a_package_that_a_program_has_replaced_comes_back(build: Build) -> None:
    """What mamba does, which does not know the frozen marker."""
    before = build.contents()
    meta = build.prefix / "conda-meta"
    record = json.loads((meta / "tool-1.0-0.json").read_text())
    record["version"] = "2.0"
    record["paths_data"]["paths"].append({"_path": "share/tool-2"})
    (meta / "tool-2.0-0.json").write_text(json.dumps(record))
    (meta / "tool-1.0-0.json").unlink()
    (build.prefix / "bin/tool").unlink()
    (build.prefix / "bin/tool").write_text("2.0")
    (build.prefix / "share/tool-2").write_text("")
    told = build.verify()
    assert ("conda-meta/tool-1.0-0.json", "missing") in [(d.path, d.kind) for d in told.deviations]
    assert any("tool-1.0-0" in note for note in told.notes)
    told = build.repair()
    assert told.intact
    assert {"bin/tool", "share/tool-2", "conda-meta/tool-2.0-0.json"} <= set(paths(told.mended))
    assert build.contents() == before


def test_added_files_may_be_kept(build: Build) -> None:
    (build.prefix / "notes.txt").write_text("mine")
    (build.prefix / "lib/library.so").unlink()
    told = build.repair(keep_added=True)
    assert paths(told.mended) == ["lib/library.so"]
    assert paths(told.deviations) == ["notes.txt"]
    assert not told.intact
    assert (build.prefix / "notes.txt").read_text() == "mine"


# -- the cache ------------------------------------------------------------------------------------


def test_a_damaged_cache_entry_is_found_and_fetched_anew(build: Build) -> None:
    """The prefix and the cache are one inode: who changes one changes the other."""
    again = Build(build.workshop, build.workshop.build("library"))
    file = build.prefix / "lib/library.so"
    cached = build.workshop.package_cache / "library-1.0-0/lib/library.so"
    assert file.stat().st_ino == cached.stat().st_ino
    overwrite(file, "evil")
    assert cached.read_text() == "evil"
    assert again.found() == {"lib/library.so": ("changed", "content")}
    outcome = build.run(REPAIR)
    assert inspection_of(outcome).intact
    assert file.read_text() == cached.read_text() == "code"
    # The other build has the damaged file still: nothing was written through it.
    assert (again.prefix / "lib/library.so").read_text() == "evil"
    damaged = [event.damaged for event in outcome.of(Warned)]
    assert damaged == [build.outcome.rows["library"]["sha256"]]
    assert again.repair().intact


def test_without_a_cache_packages_are_downloaded_again(
    workshop: Workshop, tiny: TinyChannel
) -> None:
    tiny.add("data", files={"share/data": "data"})
    with HttpChannel(tiny.directory).serve() as http:
        workshop.channels = (http.url,)
        build = Build(workshop, workshop.build("data"))
        shutil.rmtree(workshop.package_cache)
        (build.prefix / "share/data").unlink()
        assert build.repair().intact
    assert (build.prefix / "share/data").read_text() == "data"
    shutil.rmtree(workshop.package_cache)
    (build.prefix / "share/data").unlink()
    assert build.run(REPAIR).refused.kind == "network"
    assert build.found() == {"share/data": ("missing", "")}


def test_the_inode_of_a_mended_file_is_a_new_one(build: Build, tmp_path: Path) -> None:
    """Who has the file open, or has linked it, keeps what it was."""
    file = build.prefix / "etc/tool.conf"
    overwrite(file, "changed")
    os.link(file, tmp_path / "elsewhere")
    with file.open() as held:
        assert build.repair().intact
        assert held.read() == "changed"
    assert (tmp_path / "elsewhere").read_text() == "changed"
    assert file.read_text() == f"home={build.prefix}\n"


# -- link scripts ---------------------------------------------------------------------------------


@pytest.fixture
def scripted(workshop: Workshop, tiny: TinyChannel) -> Build:
    script = (
        '#!/bin/sh\ncd "$PREFIX" && echo made > share/made && echo more >> share/changed && '
        "rm share/removed && ln -s made share/link\n"
    )
    tiny.add(
        "scripted",
        files={
            "bin/.scripted-post-link.sh": script,
            "share/changed": "once\n",
            "share/removed": "",
            "share/kept": "kept",
        },
    )
    return Build(workshop, workshop.build("scripted"))


def test_what_link_scripts_did_is_no_deviation(scripted: Build) -> None:
    if (scripted.prefix / "share/changed").read_text() == "once\n":
        pytest.fail("the script has not run")
    assert scripted.verify().intact


def test_what_link_scripts_made_cannot_be_mended(scripted: Build) -> None:
    before = scripted.contents()
    (scripted.prefix / "share/made").write_text("evil")
    (scripted.prefix / "share/link").unlink()
    (scripted.prefix / "share/kept").unlink()
    told = scripted.repair()
    assert paths(told.mended) == ["share/kept"]
    assert paths(told.deviations) == ["share/link", "share/made"]
    assert "Build the environment again." in told.notes[0]
    assert scripted.contents()["share/kept"] == before["share/kept"]


# -- what cannot be told --------------------------------------------------------------------------


def test_a_build_of_an_earlier_version_is_verified_by_its_records(build: Build) -> None:
    (build.prefix / "conda-meta/envstore-as-built").unlink()
    (build.prefix / "lib/library.so").unlink()
    told = build.verify()
    assert paths(told.deviations)[-1] == "lib/library.so"
    assert "earlier version" in told.notes[0]


def test_old_packages_that_list_no_hashes_are_compared_too(
    workshop: Workshop, tiny: TinyChannel
) -> None:
    tiny.add("old", files={"share/old": "old", "etc/old": f"={PLACEHOLDER}"}, deprecated=True)
    build = Build(workshop, workshop.build("old"))
    assert build.verify().intact
    overwrite(build.prefix / "etc/old", "new")
    assert build.found() == {"etc/old": ("changed", "content")}
    assert build.repair().intact


def test_a_build_that_is_gone_is_refused(build: Build) -> None:
    shutil.rmtree(build.prefix)
    assert build.run(VERIFY).refused.kind == "path"
    assert build.run(REPAIR).refused.kind == "path"
    assert not build.prefix.exists()
