"""On what the figures were taken: without it they mean nothing."""

from __future__ import annotations

import os
import platform
import sqlite3
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

_PACKAGES = (
    "jupyter-envstore",
    "jupyter_server",
    "jupyterlab",
    "jupyter_client",
    "tornado",
    "py-rattler",
    "pydantic",
    "sqlite-utils",
)


def facts(directory: Path) -> dict[str, Any]:
    """Describe the machine, its load, and the versions; `directory` is where builds are made."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "load": [round(load, 2) for load in os.getloadavg()],
        "system": f"{platform.system()} {platform.release()}",
        "file_system": _file_system(directory),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def describe(found: dict[str, Any]) -> str:
    """Say the most important of it in one line."""
    return (
        f"{found['processor']}, {found['cores']} cores, {found['memory_bytes'] / 1e9:.0f} GB, "
        f"{found['file_system']}, {found['system']}, Python {found['python']}, "
        f"load {found['load'][0]}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _file_system(directory: Path) -> str:
    mounts = [
        mount
        for mount in psutil.disk_partitions(all=True)
        if directory.resolve().is_relative_to(mount.mountpoint)
    ]
    return max(mounts, key=lambda mount: len(mount.mountpoint)).fstype if mounts else "unknown"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
