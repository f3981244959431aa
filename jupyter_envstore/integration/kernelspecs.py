"""The kernelspecs of the store: one for each kernel of each current build, listed by the server.

A build may also have its kernels for itself, beside those of the current build: a notebook that
uses them stays with that build whatever becomes current.

The directory holds a directory for each kernel, and nothing else that Jupyter would have to look
at. Beside it are the revisions that these were made from::

    <directory>/<name>/                      kernel.json, logos
    <directory>-revisions/<name>.<digest>/   the same, and activate.sh, which kernel.json starts

A revision is made elsewhere, renamed into place when it is whole, and never changed again.
Replacing ``kernel.json`` publishes it, so that a reader sees the old kernel or the new one, at
any moment and after any crash. A revision stays for as long as its build does: a running kernel
that is restarted starts the build that it had.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import shutil
import sys
import time
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..domain.build import Build
from ..domain.errors import Conflict
from .activation import bash_script, batch_script
from .kernel_directories import CONTENT, TEMPORARY, fill, take_away
from .kernel_names import KernelNaming, kernel_name, kernel_name_stems
from .lock import exclusive
from .raw_kernels import RawKernel, find_kernels, published_content

_log = logging.getLogger(__name__)

_LOCK = ".lock"
_WINDOWS = sys.platform == "win32"
_SETTLED = 1_000_000_000
"""Nanoseconds after which a directory that changes again has another time."""
_known_names: dict[str, tuple[int, Sequence[str]]] = {}
"""Of each directory of kernels: its time, and the names in it."""


@dataclass(frozen=True)
class KernelCard:
    """One published kernel: what the server lists under `name`."""

    name: str
    display_name: str
    language: str
    raw_name: str
    """Its name within the build."""
    namespace: str
    environment: str
    build_id: int
    prefix: str
    directory: Path
    """The kernelspec: the current build's, unless it is pinned."""
    pinned: bool = False
    """Whether it stays with this build when another one becomes current."""

    @property
    def owner(self) -> tuple[str, str]:
        return self.namespace, self.environment


def list_kernels(directory: str | Path) -> list[KernelCard]:
    """Return the published kernels, by name."""
    root = Path(directory).absolute()
    if not root.is_dir():
        return []
    cards = (_read_card(entry) for entry in root.iterdir() if not entry.name.startswith("."))
    return sorted((card for card in cards if card is not None), key=lambda card: card.name)


def kernels_of(
    directory: str | Path, owners: Collection[tuple[str, str]]
) -> dict[tuple[str, str], list[KernelCard]]:
    """Return the published kernels of some environments, (namespace, name), by environment.

    Only theirs are read, however many there are.
    """
    root = Path(directory).absolute()
    names = _names_in(str(root))
    found: dict[tuple[str, str], list[KernelCard]] = {}
    for owner in owners:
        stems = kernel_name_stems(*owner)
        candidates = {name for stem in set(stems) for name in _beginning_with(stem, names)}
        cards = (_read_card(f"{root}{os.sep}{name}") for name in sorted(candidates))
        found[owner] = [card for card in cards if card is not None and card.owner == owner]
    return found


def _names_in(root: str) -> Sequence[str]:
    """Return the sorted names in a directory, without reading it again while it stays the same.

    Names that come and go change its time. One that is less than a second old is not relied on:
    another change may get the same.
    """
    try:
        changed = os.stat(root).st_mtime_ns  # noqa: PTH116
    except FileNotFoundError:
        return []
    known = _known_names.get(root)
    if known is not None and known[0] == changed:
        return known[1]
    names = sorted(entry.name for entry in os.scandir(root))
    if time.time_ns() - changed > _SETTLED:
        _known_names[root] = (changed, names)
    return names


def _beginning_with(stem: str, names: Sequence[str]) -> Sequence[str]:
    """Return those of the sorted names that begin with `stem`."""
    first = bisect_left(names, stem)
    return names[first : bisect_left(names, f"{stem}\U0010ffff", lo=first)]


def starts_kernel_of(directory: str | Path, argv: Sequence[str]) -> bool:
    """Return whether `argv` is the command of a kernel that was published in `directory`.

    Also one of a kernel that is not published any more, or that was found by a link to it.
    """
    revisions = _revisions(Path(directory).absolute())
    script = _script_path(Path()).name
    return any(
        path.name == script
        # Nothing else is followed to where it leads: it may be on a disk that does not answer.
        and path.parent.parent.name == revisions.name
        and os.path.realpath(path.parent.parent) == os.path.realpath(revisions)
        for path in map(Path, argv)
    )


def write_kernels(
    directory: str | Path,
    build: Build | None,
    naming: KernelNaming | None = None,
    *,
    pinned: Sequence[Build] = (),
    confined: bool = False,
) -> list[KernelCard]:
    """Publish the kernels of an environment's current build, and only those; return them.

    Those of the `pinned` builds of the same environment are published too, each under the name of
    its build. The list is empty if no package of the builds is a kernel. Writing the same again
    changes nothing. `build.prefix` is the real prefix, not the environment's link, so that a
    kernel that runs keeps its build when another one becomes current. `confined` leaves out
    kernels whose program is not in the build. Raises `Conflict` if something foreign has a
    kernel's name, OSError if the directory cannot be written.
    """
    wanted = _wanted([build] if build else [], pinned)
    with _writing(Path(directory)) as root:
        return [
            card
            for owner, kernels in wanted.items()
            for card in _write(
                root, owner, kernels, naming or KernelNaming(), list_kernels(root), confined
            )
        ]


def remove_kernels(directory: str | Path, namespace: str, environment: str) -> list[str]:
    """Take an environment's kernels away; return their names. Running ones are not stopped."""
    with _writing(Path(directory)) as root:
        cards = [card for card in list_kernels(root) if card.owner == (namespace, environment)]
        _remove(root, cards)
        return [card.name for card in cards]


def reconcile_kernels(
    directory: str | Path,
    builds: Iterable[Build],
    naming: KernelNaming | None = None,
    *,
    pinned: Iterable[Build] = (),
    confined: bool = False,
) -> list[KernelCard]:
    """Make the published kernels those of `builds`, the current builds of all environments.

    And of the `pinned` ones, which have kernels for themselves. Return what is published now.
    Left-overs of writers that were killed go, and so do the revisions of builds that are gone. A
    build whose kernels cannot be written is logged, and does not keep the others back. `confined`
    is as in `write_kernels`.
    """
    naming = naming or KernelNaming()
    with _writing(Path(directory)) as root:
        wanted = _wanted(builds, pinned)
        cards = list_kernels(root)
        _remove(root, [card for card in cards if card.owner not in wanted])
        cards = [card for card in cards if card.owner in wanted]
        for owner, kernels in wanted.items():
            try:
                written = _write(root, owner, kernels, naming, cards, confined)
            except (OSError, Conflict) as error:
                _log.warning("The kernels of %s/%s are not published: %s", *owner, error)
                continue
            cards = [card for card in cards if card.owner != owner] + written
        _sweep_revisions(root)
        return list_kernels(root)


@dataclass(frozen=True)
class _Revision:
    """What one revision of a kernel consists of, before it is on disk."""

    raw: RawKernel
    build: Build
    pinned: bool
    name: str
    display_name: str

    def path(self, root: Path) -> Path:
        # A build's files never change, so that what is made of them here identifies the rest.
        made = json.dumps([self._content(Path()), self._script()], sort_keys=True)
        return _revisions(root) / f"{self.name}.{hashlib.sha256(made.encode()).hexdigest()[:16]}"

    def write(self, path: Path) -> None:
        temporary = path.with_name(f"{TEMPORARY}{secrets.token_hex(8)}")
        temporary.mkdir(parents=True)
        for resource in self.raw.resources:
            # Not copystat: a package's read-only file would be hard to replace on Windows.
            shutil.copyfile(resource, temporary / resource.name)
        _script_path(temporary).write_text(self._script(), encoding="utf-8", newline="")
        content = json.dumps(self._content(path), indent=1, ensure_ascii=False)
        (temporary / CONTENT).write_text(content, encoding="utf-8")
        temporary.rename(path)

    def card(self, root: Path) -> KernelCard:
        return KernelCard(
            name=self.name,
            display_name=self.display_name,
            language=self.raw.language,
            raw_name=self.raw.name,
            namespace=self.build.namespace,
            environment=self.build.name,
            build_id=self.build.id,
            prefix=self.build.prefix,
            directory=root / self.name,
            pinned=self.pinned,
        )

    def _content(self, directory: Path) -> dict[str, Any]:
        script = _script_path(directory)
        return published_content(
            self.raw, self.build, self.display_name, script, pinned=self.pinned
        )

    def _script(self) -> str:
        render = batch_script if _WINDOWS else bash_script
        return render(self.build.prefix, self.build.name, keep=self.raw.env.keys())


@dataclass(frozen=True)
class _Wanted:
    """A build whose kernels are to be published; a pinned one has them for itself."""

    build: Build
    pinned: bool


def _wanted(
    current: Iterable[Build], pinned: Iterable[Build]
) -> dict[tuple[str, str], list[_Wanted]]:
    """Return what each environment is to have, its current build first."""
    wanted: dict[tuple[str, str], list[_Wanted]] = {}
    for is_pinned, builds in ((False, current), (True, pinned)):
        for build in builds:
            owner = build.namespace, build.name
            wanted.setdefault(owner, []).append(_Wanted(build, is_pinned))
    return wanted


def _write(
    root: Path,
    owner: tuple[str, str],
    wanted: list[_Wanted],
    naming: KernelNaming,
    present: list[KernelCard],
    confined: bool,
) -> list[KernelCard]:
    taken = {card.display_name for card in present if card.owner != owner}
    written = []
    for build, pinned in ((one.build, one.pinned) for one in wanted):
        build_id = build.id if pinned else None
        for raw in find_kernels(build.prefix, confined=confined):
            display_name = naming.display_name(
                *owner, raw.name, raw.language, raw.display_name, taken, build_id
            )
            taken.add(display_name)
            name = kernel_name(*owner, raw.name, build_id)
            revision = _Revision(raw, build, pinned, name, display_name)
            path = revision.path(root)
            if not path.exists():
                revision.write(path)
            fill(root / name, path, but=_script_path(path).name)
            written.append(revision.card(root))
    names = {card.name for card in written}
    _remove(root, [card for card in present if card.owner == owner and card.name not in names])
    return written


def _remove(root: Path, cards: Iterable[KernelCard]) -> None:
    for card in cards:
        take_away(root / card.name, _revisions(root))


def _read_card(directory: Path | str) -> KernelCard | None:
    """Return the card of a kernelspec; None if it is gone meanwhile, or is none of ours."""
    path = f"{directory}{os.sep}{CONTENT}"
    try:
        found = os.stat(path)  # noqa: PTH116 -- paths are the larger part of long lists
    except OSError:
        return None
    return _card_of_version(path, (found.st_ino, found.st_mtime_ns, found.st_size))


@lru_cache(maxsize=8192)
def _card_of_version(
    path: str,
    version: tuple[int, ...],  # noqa: ARG001 -- tells one version of the file from another
) -> KernelCard | None:
    """Return the card of a file, which is replaced when the kernel changes and not written to."""
    directory = Path(path).parent
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        metadata = content["metadata"]
        ours = metadata["envstore"]
        return KernelCard(
            name=directory.name,
            display_name=content["display_name"],
            language=content.get("language", ""),
            raw_name=metadata["conda_raw_kernel_name"],
            namespace=ours["namespace"],
            environment=ours["environment"],
            build_id=ours["build_id"],
            prefix=ours["prefix"],
            directory=directory,
            # Kernelspecs of older versions do not say.
            pinned=ours.get("pinned", False),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _sweep_revisions(root: Path) -> None:
    used = {(card.name, card.build_id) for card in list_kernels(root)}
    for entry in _revisions(root).iterdir():
        if entry.name == _LOCK:
            continue
        # The lock is held, so that whoever began a temporary directory is dead.
        card = None if entry.name.startswith(TEMPORARY) else _read_card(entry)
        if card is not None and (entry.name.rpartition(".")[0], card.build_id) in used:
            continue
        if card is None or not Path(card.prefix).is_dir():
            shutil.rmtree(entry, ignore_errors=True)


def _revisions(root: Path) -> Path:
    return root.with_name(f"{root.name}-revisions")


def _script_path(directory: Path) -> Path:
    return directory / ("activate.bat" if _WINDOWS else "activate.sh")


@contextmanager
def _writing(directory: Path) -> Iterator[Path]:
    """Be the only writer of the directory; yields its absolute path."""
    root = Path(directory).absolute()
    root.mkdir(parents=True, exist_ok=True)
    with exclusive(_revisions(root) / _LOCK):
        yield root
