"""The index: what readers of a shared store are told instead of asking its database.

A JSON file without secrets, replaced after each publish. It is the last step of publishing, so
that a difference between it and the store is the trace of a server that died on the way.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..domain.build import Build, Environment
from ..integration.kernelspecs import KernelCard
from ..store.files import write_atomically

FORMAT = 1

Snapshot = dict[str, Any]
Owner = tuple[str, str]
"""Namespace and name of an environment."""


def make_snapshot(
    store_id: str,
    environments: Iterable[Environment],
    current_builds: Iterable[Build],
    kernels: Iterable[KernelCard],
) -> Snapshot:
    """Return the content of the index, as plain JSON values."""
    builds = {build.id: build for build in current_builds}
    return {
        "format": FORMAT,
        "store_id": store_id,
        "environments": [
            {
                "namespace": environment.namespace,
                "name": environment.name,
                "description": environment.description,
                "build": _build_entry(builds.get(environment.published_build_id or 0)),
            }
            for environment in environments
        ],
        "kernels": [
            {**dataclasses.asdict(card), "directory": str(card.directory)} for card in kernels
        ],
    }


def read_index(path: str) -> Snapshot:
    """Return what the index says; nothing if there is none, or if it cannot be read."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_index(path: str, snapshot: Snapshot) -> None:
    """Replace the index, unless it says the same already."""
    if snapshot != read_index(path):
        write_atomically(path, json.dumps(snapshot, indent=1) + "\n")


def environments_with_other_kernels(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[Owner, int | None]:
    """Return the environments whose kernels differ between two snapshots, with their new build."""
    old, new = _kernels_by_owner(before), _kernels_by_owner(after)
    return {
        owner: _build_of(new.get(owner, ()))
        for owner in old.keys() | new.keys()
        if old.get(owner) != new.get(owner)
    }


def _kernels_by_owner(snapshot: Mapping[str, Any]) -> dict[Owner, list[dict[str, Any]]]:
    owners: dict[Owner, list[dict[str, Any]]] = {}
    for kernel in snapshot.get("kernels", ()):
        owners.setdefault((kernel["namespace"], kernel["environment"]), []).append(kernel)
    return owners


def _build_of(kernels: Iterable[dict[str, Any]]) -> int | None:
    """Return the current build, by the kernels of an environment that are not pinned."""
    return next((kernel["build_id"] for kernel in kernels if not kernel.get("pinned")), None)


def _build_entry(build: Build | None) -> dict[str, object] | None:
    if build is None:
        return None
    return {
        "id": build.id,
        "prefix": build.prefix,
        "size": build.size,
        "ended_on": build.ended_on.isoformat() if build.ended_on else None,
    }
