"""Whether a caller may use an operation on what its path names.

What shared stores hold can only be read, whatever the caller's roles: an operation that is not
among `_ON_SHARED` is refused there, so that one that is added is refused, too, until it knows them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..api.operations import BUILD_IDS, Operation
from ..domain.errors import Conflict, NotFound
from ..service.access import Access
from ..service.builds import BuildService
from ..service.shared_stores import SharedStores

_ON_SHARED = frozenset(
    [
        "build_events",
        "build_log",
        "build_lockfile",
        "build_lockfile_yaml",
        "build_lockfile_yml",
        "clone_environment",
        "compare_builds",
        "environment_lockfile",
        "environment_lockfile_yaml",
        "environment_lockfile_yml",
        "get_build",
        "get_environment",
        "get_namespace",
        "list_artifacts",
        "list_packages",
    ]
)
"""The operations on what shared stores hold. To clone an environment makes another one, here."""


_CLONE = "To change something, clone the environment into a namespace of your own first."


def admit(
    operation: Operation,
    parameters: dict[str, Any],
    access: Access,
    builds: BuildService,
    shared: SharedStores,
) -> None:
    """Raise `Forbidden` if the caller has not the permissions that the operation needs.

    Raises `Conflict` for an operation on what can only be read. Names are in the path: whether they
    exist or not, the answer is the same. An id says nothing of whose build it is, so one that the
    caller may not see is `NotFound`, as one that is not there: ids cannot be probed.
    """
    for namespace, name in _subjects(parameters, access, builds):
        for permission in operation.needed:
            access.require(permission, namespace, name)
        reason = None if namespace is None else shared.why_read_only(namespace)
        if reason is not None and operation.name not in _ON_SHARED:
            raise Conflict(f"This cannot be done in {namespace}. {reason}", _CLONE)


def _subjects(
    parameters: dict[str, Any], access: Access, builds: BuildService
) -> Iterator[tuple[str | None, str | None]]:
    ids = [parameters[name] for name in sorted(BUILD_IDS.intersection(parameters))]
    for build_id in ids:
        owner = builds.owner(build_id)
        if owner is None and access.readable.is_everything:
            continue  # The operation itself knows best what to say.
        if owner is None or not access.readable.shows(*owner):
            raise NotFound("build id does not exist")
        yield owner
    if not ids:
        yield parameters.get("namespace"), parameters.get("name")
