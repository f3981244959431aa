"""``jupyter envstore share``: one user builds, everybody else reads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.engine.http_channel import HttpChannel

from .people import Person
from .test_caches import built, files_of, let_group_write, list_for


def share(store: Path, *arguments: str, person: Person | None = None) -> Any:
    command = ["-m", "jupyter_envstore.console", "share", f"--EnvStore.store_directory={store}"]
    command += arguments
    if person is not None:
        return person.run(*command, variables={"JUPYTER_NO_CONFIG": "1"})
    variables = {**os.environ, "JUPYTER_NO_CONFIG": "1", "HOME": str(store.parent)}
    return subprocess.run(
        [sys.executable, *command], env=variables, check=False, capture_output=True, text=True
    )


def modes(root: Path) -> dict[str, tuple[int, int, int]]:
    found = {}
    for path in (root, *root.rglob("*")):
        status = path.lstat()
        found[str(path)] = (status.st_mode, status.st_uid, status.st_gid)
    return found


def test_what_one_builds_others_read_and_link_from_and_cannot_change(
    ground: Path,
    alice: Person,
    bob: Person,
    served: HttpChannel,
    open_store: Callable[..., Any],
) -> None:
    """Also after a wrong umask, access control lists, and a root who has built there once."""
    home = alice.home
    store = open_store(alice, umask=0o077)
    prefix = built(store.build("first"))
    store.close()
    directory = store.directory
    let_group_write(directory)
    os.setxattr(directory / "team", "system.posix_acl_default", list_for(alice.group))
    os.chown(directory / ".envstore" / "cache" / "packages" / "first-1.0-0", 0, 0)
    before = modes(directory)
    home.chmod(0o700)

    planned = share(directory, "--dry-run", "--json", f"--builder={alice.name}")
    assert planned.returncode == 1, planned.stderr  # Others cannot pass the home of somebody.
    plan = json.loads(planned.stdout)
    assert plan["problems"] == [f"Others cannot pass {home}. To let them: chmod o+x {home}"]
    assert modes(directory) == before
    assert plan["dry_run"] is True
    home.chmod(0o755)

    done = share(directory, "--json", f"--builder={alice.name}")
    assert done.returncode == 0, done.stdout + done.stderr
    answer = json.loads(done.stdout)
    assert answer["done"] == plan["done"]
    assert any("of root given to" in line for line in answer["done"])
    assert any("closed for writing by others" in line for line in answer["done"])
    assert any("access control lists taken" in line for line in answer["done"])
    assert any("opened for reading" in line for line in answer["done"])
    settled = modes(directory)
    again = share(directory, person=alice)
    assert (again.returncode, modes(directory)) == (0, settled), again.stderr
    assert "Done: nothing; all is as it should be" in again.stdout
    assert f"  c.EnvStore.shared_stores = ['{directory}']" in again.stdout.splitlines()

    assert bob.can_change(directory) == []
    cannot_read = "import os, sys; print([n for n in sys.argv[1:] if not os.access(n, os.R_OK)])"
    named = [str(path) for path, _ in files_of(prefix).values()]
    database = str(directory / ".envstore" / "envstore.db")
    seen = bob.run("-c", cannot_read, *named, database)
    assert seen.stdout.strip() == str([database])

    cache = directory / ".envstore" / "cache" / "packages"
    owner = open_store(alice)
    built(owner.build("first", "second"))
    downloads = served.asked_for("*.tar.bz2")
    reader = open_store(bob, shared_package_caches=[str(cache)])
    built(reader.build("first", "second"))
    assert served.asked_for("*.tar.bz2") == downloads
    assert bob.can_change(directory) == []


def test_a_store_is_made_for_a_builder_and_a_group(
    ground: Path, alice: Person, bob: Person
) -> None:
    import grp

    store, cache = ground / "new" / "store", ground / "packages"
    group = grp.getgrgid(alice.group).gr_name
    options = (f"--EnvStore.package_cache_directory={cache}", f"--group={group}")
    done = share(store, f"--builder={alice.name}", *options)
    assert done.returncode == 0, done.stderr
    assert f"  c.EnvStore.package_cache_directory = '{cache}'" in done.stdout.splitlines()
    for path in (store, cache):
        status = path.stat()
        assert (status.st_uid, status.st_gid) == (alice.uid, alice.group)
        assert status.st_mode & 0o7777 == 0o2750
    assert "nothing; all is as it should be" in share(store, *options, person=alice).stdout


def test_what_cannot_be_is_said(ground: Path, alice: Person, bob: Person) -> None:
    store = ground / "store"
    for arguments, person, said in (
        ((), None, "builds would run as root. Name the user"),
        (("--builder=root",), None, "Builds are not to run as root."),
        (("--builder=nobody-has-this",), None, "There is no user nobody-has-this"),
        ((f"--builder={alice.name}", "--group=nor-this"), None, "Make it: groupadd nor-this"),
        ((f"--builder={alice.name}",), bob, f"Only root and {alice.name} can set"),
    ):
        refused = share(store, *arguments, person=person)
        assert refused.returncode == 1
        assert said in refused.stderr
    assert not store.exists()
