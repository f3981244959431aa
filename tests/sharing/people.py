"""Users of the machine, made for a test and removed after it, and programs that run as them."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
INTRUDER = Path(__file__).with_name("intruder.py")


@dataclass(frozen=True)
class Person:
    """A user of the machine, who has a home directory and runs Python."""

    name: str
    uid: int
    gid: int
    group: int
    """The group that all of them share."""
    home: Path
    python: str
    libraries: str = ""
    """Where that Python's shared library is, if it was copied."""

    def start(
        self, *arguments: str, umask: int = 0o022, variables: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Start Python as this user, with pipes for its input and output."""
        kept = {
            name: os.environ[name]
            for name in ("PATH", "LANG", "CONDA_SOLVER")
            if name in os.environ
        }
        own = {"HOME": str(self.home), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        if self.libraries:
            own["LD_LIBRARY_PATH"] = self.libraries
        return subprocess.Popen(
            [self.python, *arguments],
            cwd=self.home,
            env={**kept, **own, **(variables or {})},
            user=self.uid,
            group=self.gid,
            extra_groups=[self.group],
            umask=umask,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments, **options)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def can_change(self, *directories: Path) -> list[str]:
        """Try to write to everything below the directories; return what could be changed."""
        done = self.run("-I", str(INTRUDER), *map(str, directories))
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()


@contextmanager
def people(directory: Path, *roles: str) -> Iterator[dict[str, Person]]:
    """Make a user for each role, and a group that they share; skip where that is not possible."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can make users")
    if not (shutil.which("useradd") and shutil.which("groupadd")):
        pytest.skip("there is no useradd here")
    python, libraries = _python_for_all(directory)
    mark = secrets.token_hex(3)
    group = f"esg{mark}"
    names = {role: f"es{role[:6]}{mark}" for role in roles}
    _run("groupadd", group)
    try:
        made = {}
        for role, name in names.items():
            home = directory / "home" / role
            home.mkdir(parents=True)
            _run("useradd", "--no-create-home", "--home-dir", str(home), "--groups", group, name)
            entry = pwd.getpwnam(name)
            os.chown(home, entry.pw_uid, entry.pw_gid)
            ids = (entry.pw_uid, entry.pw_gid, _group_id(group))
            made[role] = Person(name, *ids, home, python, libraries)
        tried = next(iter(made.values())).run("-c", "import jupyter_envstore.composition")
        if tried.returncode != 0:
            pytest.skip(f"other users cannot run the project from {ROOT}: {tried.stderr[-200:]}")
        yield made
    finally:
        for name in names.values():
            subprocess.run(["userdel", name], check=False, capture_output=True)
        subprocess.run(["groupdel", group], check=False, capture_output=True)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _group_id(name: str) -> int:
    import grp

    return grp.getgrnam(name).gr_gid


def _python_for_all(directory: Path) -> tuple[str, str]:
    """Return a Python that everybody may run, with the packages of this one, and its libraries.

    That of this process is often below root's home directory.
    """
    base = Path(sys.base_prefix)
    if all(place.stat().st_mode & 0o001 for place in (base, *base.parents)):
        return sys.executable, ""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    copy, env = directory / "base", directory / "env"
    library = base / "lib"
    shutil.copytree(
        library / version,
        copy / "lib" / version,
        symlinks=True,
        copy_function=_link_or_copy,
        ignore=shutil.ignore_patterns("site-packages", "test", "idlelib", "config-*"),
    )
    (copy / "bin").mkdir()
    shutil.copy2(base / "bin" / version, copy / "bin" / version)
    for shared in library.glob("libpython*"):
        shutil.copy2(shared, copy / "lib" / shared.name, follow_symlinks=True)
    (env / "bin").mkdir(parents=True)
    (env / "lib" / version).mkdir(parents=True)
    (env / "pyvenv.cfg").write_text(f"home = {copy / 'bin'}\n")
    (env / "bin" / "python").symlink_to(copy / "bin" / version)
    (env / "lib" / version / "site-packages").symlink_to(sysconfig.get_paths()["purelib"])
    return str(env / "bin" / "python"), str(copy / "lib")


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
