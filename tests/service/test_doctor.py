"""The doctor finds what is wrong, says it, and mends what it may."""

from __future__ import annotations

import fcntl
import os
import stat
import struct
import threading
from pathlib import Path

import pytest

from jupyter_envstore.domain.diagnosis import Finding, Severity
from jupyter_envstore.domain.errors import Conflict
from jupyter_envstore.domain.layout import Layout
from jupyter_envstore.domain.posix_acl import DEFAULT
from jupyter_envstore.domain.settings import Settings
from jupyter_envstore.integration.conda_files import CondaFiles
from jupyter_envstore.service.checkups.access import AccessCheckup
from jupyter_envstore.service.checkups.caches import CachesCheckup
from jupyter_envstore.service.checkups.checkup import Found
from jupyter_envstore.service.checkups.conda_side import CondaSideCheckup
from jupyter_envstore.service.checkups.disks import DisksCheckup
from jupyter_envstore.service.checkups.engine import EngineCheckup
from jupyter_envstore.service.checkups.ways import ways_to_builds
from jupyter_envstore.service.doctor import DoctorService
from jupyter_envstore.store.database import Database
from jupyter_envstore.store.identity import Identity
from tests.service.test_conda_config import Machine

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")


def codes(checkup) -> list[str]:
    return [found.finding.code for found in checkup.examine()]


def doctor(tmp_path: Path, *checkups) -> DoctorService:
    return DoctorService(checkups, Identity("id", Database(str(tmp_path / "doctor.db"))))


class TestAccess:
    @pytest.fixture
    def prefix(self, tmp_path) -> Path:
        prefix = tmp_path / "build"
        for name in ("bin/python", "conda-meta/a-1-0.json", "lib/x.py"):
            (prefix / name).parent.mkdir(parents=True, exist_ok=True)
            (prefix / name).write_text(name)
        for path in (prefix, *prefix.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        return prefix

    @pytest.fixture
    def checkup(self, prefix, tmp_path):
        (tmp_path / "cache").mkdir()
        return AccessCheckup(lambda: [str(prefix)], [str(tmp_path / "cache")], str(tmp_path))

    def test_a_build_as_it_should_be_has_no_finding(self, checkup):
        assert codes(checkup) == []

    def test_what_an_administrators_chmod_opened_is_found_and_closed(
        self, checkup, prefix, tmp_path
    ):
        for path in (prefix, *prefix.rglob("*")):
            path.chmod(path.stat().st_mode | 0o022)
        (prefix / "link").symlink_to("/etc/passwd")
        service = doctor(tmp_path, checkup)
        (finding,) = service.examine().findings
        assert (finding.code, finding.severity) == ("writable-files", Severity.ERROR)
        assert finding.command == f"chmod -R go-w {prefix}"
        assert finding.mendable
        assert "7 files" in finding.message
        assert str(prefix) in finding.paths
        (mended,) = service.mend().findings
        assert mended.mended
        assert mended.failure is None
        assert not (prefix / "bin/python").stat().st_mode & 0o022
        assert service.examine().findings == ()
        assert stat.S_IMODE(Path("/etc/passwd").stat().st_mode) & 0o400

    def test_only_what_was_named_is_mended(self, checkup, prefix, tmp_path):
        (prefix / "lib/x.py").chmod(0o666)
        service = doctor(tmp_path, checkup)
        (left,) = service.mend(["foreign-files"]).findings
        assert not left.mended
        assert (prefix / "lib/x.py").stat().st_mode & 0o002
        assert service.mend(["writable-files"]).is_well

    def test_an_access_list_is_found_although_the_modes_look_well(self, checkup, prefix, tmp_path):
        entries = [(1, 7, -1), (2, 7, 12345), (4, 5, -1), (16, 7, -1), (32, 5, -1)]
        text = struct.pack("<I", 2) + b"".join(
            struct.pack("<HHI", tag, rights, who & 0xFFFFFFFF) for tag, rights, who in entries
        )
        try:
            os.setxattr(prefix / "lib", DEFAULT, text)
        except OSError as error:
            pytest.skip(f"the file system of {tmp_path} has no access control lists: {error}")
        service = doctor(tmp_path, checkup)
        (finding,) = service.examine().findings
        assert finding.code == "access-lists"
        assert finding.command == f"setfacl -R -b -k {prefix / 'lib'}"
        assert service.mend().findings[0].mended
        assert service.examine().findings == ()

    def test_records_that_only_their_owner_can_read(self, prefix, tmp_path, monkeypatch):
        """As rattler writes them; the store opens them after each installation."""
        (prefix / "conda-meta/a-1-0.json").chmod(0o600)
        monkeypatch.setattr(
            "jupyter_envstore.service.checkups.access._lets_everybody_in", lambda _: True
        )
        checkup = AccessCheckup(lambda: [str(prefix)], [], str(tmp_path))
        service = doctor(tmp_path, checkup)
        (finding,) = service.examine().findings
        assert finding.code == "unreadable-records"
        assert service.mend().findings[0].mended
        assert (prefix / "conda-meta/a-1-0.json").stat().st_mode & 0o044 == 0o044

    @as_root
    def test_files_of_somebody_else_are_found_and_given_back(self, checkup, prefix, tmp_path):
        os.chown(prefix / "bin/python", 12345, -1)
        service = doctor(tmp_path, checkup)
        (finding,) = service.examine().findings
        assert (finding.code, finding.severity) == ("foreign-files", Severity.ERROR)
        assert "user 12345" in finding.message
        assert service.mend().findings[0].mended
        assert (prefix / "bin/python").stat().st_uid == 0

    def test_a_directory_in_which_builds_could_be_exchanged(self, checkup, prefix, tmp_path):
        layout = Layout(str(tmp_path / "store"))
        built = tmp_path / "store" / "ns" / "key"
        for place in (built, tmp_path / "store" / "ns" / "envs", Path(layout.kernels, "k")):
            place.mkdir(parents=True)
        Path(layout.kernels, "k", "kernel.json").touch()
        for path in (tmp_path / "store", *(tmp_path / "store").rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)

        def ways():
            return ways_to_builds(layout, lambda: [str(built)], lambda: ["ns"])

        checkup = AccessCheckup(list, [], layout.internal, ways=ways)
        assert codes(checkup) == []
        opened = [
            Path(layout.index),
            Path(layout.kernels, "k", "kernel.json"),
            *(tmp_path / "store" / name for name in ("", "ns", "ns/envs")),
        ]
        opened[0].touch()
        for path in opened:
            path.chmod(path.stat().st_mode | 0o020)
        service = doctor(tmp_path, checkup)
        (finding,) = service.examine().findings
        assert finding.code == "writable-files"
        assert set(finding.paths) == {str(path).rstrip("/") for path in opened}
        assert service.mend().is_well
        assert not any(path.stat().st_mode & 0o022 for path in opened)

    def test_a_walk_has_an_end_and_says_so(self, prefix, tmp_path):
        checkup = AccessCheckup(lambda: [str(prefix)], [], str(tmp_path), most=3)
        (sentence,) = doctor(tmp_path, checkup).examine().unexamined
        assert "more than 3 files" in sentence


class TestCaches:
    def test_locks_that_can_be_taken_have_no_finding(self, tmp_path):
        (tmp_path / ".cache.lock").touch()
        with (tmp_path / ".cache.lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            assert codes(CachesCheckup([str(tmp_path)], list)) == []

    def test_a_holder_that_does_not_exist_makes_a_stale_lock(self, tmp_path):
        lock = tmp_path / ".cache.lock"
        lock.touch()
        status = lock.stat()
        device = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}"
        locks = tmp_path / "locks"
        gone = 4_194_305
        locks.write_text(f"1: FLOCK  ADVISORY  WRITE {gone} {device}:{status.st_ino} 0 EOF\n")
        (found,) = CachesCheckup([str(tmp_path)], list, locks).examine()
        assert found.finding.code == "stale-lock"
        assert str(gone) in found.finding.message

    @as_root
    def test_a_lock_of_another_user(self, tmp_path, monkeypatch):
        lock = tmp_path / ".cache.lock"
        lock.touch()
        really = os.access
        monkeypatch.setattr(
            os, "access", lambda path, mode: Path(path) != lock and really(path, mode)
        )
        service = doctor(tmp_path, CachesCheckup([str(tmp_path)], list))
        (finding,) = service.examine().findings
        assert (finding.code, finding.mendable) == ("foreign-lock", True)
        assert service.mend().findings[0].mended
        assert not lock.exists()

    def test_caches_of_others(self, tmp_path):
        gone, many = tmp_path / "gone", tmp_path / "many"
        many.mkdir()
        many.chmod(0o2775)
        layers = [str(gone), str(many)]
        found = codes(CachesCheckup([], list, layers=lambda: layers))
        assert found == ["cache-unreadable", "cache-of-many"]
        many.chmod(0o755)
        assert codes(CachesCheckup([], list, layers=lambda: layers[1:])) == []


class TestEngine:
    def checkup(self, directory, version, **settings):
        program = directory / "conda"
        program.write_text(f"#!/bin/sh\necho conda {version}\n")
        program.chmod(0o755)
        conda = CondaFiles({"PATH": str(directory)}, system=())
        return EngineCheckup(Settings(str(directory), **settings), conda)

    def test_what_is_new_enough_has_no_finding(self, tmp_path):
        assert codes(self.checkup(tmp_path, "26.7.1")) == []
        engine = {"engine": "conda", "engine_executable": str(tmp_path / "conda")}
        assert codes(self.checkup(tmp_path, "26.7.1", **engine)) == []

    def test_an_engine_that_is_too_old_and_one_that_is_too_new(self, tmp_path):
        engine = {"engine": "conda", "engine_executable": str(tmp_path / "conda")}
        old = list(self.checkup(tmp_path, "4.12.0", **engine).examine())
        assert [found.finding.code for found in old] == ["engine-unusable"]
        assert "too old to be the engine" in old[0].finding.message
        assert "conda 23.1 or newer is needed" in old[0].finding.meaning
        assert codes(self.checkup(tmp_path, "99.1.0", **engine)) == ["engine-untried"]

    def test_a_conda_that_does_not_know_frozen_builds(self, tmp_path):
        (found,) = self.checkup(tmp_path, "24.11.3").examine()
        assert found.finding.code == "conda-too-old"
        assert "conda 25.5 or newer refuses" in found.finding.meaning


class TestDisks:
    def checkup(self, tmp_path, **changes):
        layout = Layout(str(changes.pop("store", tmp_path / "s")))
        given = {
            "database": str(tmp_path / "db"),
            "package_cache": str(tmp_path),
            "key_version": 2,
            "default_namespace": "default",
            **changes,
        }
        return DisksCheckup(layout, **given)

    def test_a_store_on_a_local_disk_has_no_finding(self, tmp_path):
        assert codes(self.checkup(tmp_path, store="/srv/s")) == []

    def test_a_cache_on_another_file_system(self, tmp_path):
        shared_memory = Path("/dev/shm")
        if not os.access(shared_memory, os.W_OK):
            pytest.skip("there is no second file system to write to")
        (tmp_path / "s/.envstore/work").mkdir(parents=True)
        assert "cache-elsewhere" in codes(self.checkup(tmp_path, package_cache=str(shared_memory)))

    def test_a_store_so_deep_that_names_have_no_room(self, tmp_path):
        deep = "/srv/" + "/".join(["deep" * 10] * 5)
        (found,) = self.checkup(tmp_path, store=deep).examine()
        assert found.finding.code == "long-paths"
        assert "c.EnvStore.build_key_version = 3" in found.finding.meaning
        assert codes(self.checkup(tmp_path, store=deep, key_version=3)) == []

    def test_a_database_on_a_network_file_system(self, tmp_path, monkeypatch):
        monkeypatch.setattr(
            "jupyter_envstore.service.checkups.disks.file_system_type", lambda _: "nfs4"
        )
        (found,) = self.checkup(tmp_path, store="/srv/s").examine()
        assert found.finding.code == "database-on-network"
        assert "nfs4" in found.finding.message


class TestCondaSide:
    @pytest.fixture
    def machine(self, tmp_path):
        return Machine(tmp_path)

    def checkup(self, machine, installed=lambda _: None):
        conda = CondaFiles(machine.variables, system=(str(machine.directory / "etc"),))
        return CondaSideCheckup(machine.service(), Settings(str(machine.store)), conda, installed)

    def test_an_untouched_configuration_has_no_finding(self, machine):
        assert codes(self.checkup(machine)) == []

    def test_an_environment_would_be_made_inside_of_the_store(self, machine):
        ours = machine.folder("default")
        ours.mkdir(parents=True)
        machine.condarc.write_text(f"envs_dirs:\n  - {ours}\n  - {machine.root}/envs\n")
        service = doctor(machine.directory, self.checkup(machine))
        (finding,) = service.examine().findings
        assert (finding.code, finding.mendable) == ("create-in-store", True)
        assert service.mend().findings[0].mended
        assert service.examine().findings == ()
        assert machine.envs_dirs().index(str(ours)) > 0

    def test_programs_beside_the_store_that_do_not_know_it(self, machine):
        binaries = machine.directory / "bin"
        binaries.mkdir()
        (binaries / "micromamba").write_text("#!/bin/sh\n")
        (binaries / "micromamba").chmod(0o755)
        machine.variables["PATH"] = str(binaries)
        assert codes(self.checkup(machine, lambda _: "2.5.2")) == []
        machine.change(register=["default"])
        assert codes(self.checkup(machine, lambda _: "2.5.2")) == [
            "kernels-twice",
            "mamba-ignores-frozen",
        ]

    def test_a_file_that_cannot_be_understood(self, machine):
        machine.condarc.write_text("envs_dirs: [")
        assert "condarc-unusable" in codes(self.checkup(machine))


class Fixed:
    """A checkup that finds what it is told."""

    def __init__(self, *found: Found) -> None:
        self.found = found
        self.during = lambda: None

    def examine(self):
        self.during()
        return iter(self.found)

    def unexamined(self):
        return iter(())


def finding(code: str, severity: Severity) -> Finding:
    return Finding(code, severity, "It is so.", "It means that.", "Everybody.")


def test_the_worst_comes_first(tmp_path):
    checkup = Fixed(
        Found(finding("b", Severity.INFO)),
        Found(finding("c", Severity.ERROR)),
        Found(finding("a", Severity.ERROR)),
    )
    diagnosis = doctor(tmp_path, checkup).examine()
    assert [found.code for found in diagnosis.findings] == ["a", "c", "b"]
    assert not diagnosis.is_well


def test_a_failure_to_mend_is_told_and_the_rest_is_mended(tmp_path):
    def fail() -> None:
        raise PermissionError(1, "Operation not permitted", "/some/file")

    checkup = Fixed(
        Found(finding("a", Severity.ERROR), fail),
        Found(finding("b", Severity.ERROR), lambda: None),
    )
    diagnosis = doctor(tmp_path, checkup).mend()
    assert diagnosis.findings[0].failure == "/some/file: Operation not permitted."
    assert diagnosis.findings[1].mended
    assert not diagnosis.is_well


def test_one_examination_at_a_time(tmp_path):
    began, end = threading.Event(), threading.Event()
    checkup = Fixed()
    checkup.during = lambda: (began.set(), end.wait(30))
    service = doctor(tmp_path, checkup)
    thread = threading.Thread(target=service.examine)
    thread.start()
    try:
        assert began.wait(30)
        with pytest.raises(Conflict):
            service.examine()
    finally:
        end.set()
        thread.join()
    checkup.during = lambda: None
    assert service.examine().is_well
