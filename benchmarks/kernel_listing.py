"""Fifty kernels of the store listed, against the same fifty in a directory of the user's.

Both are listed by jupyter_client's own `KernelSpecManager`: what is compared is the store's way
of keeping them against directories that were copied. In each pair the other one is the first,
and processor time is taken, which other programs disturb least. A second copy against the first
shows how far two of the same are apart.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager

from jupyter_envstore.domain.build import Build, BuildStatus
from jupyter_envstore.integration.kernelspecs import list_kernels, write_kernels

from .figures import Measurement, median
from .workplace import Workplace, workplace

KERNELS = 50
TURNS = 100
LIMIT = 1.0
"""No slower: what two measurements of the same differ by is not taken off."""

_KERNEL = """{
 "argv": ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
 "display_name": "Python 3 (ipykernel)",
 "language": "python",
 "metadata": {"debugger": true}
}
"""


def measure() -> Measurement:
    """List both directories in turns."""
    with workplace() as place:
        ours, plain = _publish(place), place.root / "plain"
        _copy(ours, plain)
        store = _manager(ours)
        user = _manager(plain)
        _copy(ours, place.root / "again")
        again = _manager(place.root / "again")
        pairs = [_pair(store, user, turn) for turn in range(TURNS + 2)][2:]
        alike = [_pair(again, user, turn) for turn in range(TURNS)]
        cards = [_seconds(lambda: list_kernels(ours)) for _ in range(TURNS)]
    return Measurement(
        (
            median("ratio", "", [a / b for a, b in pairs], limit=LIMIT),
            median("ratio of two copies", "", [a / b for a, b in alike]),
            median("the store's 50 kernels", "ms", [a * 1000 for a, _ in pairs]),
            median("the same in plain directories", "ms", [b * 1000 for _, b in pairs]),
            median("the store's own list of them", "ms", [s * 1000 for s in cards]),
        )
    )


def _publish(place: Workplace) -> Path:
    """Publish the kernels of fifty builds, and return where they are."""
    directory = place.root / "kernels"
    now = datetime.now(timezone.utc)
    for number in range(1, KERNELS + 1):
        prefix = place.root / "builds" / str(number)
        kernel = prefix / "share" / "jupyter" / "kernels" / "python3" / "kernel.json"
        kernel.parent.mkdir(parents=True)
        kernel.write_text(_KERNEL, encoding="utf-8")
        build = Build(
            id=number,
            environment_id=number,
            namespace="default",
            name=f"environment-{number}",
            specification_id=number,
            sha256="0" * 64,
            status=BuildStatus.COMPLETED,
            key_version=2,
            asked_on=now,
            scheduled_on=now,
            prefix=str(prefix),
        )
        write_kernels(directory, build)
    return directory


def _copy(ours: Path, plain: Path) -> None:
    """Copy each kernel, links followed, as `jupyter kernelspec install` would put it there."""
    for card in list_kernels(ours):
        shutil.copytree(card.directory, plain / card.name)


def _manager(directory: Path) -> KernelSpecManager:
    return KernelSpecManager(kernel_dirs=[str(directory)], ensure_native_kernel=False)


def _pair(store: KernelSpecManager, user: KernelSpecManager, turn: int) -> tuple[float, float]:
    """Return the seconds of both, measured in an order that changes from turn to turn."""
    if turn % 2:
        seconds = _listing(store)
        return seconds, _listing(user)
    seconds = _listing(user)
    return _listing(store), seconds


def _listing(manager: KernelSpecManager) -> float:
    """Return the seconds of what a server does for each ``GET /api/kernelspecs``."""
    found: dict[str, object] = {}
    seconds = _seconds(lambda: found.update(manager.get_all_specs()))
    if len(found) != KERNELS:
        raise RuntimeError(f"{len(found)} kernels were listed instead of {KERNELS}.")
    return seconds


def _seconds(step: Callable[[], object]) -> float:
    began = time.process_time()
    step()
    return time.process_time() - began
