"""The index: what readers of a shared store are told instead of asking its database.

A JSON file without secrets, replaced after each publish. It is the last step of publishing, so
that a difference between it and the store is the trace of a server that died on the way. What is
in it is read again by `domain.shared_content`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..domain.build import Build, Environment
from ..domain.layout import Layout
from ..domain.moments import to_optional, to_text
from ..domain.shared_content import FORMAT
from ..integration.kernelspecs import KernelCard
from ..store.namespaces import Namespace

BUILDS_EACH = 10
"""How many ended builds of an environment it tells of, besides the current one."""

Snapshot = dict[str, Any]
Owner = tuple[str, str]
"""Namespace and name of an environment."""


def make_snapshot(
    store_id: str,
    layout: Layout,
    namespaces: Iterable[Namespace],
    environments: Iterable[Environment],
    ended_builds: Iterable[Build],
    kernels: Iterable[KernelCard],
    key_of: Callable[[Build], str],
) -> Snapshot:
    """Return the content of the index, as plain JSON values.

    `ended_builds` are those of `Builds.ended`. Builds that wait or run are not told of: readers
    could not tell whether these still do.
    """
    by_environment: dict[int, list[Build]] = {}
    for build in ended_builds:
        by_environment.setdefault(build.environment_id, []).append(build)
    return {
        "format": FORMAT,
        "store_id": store_id,
        "store_directory": layout.store_directory,
        "namespaces": [
            {
                "id": namespace.id,
                "name": namespace.name,
                "environments_directory": layout.environments_directory(namespace.name),
            }
            for namespace in namespaces
        ],
        "environments": [
            _environment_entry(environment, by_environment.get(environment.id, []), layout, key_of)
            for environment in environments
        ],
        "kernels": [
            {**dataclasses.asdict(card), "directory": str(card.directory)} for card in kernels
        ],
    }


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


def _environment_entry(
    environment: Environment, builds: list[Build], layout: Layout, key_of: Callable[[Build], str]
) -> dict[str, object]:
    newest_first = sorted(builds, key=lambda build: build.id, reverse=True)
    current = next(
        (build for build in newest_first if build.id == environment.published_build_id), None
    )
    # The texts of others are in their prefixes, and this file is read whole, over networks too.
    with_text = {environment.published_build_id, *(build.id for build in newest_first[:1])}
    entries = {
        build.id: _build_entry(build, key_of(build), with_text=build.id in with_text)
        for build in newest_first
    }
    link = current and layout.environment_link(
        environment.namespace, environment.name, current.key_version
    )
    return {
        "id": environment.id,
        "namespace": environment.namespace,
        "name": environment.name,
        "description": environment.description,
        "link": link,
        "build": entries.pop(current.id) if current else None,
        "other_builds": list(entries.values()),
    }


def _build_entry(build: Build, key: str, *, with_text: bool) -> dict[str, object]:
    return {
        "id": build.id,
        "status": build.status.value,
        "status_info": build.status_info,
        "prefix": build.prefix,
        "key": key,
        "key_version": build.key_version,
        "sha256": build.sha256,
        "attempts": build.attempts,
        "size": build.size,
        "size_own": build.size_own,
        "scheduled_on": to_text(build.scheduled_on),
        "started_on": to_optional(build.started_on),
        "ended_on": to_optional(build.ended_on),
        "author": build.author,
        "note": build.note,
        "tags": list(build.tags),
        "text": build.text if with_text else None,
    }
