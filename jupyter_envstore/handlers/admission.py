"""Whether a caller may use an operation on what its path names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..api.operations import BUILD_IDS, Operation
from ..domain.errors import NotFound
from ..service.access import Access
from ..service.builds import BuildService


def admit(
    operation: Operation, parameters: dict[str, Any], access: Access, builds: BuildService
) -> None:
    """Raise `Forbidden` if the caller has not the permissions that the operation needs.

    Names are in the path: whether they exist or not, the answer is the same. An id says nothing
    of whose build it is, so one that the caller may not see is `NotFound`, as one that is not
    there: ids cannot be probed.
    """
    for namespace, name in _subjects(parameters, access, builds):
        for permission in operation.needed:
            access.require(permission, namespace, name)


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
