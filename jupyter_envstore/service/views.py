"""A build and what is known of it, put together from the database and from its process's files."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from ..domain.build import Build, Environment, Phase
from ..domain.errors import Problem
from ..domain.events import Progress, Refused
from ..domain.specification import Specification
from ..integration.kernelspecs import KernelCard
from ..store.artifacts import Artifact
from ..store.builds import Builds
from ..store.environments import Environments
from ..store.namespaces import Namespace
from .progress import BuildProgress


@dataclass(frozen=True)
class BuildView:
    """A build and what is known of it; the last five only where one build was asked for."""

    build: Build
    key: str
    published: bool
    phase: Phase | None = None
    progress: Progress | None = None
    warnings: tuple[Problem, ...] = ()
    failure: Refused | None = None
    specification: Specification | None = None
    specification_created_on: datetime | None = None
    artifacts: tuple[Artifact, ...] | None = None


@dataclass(frozen=True)
class EnvironmentView:
    """An environment and what is known of it."""

    environment: Environment
    namespace: Namespace
    newest: BuildView
    published: BuildView | None
    kernels: tuple[KernelCard, ...]
    link: str | None


class BuildViews:
    """Makes views of builds."""

    def __init__(self, builds: Builds, environments: Environments, progress: BuildProgress) -> None:
        self._builds = builds
        self._environments = environments
        self._progress = progress

    def of(self, build: Build) -> BuildView:
        return self.of_all([build])[0]

    def of_all(self, builds: Collection[Build]) -> tuple[BuildView, ...]:
        """Return the view of each build, with one query for all of them."""
        published = self._environments.published_of({build.environment_id for build in builds})
        return tuple(self._view(build, published) for build in builds)

    def _view(self, build: Build, published: Collection[int]) -> BuildView:
        phase, progress = self._progress.of(build)
        return BuildView(
            build=build,
            key=self._builds.key_of(build),
            published=build.id in published,
            phase=phase,
            progress=progress,
        )
