"""Whether somebody else can change builds: modes, owners and access control lists."""

from __future__ import annotations

import contextlib
import os
import pwd
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from ...domain.diagnosis import Finding, Severity
from ...integration.file_access import FileAccess, drop_lists, look_at, survey, take_from_others
from .checkup import Found, counted, quoted, shown

_MOST = 300_000
"""Entries that one examination looks at: a few seconds on a local disk."""


class AccessCheckup:
    """Looks at the files of builds and of the caches that builds are linked from."""

    def __init__(
        self,
        prefixes: Callable[[], Sequence[str]],
        caches: Sequence[str],
        internal: str,
        most: int = _MOST,
        ways: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        """`prefixes` are those of finished builds; `caches` are what builds are linked from.

        `ways` are the files and directories by which builds and kernels are found.
        """
        self._ways = ways
        self._prefixes = prefixes
        self._caches = tuple(caches)
        self._internal = internal
        self._most = most
        self._is_whole = True

    def examine(self) -> Iterator[Found]:
        owner = os.stat(self._internal).st_uid  # noqa: PTH116
        seen = FileAccess()
        for root in self._roots():
            survey(root, owner, self._most, seen)
        for way in self._ways():
            look_at(way, owner, seen)
        self._is_whole = seen.is_whole
        yield from _writable(seen.writable, owner)
        yield from _listed(seen.listed, owner)
        for uid, paths in sorted(seen.foreign.items()):
            yield _foreign(uid, paths, owner)
        yield from self._unreadable()

    def unexamined(self) -> Iterator[str]:
        if not self._is_whole:
            yield (
                f"The store has more than {self._most:,} files; the modes and owners of the rest "
                "were not looked at."
            )

    def _roots(self) -> Iterator[str]:
        yield from self._prefixes()
        for directory in self._caches:
            # Of a cache, what is in it: who may add to it is for whoever shares it to decide.
            yield from _inside(directory)

    def _unreadable(self) -> Iterator[Found]:
        hidden = []
        for prefix in self._prefixes():
            if not _lets_everybody_in(prefix):
                continue
            for record in sorted(Path(prefix, "conda-meta").glob("*.json")):
                if not record.lstat().st_mode & 0o004:
                    hidden.append(str(record))
                    break
        if hidden:
            prefixes = [str(Path(path).parent.parent) for path in hidden]
            yield Found(
                Finding(
                    "unreadable-records",
                    Severity.WARNING,
                    f"{len(hidden)} builds have records of packages that only their owner can "
                    "read.",
                    "conda list, conda env list and archives end with an error there.",
                    "Everybody who uses the builds and does not own them.",
                    f"chmod -R a+rX {quoted(*(f'{prefix}/conda-meta' for prefix in prefixes))}",
                    shown(hidden),
                    mendable=_may_mend(hidden),
                ),
                (lambda: _open_records(prefixes)) if _may_mend(hidden) else None,
            )


def _writable(paths: list[str], owner: int) -> Iterator[Found]:
    if not paths:
        return
    may = _may_mend(paths)
    yield Found(
        Finding(
            "writable-files",
            Severity.ERROR,
            f"{counted(paths)} of builds, caches or the store can be changed by others than their "
            "owner.",
            "Builds share files with the cache and with each other: whoever changes one changes "
            "what runs in every build that has it. Whoever can write to a directory that leads to "
            "builds and kernels puts others in their place. Nothing notices it.",
            "Everybody who runs a kernel from these builds.",
            _sudo(owner, f"chmod -R go-w {quoted(*_tops(paths))}"),
            shown(paths),
            mendable=may,
        ),
        (lambda: _each(take_from_others, paths)) if may else None,
    )


def _listed(paths: list[str], owner: int) -> Iterator[Found]:
    if not paths:
        return
    may = _may_mend(paths)
    yield Found(
        Finding(
            "access-lists",
            Severity.ERROR,
            f"{counted(paths)} of builds, caches or the store have an access control list that "
            "lets others change them.",
            "Their modes do not show it: a default list of the directory above gave it to them, "
            "and gives it to all that is made there.",
            "Everybody who runs a kernel from these builds.",
            _sudo(owner, f"setfacl -R -b -k {quoted(*_tops(paths))}"),
            shown(paths),
            mendable=may,
        ),
        (lambda: _each(drop_lists, paths)) if may else None,
    )


def _foreign(uid: int, paths: list[str], owner: int) -> Found:
    name, ours = _name(uid), _name(owner)
    may = os.geteuid() == 0
    return Found(
        Finding(
            "foreign-files",
            Severity.WARNING if uid == 0 else Severity.ERROR,
            f"{counted(paths)} of builds, caches or the store belong to {name}, not to {ours}.",
            f"{name} can change them whatever their modes say; {ours} can neither repair nor "
            "remove some of them.",
            f"Clean-ups, repairs and rebuilds of {ours}; everybody who runs these builds.",
            f"sudo chown -hR {ours}: {quoted(*_tops(paths))}",
            shown(paths),
            mendable=may,
        ),
        (lambda: _each(lambda path: os.chown(path, owner, -1, follow_symlinks=False), paths))
        if may
        else None,
    )


def _inside(directory: str) -> list[str]:
    try:
        return [str(path) for path in sorted(Path(directory).iterdir())]
    except OSError:
        return []


def _lets_everybody_in(prefix: str) -> bool:
    try:
        return all(path.stat().st_mode & 0o001 for path in (Path(prefix), *Path(prefix).parents))
    except OSError:
        return False


def _open_records(prefixes: Sequence[str]) -> None:
    for prefix in prefixes:
        for record in Path(prefix, "conda-meta").glob("*.json"):
            record.chmod(record.stat().st_mode | 0o044)


def _each(mend: Callable[[str], None], paths: Sequence[str]) -> None:
    for path in paths:
        # What a clean-up has removed meanwhile needs no mending.
        with contextlib.suppress(FileNotFoundError):
            mend(path)


def _may_mend(paths: Sequence[str]) -> bool:
    me = os.geteuid()
    return me == 0 or all(os.lstat(path).st_uid == me for path in paths if os.path.lexists(path))


def _tops(paths: Sequence[str]) -> list[str]:
    """Return the uppermost of the paths, so that one command names few of them."""
    tops: list[str] = []
    for path in sorted(paths):
        if not tops or not path.startswith(tops[-1].rstrip("/") + "/"):
            tops.append(path)
    if len(tops) <= 20:
        return tops
    return sorted({str(Path(path).parent) for path in tops})[:20]


def _sudo(owner: int, command: str) -> str:
    if os.geteuid() in (0, owner):
        return command
    return f"sudo -u {_name(owner)} {command}"


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
