"""Repair of a finished build: what is not as it was is made anew, and put in place file by file.

The packages are installed once more, beside the build: from the cache, whose entries are validated
and fetched anew where they are damaged. Nothing is written into a file that is there: each is
replaced by a rename, so that neither the cache nor another build is reached through a shared inode.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from rattler import RepoDataRecord

from ..domain.build import PackageRow, Phase
from ..domain.events import Finished
from ..domain.integrity import Deviation, inspection
from ..domain.lock import Lock
from ..domain.order import WorkOrder
from ..domain.own_files import FROZEN, MARKER
from .as_built import AsBuilt, digest_of, own_files, read_as_built
from .background import in_thread
from .build import check_room, pip_of, select
from .bytecode import ByteCodeCache
from .bytecode_manifest import damaged_entries, entries_of, target_of
from .cache_entries import lock_of_byte_code
from .children import Children
from .conda_meta import freeze, seal, write_marker
from .credentials import connect
from .engines import engine_of
from .inspection import Inspected
from .install import PATIENCE, install
from .locked import lock_of_order
from .locks import lock_file, unlock_file
from .ownership import own_directory
from .package_cache import entry_name
from .pip_section import read_pip_section
from .prefix import standard_library
from .protocol import STAGING
from .replacing import Replacing
from .report import Report
from .survey import survey
from .verify import gone, hold_build, inspect, leave_inspection

_ROUNDS = 3
"""First the records, then what they tell of the files; and once more, if another list was lost."""


async def repair(order: WorkOrder, lock: int, report: Report) -> Finished:
    """Mend what is not as the build left it, leave an `Inspection` of the rest, return the verdict.

    `lock` is as for `build`. Raises `BuildRefused` if packages cannot be had, or while somebody
    else looks after the build.
    """
    report.enter(Phase.VERIFYING)
    hold_build(order, alone=True)
    found = await in_thread(lambda: inspect(order, report))
    mended: dict[str, Deviation] = {}
    if _to_mend(found, order):
        check_room(order)
        mending = _Mending(order, Children(lock, Path(order.directory)), report)
        await mending.install()
        for _ in range(_ROUNDS):
            wanted = _to_mend(found, order)
            if not found.records.complete:
                # Sources that somebody has added would be compiled, too.
                wanted = [one for one in wanted if not _is_byte_code(one)]
            await in_thread(lambda: mending.mend(wanted))  # noqa: B023  # It is awaited.
            report.enter(Phase.VERIFYING)
            found = await in_thread(lambda: inspect(order, report))
            left = {one.path for one in found.deviations}
            mended |= {one.path: one for one in wanted if one.path not in left}
            if left.issuperset(one.path for one in wanted):
                break
    notes = [*found.notes, *map(_cannot, _to_mend(found, order))]
    told = inspection(
        found.deviations, files=found.files, size=found.size, notes=notes, mended=mended.values()
    )
    for one in mended.values():
        report.log(f"Mended: {one.path}, which {_what(one)}")
    return leave_inspection(order, told, report)


class _Mending:
    """The build's packages, installed once more, and what is taken of them."""

    def __init__(self, order: WorkOrder, children: Children, report: Report) -> None:
        self._order = order
        self._children = children
        self._report = report
        self._prefix = Path(order.prefix)
        self._staging = Path(order.directory) / STAGING
        self._replacing = Replacing(
            self._prefix,
            Path(order.directory) / "aside",
            only_owner_writes=order.shared_permissions,
        )
        self._built = read_as_built(self._prefix)
        self._records: list[RepoDataRecord] = []
        self._rows: list[PackageRow] = []
        self._lock: Lock | None = None
        self._pip: Path | None = None

    async def install(self) -> None:
        """Link conda's packages into the staging directory, as if it were the prefix."""
        order, report = self._order, self._report
        self._lock = lock_of_order(order)
        if self._lock is None:
            raise gone(order)
        connections = connect(order, report.warn)
        client = connections.client()
        engine = engine_of(order, self._children, connections, client, report)
        selection = select(order, self._lock)
        self._records, self._rows = await install(order, selection, engine, client, report)

    def mend(self, deviations: Iterable[Deviation]) -> None:
        """Put right what can be. Raises `BuildRefused`, OSError."""
        built = self._built or AsBuilt()
        wanted = list(deviations)
        code = [one for one in wanted if _is_byte_code(one) and not self._has(one)]
        rest = [one for one in wanted if one not in code and not self._mend_own(one, built)]
        for one in rest:
            if self._has(one):
                self._take(self._staging, one, built)
        if of_pip := [one for one in rest if not self._has(one)]:
            self._mend_pip(of_pip, built)
        if code:
            self._mend_byte_code(code, built)
        self._freeze(built)
        if self._built is not None:
            built.write(self._prefix)

    def _mend_own(self, one: Deviation, built: AsBuilt) -> bool:
        """Put right what needs no package; return whether that was it."""
        if one.kind == "added":
            self._replacing.remove(one.path)
        elif one.path in built.texts:
            self._replacing.write(one.path, built.texts[one.path])
        elif one.path == MARKER:
            self._mark()
        elif one.detail == "mode":
            self._replacing.correct_mode(one.path, runs=one.path in built.executables)
        else:
            return False
        return True

    # -- conda's and pip's files ----------------------------------------------------------------

    def _has(self, one: Deviation) -> bool:
        return os.path.lexists(self._staging / one.path)

    def _take(self, source: Path, one: Deviation, built: AsBuilt) -> None:
        """Move a file of a fresh installation into the prefix, and remember what it is."""
        fresh = source / one.path
        digest = digest_of(str(fresh)) or ""
        is_list = one.path.startswith("conda-meta/") or one.path.endswith(".dist-info/RECORD")
        if not is_list and built.hashes.get(one.path, digest) != digest:
            return  # A link script made it what it was.
        if is_list and not fresh.is_symlink():
            fresh.chmod(0o644)  # rattler writes them for the owner alone.
        self._replacing.put(fresh, one.path)
        runs = bool((self._prefix / one.path).lstat().st_mode & stat.S_IXUSR)
        known = self._built is not None
        self._replacing.correct_mode(
            one.path, runs=one.path in built.executables if known else runs
        )
        if is_list:
            built.hashes[one.path] = digest

    def _mend_pip(self, wanted: list[Deviation], built: AsBuilt) -> None:
        packages = pip_of(self._lock, self._order) if self._lock else []
        if not packages:
            return
        if self._pip is None:
            from .pypi import PipInstaller  # Only some builds need it.
            from .uv import Uv

            order = self._order
            self._report.enter(Phase.PYPI)
            cache = own_directory(Path(order.package_cache).parent / "uv")
            uv = Uv(cache, self._children, self._report, order.stall_timeout / PATIENCE)
            installer = PipInstaller(self._prefix, order.subdir, uv, self._report)
            section = read_pip_section(order.pip)
            beside = Path(order.directory) / "pip"
            self._pip = installer.install_beside(packages, section, beside, built.hashes)
        for one in wanted:
            if os.path.lexists(self._pip / one.path):
                self._take(self._pip, one, built)

    # -- the rest -------------------------------------------------------------------------------

    def _freeze(self, built: AsBuilt) -> None:
        """Freeze the prefix, if nothing is there that does, not even from `built`."""
        if not (self._prefix / FROZEN).is_file():
            freeze(self._prefix, standard_library(self._prefix), self._order)
            for path in own_files(self._prefix):
                built.texts[path] = (self._prefix / path).read_text(encoding="utf-8")

    def _mark(self) -> None:
        size = survey(str(self._prefix), only_owner_writes=self._order.shared_permissions)
        write_marker(self._prefix / "conda-meta", self._order)
        seal(self._prefix, self._order, size.size, size.size_own)

    def _mend_byte_code(self, wanted: list[Deviation], built: AsBuilt) -> None:
        """Take away what is wrong, from the cache, too, and have it made as in a build."""
        self._report.enter(Phase.COMPILING)
        cache = Path(self._order.bytecode_cache)
        for one in wanted:
            self._replacing.remove(one.path)
        self._discard_damaged(cache)
        found = survey(str(self._prefix), only_owner_writes=self._order.shared_permissions)
        filling = ByteCodeCache(cache, self._prefix, self._children, self._report, found)
        code = filling.fill(self._records)
        for path in (one.path for one in wanted):
            built.hashes.pop(path, None)
        for path in code.own:
            if digest := digest_of(f"{self._prefix}/{path}"):
                built.hashes[path] = digest

    def _discard_damaged(self, cache: Path) -> None:
        """Remove entries that are not what their manifests say, and what this build has of them."""
        names = {r.sha256.hex(): r for r in self._records if r.sha256}
        python = next((h for h, r in names.items() if r.name.normalized == "python"), "")
        known = entries_of(cache, python)
        if known is None:
            return
        lock = lock_file(lock_of_byte_code(cache), exclusive=True, wait=True)
        try:
            for entry in damaged_entries(known[1] / sha256 for sha256 in names):
                name = names[entry.name].file_name
                self._report.warn(f"The cached byte code of {name} was damaged; it is made anew.")
                for target in self._byte_code_of(names[entry.name], known[0]):
                    self._replacing.remove(target)
                entry.rename(Path(self._order.directory) / f"damaged-{entry.name}")
        finally:
            unlock_file(lock)

    def _byte_code_of(self, record: RepoDataRecord, tag: str) -> list[str]:
        """Return where the byte code of a package's sources is, beside what it brings itself."""
        path = self._prefix / "conda-meta" / f"{entry_name(record)}.json"
        files = set(json.loads(path.read_bytes()).get("files", ()))
        targets = (target_of(path, tag) for path in files if path.endswith(".py"))
        return [target for target in targets if target not in files]


def _is_byte_code(one: Deviation) -> bool:
    return one.path.endswith(".pyc") and "/__pycache__/" in one.path


def _to_mend(found: Inspected, order: WorkOrder) -> list[Deviation]:
    return [one for one in found.deviations if one.kind != "added" or not order.keep_added]


def _cannot(one: Deviation) -> str:
    return (
        f"{one.path} {_what(one)}, and no package has it as it was: a link script or a program "
        "made it. Build the environment again."
    )


def _what(one: Deviation) -> str:
    return {"changed": "was changed", "missing": "is missing", "added": "was added"}[one.kind]
