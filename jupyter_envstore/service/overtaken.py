"""Edits that came too late: another specification was asked for since they were begun."""

from __future__ import annotations

from dataclasses import replace

from ..domain.build import Build, Environment
from ..domain.errors import Conflict
from ..domain.specification import Specification
from ..store.builds import Builds


def refuse_if_overtaken(
    specification: Specification,
    environment: Environment | None,
    based_on: int | None,
    builds: Builds,
) -> None:
    """Raise `Conflict` if the newest build is of another specification than `based_on` is.

    Part of the transaction that queues the build. What was asked for twice is no conflict, and
    neither is a newest build of the very specification. A build that is gone, or of another
    environment, tells nothing.
    """
    if environment is None or based_on is None:
        return
    basis = _build_of(environment, based_on, builds)
    newest = _build_of(environment, environment.newest_build_id, builds)
    if basis is None or newest is None or newest.id <= basis.id:
        return
    if _wish(builds.specification(newest)[0]) not in (
        _wish(builds.specification(basis)[0]),
        _wish(specification),
    ):
        raise Conflict(
            f"Build {newest.id} of {environment.namespace}/{environment.name} was asked for "
            "meanwhile, with another specification than the one that you began with.",
            "Look at what it changed, and submit again.",
        )


def _build_of(environment: Environment, build_id: int | None, builds: Builds) -> Build | None:
    if build_id is None or not builds.exists(build_id):
        return None
    build = builds.find(build_id)
    return build if build and build.environment_id == environment.id else None


def _wish(specification: Specification) -> str:
    """Return the identity of what somebody wants.

    The environment may have had another name then. A lock counts only where it is all that was
    asked for: an exact rebuild has one, and is of the same specification.
    """
    lock = specification.lock if specification.is_lockfile else None
    return replace(specification, name="", lock=lock).content_id
