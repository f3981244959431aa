"""What conda and we write below ``conda-meta`` besides the packages' own records."""

from __future__ import annotations

import json
import time
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from ..domain.moments import utc_now
from ..domain.order import WorkOrder
from ..domain.origin import ending_of
from ..domain.own_files import EXTERNALLY_MANAGED, FROZEN, HISTORY, MARKER, STATE

if TYPE_CHECKING:
    from rattler import RepoDataRecord

_MARKER_NAME = PurePosixPath(MARKER).name
_ROOM_FOR_ENDING = 160
"""Characters of white space behind the marker, until what is said of its ending takes them."""
_CONDA_VERSION = "26.1.0"
"""conda's parser of histories wants a version of conda; this is the one whose format it is."""


def finish_staging(staging: Path, order: WorkOrder, records: list[RepoDataRecord]) -> None:
    """Write the marker, the history and the variables, and make the records readable.

    All of it is done before the prefix gets its final name: whatever has that name is whole in
    this respect, and carries our marker.
    """
    meta = staging / "conda-meta"
    write_marker(meta, order)
    (staging / HISTORY).write_text(history(order, records), encoding="utf-8")
    if order.variables:
        state = {"version": 1, "env_vars": dict(order.variables)}
        (staging / STATE).write_text(json.dumps(state, indent=2), encoding="utf-8")
    for file in meta.glob("*.json"):
        file.chmod(0o644)  # rattler writes them for the owner alone.
    # Backup tools leave out what carries this tag; a build is not a cache.
    (staging / "CACHEDIR.TAG").unlink(missing_ok=True)


def write_marker(meta: Path, order: WorkOrder) -> None:
    """Say in ``conda-meta`` whose build the prefix is; the format is that of `domain.origin`."""
    _write_marker(meta, _marker(order, None) + " " * _ROOM_FOR_ENDING)


def seal(prefix: Path, order: WorkOrder, size: int, size_own: int) -> None:
    """Say that the prefix is whole: the last thing that is done to it. Sizes are bytes.

    The marker keeps its length: the sizes have been counted with it.
    """
    meta = prefix / "conda-meta"
    text = _marker(order, ending_of(utc_now(), size, size_own))
    _write_marker(meta, text.ljust((meta / _MARKER_NAME).stat().st_size))


def _marker(order: WorkOrder, ending: dict[str, Any] | None) -> str:
    marker = {
        "store_id": order.store_id,
        "build_id": order.build_id,
        "attempt": order.attempt,
        "namespace": order.namespace,
        "name": order.name,
        "record": order.record or None,
        "finished": ending,
    }
    return json.dumps(marker, indent=2)


def _write_marker(meta: Path, text: str) -> None:
    # Readers see the old or the new text.
    new = meta / f".{_MARKER_NAME}.new"
    new.write_text(text, encoding="utf-8")
    new.chmod(0o644)
    new.replace(meta / _MARKER_NAME)


def history(order: WorkOrder, records: list[RepoDataRecord]) -> str:
    """Return ``conda-meta/history`` as `conda list --revisions` and `--from-history` read it.

    The format is that of conda's ``conda/history.py``; times are local, as conda writes them.
    """
    packages = sorted(
        f"+{record.channel.rstrip('/')}/{record.subdir}::"
        f"{record.name.normalized}-{record.version}-{record.build}"
        for record in records
    )
    lines = [
        f"==> {time.strftime('%Y-%m-%d %H:%M:%S')} <==",
        f"# cmd: jupyter-envstore build {order.namespace}/{order.name}",
        f"# conda version: {_CONDA_VERSION}",
        *packages,
        f"# update specs: {_asked(order, records)!r}",
    ]
    return "\n".join(lines) + "\n"


def _asked(order: WorkOrder, records: list[RepoDataRecord]) -> list[str]:
    if order.match_specs or not order.lock:
        return list(order.match_specs)
    return [f"{record.name.normalized}=={record.version}={record.build}" for record in records]


def freeze(prefix: Path, library: Path | None, order: WorkOrder) -> None:
    """Tell conda (CEP 22), pip and uv (PEP 668) that this prefix does not change.

    `library` is the directory of Python's standard library, None where there is no Python.
    """
    where = f"{order.namespace}/{order.name}"
    message = (
        f"This is build {order.build_id} of the environment {where}, and builds do not change. "
        f"To have another package, add it to the specification of {where} in JupyterLab: "
        "a new build is made, and this one stays."
    )
    (prefix / FROZEN).write_text(json.dumps({"message": message}, indent=2), encoding="utf-8")
    if library is not None:
        text = f"[externally-managed]\nError={message.replace('%', '%%')}\n"
        (library / EXTERNALLY_MANAGED).write_text(text, encoding="utf-8")
