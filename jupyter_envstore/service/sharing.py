"""One user builds, everybody reads: a store and its package cache are set up so, or checked."""

from __future__ import annotations

import grp
import os
import pwd
import shlex
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ..domain.errors import Forbidden, Refused
from ..domain.sharing import SharedPaths, Sharing, SharingWish
from ..integration.file_systems import can_hard_link, file_system_type, is_network
from ..integration.owned_tree import TreeChanges, give_tree
from ..store.own_directories import make_own


class SharingService:
    """Sets a store up for one builder and many readers. Works without the store being open."""

    def __init__(self, paths: SharedPaths) -> None:
        self._paths = paths
        self._store = Path(paths.store)
        self._roots = _outermost([paths.store, paths.package_cache])

    def share(self, wish: SharingWish, *, dry_run: bool) -> Sharing:
        """Do it, or say what would be done; the second time there is nothing to do.

        Raises `Refused` or `Forbidden`, with what to do instead.
        """
        builder = self._builder(wish.builder)
        group = None if wish.group is None else _group(wish.group)
        done: list[str] = []
        problems: list[str] = []
        for root in self._roots:
            done += self._make(root, builder, dry_run=dry_run)
            if root.is_dir():
                if group is not None:
                    done += _let_in_only(group, root, builder, problems, dry_run=dry_run)
                done += self._give(
                    root, builder, problems, with_root=group is None, dry_run=dry_run
                )
            problems += _ways(root)
        problems += self._disks()
        return replace(
            self._configuration(builder.pw_name, wish.group),
            done=tuple(done),
            problems=tuple(problems),
        )

    def _builder(self, name: str | None) -> pwd.struct_passwd:
        me = os.geteuid()
        if name is None:
            found = self._store.stat().st_uid if self._store.exists() else me
            if found == 0:
                raise Refused(
                    f"{self._store} would belong to root, and builds would run as root.",
                    "Name the user who is to build: --builder=NAME. One that does nothing else is "
                    "made by: useradd --system --create-home --shell /usr/sbin/nologin envstore",
                )
            builder = _user(found)
        else:
            builder = _user_named(name)
        if me not in (0, builder.pw_uid):
            raise Forbidden(
                f"Only root and {builder.pw_name} can set {self._store} up for {builder.pw_name}.",
                f"Run it as one of them: sudo -u {builder.pw_name} jupyter envstore share",
            )
        return builder

    def _make(self, root: Path, builder: pwd.struct_passwd, *, dry_run: bool) -> Iterator[str]:
        internal = Path(self._paths.internal)
        wanted = (root, internal) if root == self._store else (root,)
        for path in wanted:
            if path.exists():
                continue
            yield f"{path}: made, for {builder.pw_name}"
            if not dry_run:
                make_own(path)
                os.chown(path, builder.pw_uid, builder.pw_gid)

    def _give(
        self,
        root: Path,
        builder: pwd.struct_passwd,
        problems: list[str],
        *,
        with_root: bool,
        dry_run: bool,
    ) -> Iterator[str]:
        database = Path(self._paths.database)
        private = frozenset(
            os.path.relpath(f"{database}{suffix}", root) for suffix in ("", "-wal", "-shm")
        )
        changes = TreeChanges()
        give_tree(root, builder.pw_uid, private, changes, with_root=with_root, dry_run=dry_run)
        for uid, number in sorted(changes.owners.items()):
            yield f"{root}: {_things(number)} of {_name(uid)} given to {builder.pw_name}"
        if changes.closed:
            yield f"{root}: {_things(changes.closed)} closed for writing by others"
        if changes.lists:
            yield f"{root}: access control lists taken from {_things(changes.lists)}"
        if changes.opened:
            yield f"{root}: {_things(changes.opened)} opened for reading"
        problems += [f"{left}." for left in changes.left[:10]]
        if len(changes.left) > 10:
            problems.append(f"{len(changes.left) - 10} more could not be changed.")

    def _disks(self) -> Iterator[str]:
        cache, work = Path(self._paths.package_cache), Path(self._paths.internal)
        if cache.is_dir() and work.is_dir() and not can_hard_link(cache, work):
            yield (
                f"Files of {cache} cannot be linked into {self._store}: every build would copy "
                "them. Put both on one file system that has hard links."
            )
        kind = file_system_type(self._paths.database)
        if is_network(kind):
            yield (
                f"The database {self._paths.database} is on a network file system ({kind}). Set "
                "c.EnvStore.database_path to a disk of the machine that builds."
            )

    def _configuration(self, builder: str, group: str | None) -> Sharing:
        store, cache = self._paths.store, self._paths.package_cache
        own = [f"c.EnvStore.store_directory = {store!r}"]
        if not Path(cache).is_relative_to(store):
            own.append(f"c.EnvStore.package_cache_directory = {cache!r}")
        return Sharing(
            builder=builder,
            readers="everybody" if group is None else f"the group {group}",
            for_builder=tuple(own),
            for_readers=(
                f"c.EnvStore.shared_stores = [{store!r}]",
                f"c.EnvStore.shared_package_caches = [{cache!r}]",
            ),
        )


def _outermost(paths: list[str]) -> list[Path]:
    """Return directories without those that are inside of another one."""
    found = sorted({Path(path) for path in paths})
    return [
        path
        for path in found
        if not any(path != other and path.is_relative_to(other) for other in found)
    ]


def _let_in_only(
    group: grp.struct_group,
    root: Path,
    builder: pwd.struct_passwd,
    problems: list[str],
    *,
    dry_run: bool,
) -> Iterator[str]:
    """Let a group alone through the uppermost directory; what is in it needs no more then.

    With the set-group-id bit, what is made there belongs to the group as well.
    """
    status = root.stat()
    owners, mode = (builder.pw_uid, group.gr_gid), 0o2750
    if (status.st_uid, status.st_gid) == owners and stat.S_IMODE(status.st_mode) == mode:
        return
    yield f"{root}: opened for {builder.pw_name} and the group {group.gr_name}, and nobody else"
    if dry_run:
        return
    try:
        os.chown(root, *owners)
        root.chmod(mode)
    except PermissionError:
        problems.append(
            f"{root} cannot be given to the group {group.gr_name}: {builder.pw_name} is not in it. "
            f"Run this as root, or: usermod -aG {group.gr_name} {builder.pw_name}"
        )


def _ways(root: Path) -> Iterator[str]:
    """Yield what keeps readers from reaching a directory, or lets others exchange it."""
    for path in root.parents:
        if not path.exists():
            continue
        mode = path.stat().st_mode
        if not mode & 0o001:
            yield f"Others cannot pass {path}. To let them: chmod o+x {shlex.quote(str(path))}"
        if mode & 0o022 and not mode & stat.S_ISVTX:
            yield (
                f"Others may rename what is in {path}, also {root}, and put something in its place."
                f" To stop that: chmod go-w {shlex.quote(str(path))}"
            )


def _things(number: int) -> str:
    return "one file or directory" if number == 1 else f"{number:,} files and directories"


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _user(uid: int) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        raise Refused(
            f"The owner of the store, user {uid}, is not known on this machine.",
            "Name the user who is to build: --builder=NAME.",
        ) from None


def _user_named(name: str) -> pwd.struct_passwd:
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        raise Refused(
            f"There is no user {name} on this machine.",
            f"Make one: useradd --system --create-home --shell /usr/sbin/nologin {name}",
        ) from None
    if found.pw_uid == 0:
        raise Refused("Builds are not to run as root.", "Name another user: --builder=NAME.")
    return found


def _group(name: str) -> grp.struct_group:
    try:
        return grp.getgrnam(name)
    except KeyError:
        raise Refused(
            f"There is no group {name} on this machine.", f"Make it: groupadd {name}"
        ) from None
