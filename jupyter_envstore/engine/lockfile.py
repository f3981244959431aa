"""The lockfile of a build, put where it is kept."""

from __future__ import annotations

from pathlib import Path

from ..domain.conda_lock import conda_lock_text
from ..domain.lock import Lock
from ..domain.order import WorkOrder


def write_lockfile(order: WorkOrder, lock: Lock) -> None:
    """Write the lock to `order.lock_artifact`; readers see all of it or none."""
    path = Path(order.lock_artifact)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{order.attempt}")
    new.write_text(conda_lock_text(lock), encoding="utf-8")
    new.replace(path)
