"""The lockfile of a build: conda-lock's format, version 1, as JSON (which is YAML too)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..domain.build import PackageRow
from ..domain.order import WorkOrder


def lock_document(order: WorkOrder, rows: Iterable[PackageRow]) -> dict[str, Any]:
    """Return the document of conda-lock's ``lockfile/v1/models.py``, as conda-store serves it."""
    question = {
        "channels": list(order.channels),
        "platform": order.subdir,
        "specs": [*order.match_specs, *order.pip],
        "variables": order.variables,
    }
    digest = hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()
    return {
        "version": 1,
        "metadata": {
            "content_hash": {order.subdir: digest},
            "channels": [{"url": url, "used_env_vars": []} for url in order.channels],
            "platforms": [order.subdir],
            "sources": ["environment.yml"],
        },
        "package": [_package(row, order.subdir) for row in rows],
    }


def write_lockfile(order: WorkOrder, rows: Iterable[PackageRow]) -> None:
    """Write the document to `order.lock_artifact`; readers see all of it or none."""
    path = Path(order.lock_artifact)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{order.attempt}")
    new.write_text(json.dumps(lock_document(order, rows), indent=4) + "\n", encoding="utf-8")
    new.replace(path)


def _package(row: PackageRow, platform: str) -> dict[str, Any]:
    hashes = {"md5": row.md5, "sha256": row.sha256}
    return {
        "name": row.name,
        "version": row.version,
        "manager": row.manager,
        "platform": platform,
        "dependencies": _dependencies(row),
        "url": row.url,
        "hash": {name: value for name, value in hashes.items() if value},
        "category": "main",
        "optional": False,
    }


def _dependencies(row: PackageRow) -> dict[str, str]:
    if row.manager != "conda":
        return {}
    return {name: rest for name, _, rest in (need.partition(" ") for need in row.depends)}
