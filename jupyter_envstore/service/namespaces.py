"""Namespaces, as users work with them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..domain.entities import EVERYTHING, Scope
from ..domain.errors import Conflict, InvalidInput, Problem
from ..domain.names import name_problem
from ..domain.shared_names import is_shared_name
from ..store.database import Database
from ..store.environments import Environments
from ..store.filters import EnvironmentFilter
from ..store.listing import Listing, Page
from ..store.namespaces import Namespace, Namespaces
from .access import Access
from .environments import EnvironmentService
from .merged_lists import with_shared
from .roles import RoleService
from .shared_stores import SharedStores

_MAX_METADATA = 64 << 10
"""Bytes: the metadata of all namespaces is read whenever environments are listed."""


class NamespaceService:
    """List, make and remove namespaces."""

    def __init__(
        self,
        database: Database,
        namespaces: Namespaces,
        environments: Environments,
        environment_service: EnvironmentService,
        roles: RoleService,
        shared: SharedStores,
    ) -> None:
        self._shared = shared
        self._database = database
        self._roles = roles
        self._namespaces = namespaces
        self._environments = environments
        self._environment_service = environment_service

    def list(self, listing: Listing, scope: Scope = EVERYTHING) -> Page[Namespace]:
        """Return a page of namespaces: this store's, then those of shared stores."""
        own = self._namespaces.list(listing, scope)
        return with_shared(own, listing, self._shared.namespaces(scope), lambda row, _: row.name)

    def get(self, name: str) -> Namespace:
        """Return one namespace; raise `NotFound`."""
        if is_shared_name(name):
            return self._shared.namespace(name)
        return self._namespaces.get(name)

    def create(self, name: str) -> Namespace:
        """Raises `InvalidInput` for a name that cannot be one, `Conflict` if it exists."""
        if problem := name_problem(name, "namespace"):
            raise InvalidInput([Problem(problem[0], "namespace", problem[1])])
        return self._namespaces.create(name)

    def update(
        self,
        access: Access,
        name: str,
        metadata: dict[str, Any] | None,
        role_mappings: Mapping[str, Sequence[str]] | None,
    ) -> None:
        """Replace what is given, or nothing: see `describe` and `RoleService.replace`."""
        with self._database.write():
            self._namespaces.get(name)
            if metadata is not None:
                self.describe(name, metadata)
            if role_mappings is not None:
                self._roles.replace(access, name, role_mappings)

    def describe(self, name: str, metadata: dict[str, Any]) -> None:
        """Replace the metadata. Raises `NotFound`, or `InvalidInput` for too much of it."""
        length = len(json.dumps(metadata).encode())
        if length > _MAX_METADATA:
            raise InvalidInput(
                [
                    Problem(
                        f"The metadata has {length} bytes; it may have {_MAX_METADATA} at most.",
                        "metadata",
                        "Keep larger things elsewhere, and a link to them here.",
                    )
                ]
            )
        self._namespaces.describe(name, metadata)

    def delete(self, name: str) -> None:
        """Remove a namespace with its environments.

        Raises `NotFound`, or `Conflict` while a kernel uses one of them or a build still ends.
        """
        self._namespaces.get(name)
        wanted = EnvironmentFilter(namespace=name)
        for environment in self._environments.list(Listing(), wanted).items:
            self._environment_service.delete(name, environment.name)
        if not self._environment_service.purge():
            raise Conflict(
                f"Builds of the namespace {name} are still being stopped.",
                "Its environments are deleted; try again in a few seconds.",
            )
        self._namespaces.delete(name)
