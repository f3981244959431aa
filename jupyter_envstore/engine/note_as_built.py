"""The last look at a build that is finished: what will be needed to tell whether it has changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from ..domain.build import PackageRow
from ..domain.order import WorkOrder
from ..domain.own_files import AS_BUILT
from .as_built import AsBuilt, digest_of, note_records, pip_records
from .bytecode import ByteCode
from .bytecode_manifest import byte_code_of
from .inspection import inspect_prefix
from .prefix import WINDOWS
from .recorded_files import Packages, distribution_of, files_of_list, packages_of
from .survey import Survey


def note_as_built(
    order: WorkOrder, rows: Iterable[PackageRow], found: Survey, code: ByteCode
) -> None:
    """Keep in the prefix what its records do not tell, and count the file in `code`.

    As a rule that takes milliseconds. Only where link scripts have run, or records lack hashes, is
    every file looked at.
    """
    prefix = Path(order.prefix)
    rows = list(rows)
    packages = packages_of_rows(rows)
    lists = _lists_of(packages.pip, prefix) if packages.pip else []
    without = (
        file
        for path in lists
        for file, known in files_of_list(prefix, path, "")
        if not known.digests
    )
    built = note_records(prefix, found.executables, [*lists, *without, *code.own])
    if order.engine != "rattler" or _scripts_have_run(prefix, order) or _lacks_hashes(prefix):
        _note_every_file(order, packages, _hashes(rows), built)
    built.write(prefix)
    status = (prefix / AS_BUILT).stat()
    code.size += status.st_size
    code.size_own += getattr(status, "st_blocks", 0) * 512


def _lists_of(pip: Collection[str], prefix: Path) -> list[str]:
    """Return where the lists of files of these packages of pip's are."""
    return [path for path in pip_records(prefix) if distribution_of(path) in pip]


def packages_of_rows(rows: Iterable[PackageRow]) -> Packages:
    """Return the packages of a build, whose rows are given."""
    rows = list(rows)
    return packages_of(
        [f"{row.name}-{row.version}-{row.build}.json" for row in rows if row.manager == "conda"],
        [row.name for row in rows if row.manager == "pip"],
    )


def _hashes(rows: Iterable[PackageRow]) -> dict[str, str]:
    return {row.name: row.sha256 for row in rows if row.manager == "conda" and row.sha256}


def _note_every_file(
    order: WorkOrder, packages: Packages, hashes: dict[str, str], built: AsBuilt
) -> None:
    byte_code = byte_code_of(Path(order.bytecode_cache), hashes)
    inspected = inspect_prefix(
        order.prefix, packages, built, byte_code, only_owner_writes=order.shared_permissions
    )
    unknown = [path for path, known in inspected.records.files.items() if not known.digests]
    for path in [*(one.path for one in inspected.deviations), *unknown]:
        if digest := digest_of(f"{order.prefix}/{path}"):
            built.hashes[path] = digest
        else:
            built.absent.add(path)


def _scripts_have_run(prefix: Path, order: WorkOrder) -> bool:
    if not order.run_link_scripts:
        return False
    pattern = "Scripts/.*-post-link.bat" if WINDOWS else "bin/.*-post-link.sh"
    return any(prefix.glob(pattern))


def _lacks_hashes(prefix: Path) -> bool:
    """Tell whether some file of some package has no hash: those of old packages have none."""
    for record in (prefix / "conda-meta").glob("*.json"):
        raw = record.read_bytes()
        # One more is that of the package itself, or of nothing.
        if raw.count(b'"_path"') > raw.count(b'"sha256"') - 1:
            return True
    return False
