"""A build and what is known of it, put together from the database and from its process's files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..domain.build import Build, Phase
from ..domain.errors import Problem
from ..domain.events import Progress, Refused
from ..domain.specification import Specification
from ..store.artifacts import Artifact
from ..store.builds import Builds
from ..store.environments import Environments
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


class BuildViews:
    """Makes views of builds."""

    def __init__(self, builds: Builds, environments: Environments, progress: BuildProgress) -> None:
        self._builds = builds
        self._environments = environments
        self._progress = progress

    def of(self, build: Build) -> BuildView:
        phase, progress = self._progress.of(build)
        environment = self._environments.by_id(build.environment_id)
        return BuildView(
            build=build,
            key=self._builds.key_of(build),
            published=environment is not None and environment.published_build_id == build.id,
            phase=phase,
            progress=progress,
        )
