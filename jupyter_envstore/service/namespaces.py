"""Namespaces, as users work with them."""

from __future__ import annotations

from ..domain.errors import Conflict, InvalidInput, Problem
from ..domain.names import name_problem
from ..store.environments import Environments
from ..store.listing import Listing, Page
from ..store.namespaces import Namespace, Namespaces
from .environments import EnvironmentService


class NamespaceService:
    """List, make and remove namespaces."""

    def __init__(
        self,
        namespaces: Namespaces,
        environments: Environments,
        environment_service: EnvironmentService,
    ) -> None:
        self._namespaces = namespaces
        self._environments = environments
        self._environment_service = environment_service

    def list(self, listing: Listing) -> Page[Namespace]:
        return self._namespaces.list(listing)

    def get(self, name: str) -> Namespace:
        return self._namespaces.get(name)

    def create(self, name: str) -> Namespace:
        """Raises `InvalidInput` for a name that cannot be one, `Conflict` if it exists."""
        if problem := name_problem(name, "namespace"):
            raise InvalidInput([Problem(problem[0], "namespace", problem[1])])
        return self._namespaces.create(name)

    def delete(self, name: str) -> None:
        """Remove a namespace with its environments.

        Raises `NotFound`, or `Conflict` while a kernel uses one of them or a build still ends.
        """
        self._namespaces.get(name)
        for environment in self._environments.list(Listing(), namespace=name).items:
            self._environment_service.delete(name, environment.name)
        if not self._environment_service.purge():
            raise Conflict(
                f"Builds of the namespace {name} are still being stopped.",
                "Its environments are deleted; try again in a few seconds.",
            )
        self._namespaces.delete(name)
