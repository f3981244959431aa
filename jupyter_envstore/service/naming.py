"""Environments under other names: renamed, cloned, and what was done to them under all of them."""

from __future__ import annotations

from ..builder.attempts import Attempts
from ..builder.publisher import Publisher
from ..domain.build import Build, BuildStatus, Environment
from ..domain.errors import Conflict, InvalidInput, NotFound, Problem
from ..domain.layout import Layout
from ..domain.names import name_problem
from ..domain.renamed import renamed
from ..domain.shared_names import is_shared_name
from ..domain.specification import Specification
from ..integration import links
from ..store.builds import Builds
from ..store.database import Database
from ..store.environments import Environments
from ..store.history import History, HistoryEntry
from ..store.listing import Listing, Page
from .access import Access
from .environments import EnvironmentService, Submitted, name_is_taken
from .shared_files import specification_of
from .shared_stores import SharedStores

Owner = tuple[str, str]
"""A namespace, and the name of an environment in it."""


class NamingService:
    """The use cases around names. Everything is synchronous."""

    def __init__(
        self,
        *,
        database: Database,
        environments: Environments,
        builds: Builds,
        history: History,
        attempts: Attempts,
        publisher: Publisher,
        layout: Layout,
        environment_service: EnvironmentService,
        shared: SharedStores,
    ) -> None:
        self._shared = shared
        self._database = database
        self._environments = environments
        self._builds = builds
        self._history = history
        self._attempts = attempts
        self._publisher = publisher
        self._layout = layout
        self._environment_service = environment_service

    def rename(self, namespace: str, name: str, new_name: str, *, actor: str | None) -> None:
        """Give an environment another name; builds and kernels that run go on.

        The row decides, so it is renamed as a whole or not at all; link and kernels follow it, as
        they do when a build becomes current. Raises `NotFound`, `InvalidInput` for what cannot be
        a name, `Conflict` if the name is taken, by another environment or by a foreign file.
        """
        if problem := name_problem(new_name):
            raise InvalidInput([Problem(problem[0], "name", problem[1])])
        with self._database.write():
            environment = self._environments.get(namespace, name)
            if new_name == name:
                return
            self._refuse_if_taken(namespace, new_name)
            self._environments.rename(environment.id, new_name)
            self._history.note(environment.id, "renamed", actor=actor, detail=name)
        # The new link is there before the old one goes.
        self._publisher.bring_up_to_date(namespace, new_name)
        self._publisher.bring_up_to_date(namespace, name)
        for build in self._builds.of_environment(environment.id):
            if build.status is BuildStatus.COMPLETED:
                self._attempts.amend_name(build)

    def clone(
        self,
        source: Owner,
        target: Owner,
        *,
        build_id: int | None,
        author: str | None,
        client: str | None,
        access: Access | None = None,
    ) -> Submitted:
        """Make a new environment of the specification of a build; return what was submitted.

        The rules of the new namespace hold. Raises `NotFound`, `Conflict` if the target is there
        already, and what `EnvironmentService.submit` raises.
        """
        if is_shared_name(source[0]):
            environment = self._shared.environment(*source).environment
            build, specification = self._shared_build_of(environment, build_id)
        else:
            environment = self._environments.get(*source)
            build = self._build_of(environment, build_id)
            specification, _ = self._builds.specification(build)
        specification = renamed(specification, target[1])
        service = self._environment_service
        if specification.is_lockfile:
            submitted = service.submit_specification(
                specification,
                target[0],
                author=author,
                client=client,
                access=access,
                clone_of=build,
            )
        else:
            submitted = service.submit(
                specification.text,
                target[0],
                author=author,
                client=client,
                access=access,
                clone_of=build,
            )
        made = self._environments.find(*target)
        if made is not None and environment.description and not made.description:
            self._environments.describe(made.id, environment.description)
        return submitted

    def history(self, namespace: str, name: str, listing: Listing) -> Page[HistoryEntry]:
        """Return what was done to an environment, also under former names; raise `NotFound`."""
        environment = self._environments.get(namespace, name)
        return self._history.of_environment(environment.id, listing)

    def _build_of(self, environment: Environment, build_id: int | None) -> Build:
        wanted = build_id or environment.published_build_id or environment.newest_build_id
        build = self._builds.get(wanted or 0)
        _refuse_another(environment, build)
        return build

    def _shared_build_of(
        self, environment: Environment, build_id: int | None
    ) -> tuple[Build, Specification]:
        wanted = build_id or environment.published_build_id or environment.newest_build_id
        found = self._shared.get(wanted or 0)
        if found is None:
            raise NotFound("build id does not exist")
        build, specification = found.view.build, specification_of(found)
        _refuse_another(environment, build)
        if specification is None:
            raise NotFound(
                f"The specification of build {build.id} cannot be read from its store.",
                "Clone another build of the environment.",
            )
        return build, specification

    def _refuse_if_taken(self, namespace: str, name: str) -> None:
        if self._environments.find(namespace, name) is not None:
            raise name_is_taken(namespace, name)
        link = self._layout.environment_link(namespace, name, key_version=2)
        if link is not None and links.is_foreign(link, store=self._layout.store_directory):
            raise Conflict(
                f"{link} is there already, and this store did not make it.",
                "Move it away, or choose another name.",
            )


def _refuse_another(environment: Environment, build: Build) -> None:
    if build.environment_id != environment.id:
        raise NotFound(
            "build id does not exist",
            f"Build {build.id} is not one of {environment.namespace}/{environment.name}.",
        )
