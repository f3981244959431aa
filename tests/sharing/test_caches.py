"""One directory of packages for several users: all build, and nobody changes another's builds."""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jupyter_envstore.domain.posix_acl import DEFAULT
from tests.engine.http_channel import HttpChannel

from .people import Person

_NOBODY = 0xFFFFFFFF


def list_for(group: int) -> bytes:
    """Return what ``setfacl -d -m g:<group>:rwX`` writes."""
    entries = [(1, 7, _NOBODY), (4, 7, _NOBODY), (8, 7, group), (16, 7, _NOBODY), (32, 5, _NOBODY)]
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def give(path: Path, uid: int, gid: int) -> None:
    """``chown -hR``."""
    for each in (path, *path.rglob("*")):
        os.chown(each, uid, gid, follow_symlinks=False)


def let_group_write(path: Path) -> None:
    """``chmod -R g+w``."""
    for each in (path, *path.rglob("*")):
        if not each.is_symlink():
            each.chmod(each.stat().st_mode | 0o020)


@dataclass(frozen=True)
class Row:
    """How a shared directory is set up, and what an administrator does to it later."""

    umask: int
    setgid: bool
    listed: bool
    """It has a default access control list that lets the group write."""
    owner: str
    then: str = ""
    taken: str = ""
    """Who takes packages from there that belong to somebody else, going by the log."""

    @property
    def name(self) -> str:
        bits = "setgid-" * self.setgid + "listed-" * self.listed
        then = f"-{self.then.replace(' ', '-')}" * bool(self.then)
        return f"{self.umask:03o}-{bits}{self.owner}{then}"


ROWS = [
    Row(0o022, setgid=False, listed=False, owner="alice", taken="bob"),
    Row(0o002, setgid=True, listed=False, owner="alice", taken="bob"),
    Row(0o022, setgid=True, listed=True, owner="alice", taken="bob"),
    Row(0o002, setgid=True, listed=True, owner="root"),
    Row(0o022, setgid=True, listed=False, owner="bob"),
    Row(0o002, setgid=True, listed=False, owner="alice", then="chmod", taken="bob"),
    Row(0o022, setgid=False, listed=True, owner="alice", then="chown to bob", taken="alice"),
    Row(0o022, setgid=True, listed=False, owner="alice", then="chown to root", taken="alice"),
]


@pytest.fixture
def shared(ground: Path) -> Path:
    return ground / "shared"


def prepare(row: Row, shared: Path, people: dict[str, Person]) -> None:
    group = people["alice"].group
    for name in ("packages", "indexes"):
        place = shared / name
        place.mkdir(parents=True)
        os.chown(place, people[row.owner].uid if row.owner in people else 0, group)
        place.chmod(0o2775 if row.setgid else 0o755)
        if row.listed:
            try:
                os.setxattr(place, DEFAULT, list_for(group))
            except OSError as error:
                pytest.skip(f"the file system of {place} has no access control lists: {error}")


def disturb(row: Row, shared: Path, people: dict[str, Person]) -> None:
    if row.then == "chmod":
        let_group_write(shared)
    elif row.then:
        new = row.then.rpartition(" ")[2]
        give(shared, people[new].uid if new in people else 0, people["alice"].group)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_all_build_and_nobody_can_change_what_another_has_built(
    row: Row,
    shared: Path,
    alice: Person,
    bob: Person,
    served: HttpChannel,
    open_store: Callable[..., Any],
) -> None:
    prepare(row, shared, {"alice": alice, "bob": bob})
    settings = {
        "package_cache_directory": str(shared / "packages"),
        "repodata_cache_directory": str(shared / "indexes"),
    }
    stores = {person: open_store(person, umask=row.umask, **settings) for person in (alice, bob)}
    earlier = {person: store.build("first") for person, store in stores.items()}
    first = [built(answer) for answer in earlier.values()]
    disturb(row, shared, {"alice": alice, "bob": bob})
    for store in stores.values():
        store.ask("first", "second")  # Both at once.
    answers = {person: store.answer() for person, store in stores.items()}
    second = [built(answer) for answer in answers.values()]

    mine, theirs = (stores[person].directory for person in (alice, bob))
    # What was given to somebody with the cache is theirs, also where older builds link it.
    safe = second if row.then.startswith("chown") else [*first, *second]
    for prefix in safe:
        other = bob if prefix.is_relative_to(mine) else alice
        assert other.can_change(prefix) == []
    for other, store in ((bob, mine), (alice, theirs)):
        assert other.can_change(store / ".envstore" / "kernels", store / "team" / "envs") == []
        ways = (store, store / "team", store / ".envstore", store / ".envstore" / "cache")
        assert [way for way in ways if way.stat().st_mode & 0o022] == []

    inodes = [files_of(prefix) for prefix in second]
    assert not inodes[0].keys() & inodes[1].keys()
    for person, files in zip((alice, bob), inodes, strict=True):
        # Those that have more than one name are the builder's own, or root's: never another's.
        linked = {path: status for path, status in files.values() if status.st_nlink > 1}
        assert {status.st_uid for status in linked.values()} <= {person.uid, 0}
        assert not any(status.st_mode & 0o222 for status in linked.values())
    # An index that was given to somebody else, or opened, is asked for anew.
    assert served.unchanged > 0 or row.then
    if row.taken:
        person = {"alice": alice, "bob": bob}[row.taken]
        log = earlier[person]["log"] + answers[person]["log"]
        assert f"first-1.0-0 is taken from {shared / 'packages'}" in log


def built(answer: dict[str, Any]) -> Path:
    assert answer["status"] == "COMPLETED", f"{answer['why']}\n{answer['log']}"
    return Path(answer["prefix"])


def files_of(prefix: Path) -> dict[tuple[int, int], tuple[Path, os.stat_result]]:
    found = {}
    for path in prefix.rglob("*"):
        status = path.lstat()
        if path.is_file() and not path.is_symlink():
            found[status.st_dev, status.st_ino] = (path, status)
    return found


def test_an_index_in_the_state_in_which_micromamba_fails(
    shared: Path,
    alice: Person,
    bob: Person,
    served: HttpChannel,
    open_store: Callable[..., Any],
) -> None:
    """The directory is bob's, the files in it are alice's, old, and 0770; the channel says 304.

    micromamba 1.1 fails for bob: *cannot set file time: Operation not permitted*.
    """
    indexes = shared / "indexes"
    indexes.mkdir(parents=True)
    os.chown(indexes, bob.uid, bob.group)
    indexes.chmod(0o2700)
    store = open_store(bob, umask=0o002, repodata_cache_directory=str(indexes))
    built(store.build("first"))
    built(store.build("first"))
    asked, unchanged = served.asked_for("*repodata*"), served.unchanged
    assert unchanged > 0

    indexes.chmod(0o2770)
    files = [path for path in indexes.rglob("*") if path.is_file()]
    assert any(path.suffix == ".json" for path in files)
    for path in files:
        os.chown(path, alice.uid, bob.group)
        path.chmod(0o770)
        os.utime(path, (1_600_000_000, 1_600_000_000))
    built(store.build("first", "second"))
    built(store.build("second"))
    assert served.asked_for("*repodata*") > asked
    assert served.unchanged > unchanged
    for path in files:
        assert (path.stat().st_uid, path.stat().st_mtime) == (alice.uid, 1_600_000_000)


def test_what_others_could_have_changed_is_not_taken(
    shared: Path,
    alice: Person,
    bob: Person,
    served: HttpChannel,
    open_store: Callable[..., Any],
) -> None:
    """A package that the group may write to, one that is damaged, one that claims to be another."""
    packages = shared / "packages"
    packages.mkdir(parents=True)
    os.chown(packages, alice.uid, alice.group)
    packages.chmod(0o2775)
    owner = open_store(alice, package_cache_directory=str(packages))
    built(owner.build("first", "second"))
    let_group_write(packages / "first-1.0-0")
    damaged = packages / "second-1.0-0" / "share" / "second" / "1"
    content = damaged.read_bytes()
    damaged.chmod(0o644)
    damaged.write_bytes(content.upper())
    damaged.chmod(0o444)

    downloads = served.asked_for("*.tar.bz2")
    reader = open_store(bob, shared_package_caches=[str(packages)])
    answer = reader.build("first", "second")
    prefix = built(answer)
    assert "can be changed by others than the owner of the layer" in answer["log"]
    assert "its files are not those that the package lists" in answer["log"]
    assert served.asked_for("*.tar.bz2") == downloads + 2
    assert (prefix / "share" / "second" / "1").read_bytes() == content

    # An archive is known by its hash: whoever has put it there, and whoever may write there.
    archives = shared / "archives"
    archives.mkdir()
    archives.chmod(0o777)
    for name in ("first", "second"):
        shutil.copy(served.directory / "linux-64" / f"{name}-1.0-0.tar.bz2", archives)
    (archives / "second-1.0-0.tar.bz2").write_bytes(
        bytes(reversed((archives / "second-1.0-0.tar.bz2").read_bytes()))
    )
    for archive in archives.iterdir():
        archive.chmod(0o666)
    owner.close()
    other = open_store(alice, umask=0o077, shared_package_caches=[str(archives)])
    answer = other.build("first", "second")
    assert built(answer).stat().st_uid == alice.uid
    log = answer["log"]
    assert f"first-1.0-0.tar.bz2 is taken from {archives}" in log
    assert f"second-1.0-0.tar.bz2 is not taken from {archives}: its SHA-256" in log
    assert served.asked_for("*.tar.bz2") == downloads + 3


@pytest.mark.parametrize("what", ["files", "directory"])
def test_locks_of_another_user_stop_no_build(
    what: str, alice: Person, bob: Person, open_store: Callable[..., Any]
) -> None:
    """They are in alice's cache, and hidden from her: as after a build by somebody else there."""
    store = open_store(alice)
    built(store.build("first"))
    locks = store.directory / ".envstore" / "cache" / "packages" / ".locks"
    for path in locks.iterdir():
        os.chown(path, bob.uid, bob.gid)
        path.chmod(0o600)
    byte_code = store.directory / ".envstore" / "cache" / "bytecode"
    if what == "directory":
        os.chown(locks, bob.uid, bob.gid)
        locks.chmod(0o755)
        byte_code.mkdir(exist_ok=True)
        give(byte_code, bob.uid, bob.gid)
    built(store.build("first", "second"))
    assert all(path.stat().st_uid == alice.uid for path in locks.iterdir())
