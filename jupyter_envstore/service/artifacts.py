"""The files that are made from builds: lockfile, pinned environment.yml, archive."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from ..builder.archives import Archives
from ..domain.build import Build, BuildStatus
from ..domain.errors import NotFound, Refused
from ..domain.layout import Layout
from ..domain.pinned import pinned_environment
from ..domain.shared_names import is_shared_name
from ..store.builds import Builds
from ..store.environments import Environments
from ..store.files import write_atomically
from ..store.listing import Listing
from ..store.packages import Packages
from .shared_files import lockfile_of
from .shared_stores import SharedStores


@dataclass(frozen=True)
class ArtifactFile:
    """A file to hand out; `name` is what it is called where it is kept."""

    path: Path
    content_type: str
    name: str
    store: str | None = None
    """The directory that it has to be in, if it is a file of another store."""


class ArtifactService:
    """Finds artifacts, and makes those that are made when somebody asks for them."""

    def __init__(
        self,
        *,
        builds: Builds,
        environments: Environments,
        packages: Packages,
        layout: Layout,
        archives: Archives,
        shared: SharedStores,
    ) -> None:
        self._shared = shared
        self._builds = builds
        self._environments = environments
        self._packages = packages
        self._layout = layout
        self._archives = archives

    def current_build(self, namespace: str, name: str) -> int:
        """Return the id of an environment's current build, else its newest; raise `NotFound`."""
        if is_shared_name(namespace):
            view = self._shared.environment(namespace, name)
            return (view.published or view.newest).build.id
        environment = self._environments.get(namespace, name)
        build_id = environment.published_build_id or environment.newest_build_id
        if build_id is None:
            raise NotFound("build id does not exist")
        return build_id

    def lockfile(self, build_id: int) -> ArtifactFile:
        """Return the lockfile; raise `NotFound` if the build has none, or not yet."""
        if found := self._shared.get(build_id):
            name = f"{_stem(found.view.build)}.conda-lock.yml"
            return ArtifactFile(lockfile_of(found), "application/json", name, found.directory)
        build = self._builds.get(build_id)
        path = Path(self._layout.lock_artifact(build_id))
        if not path.is_file():
            raise _missing(build, "lockfile")
        return ArtifactFile(path, "application/json", f"{_stem(build)}.conda-lock.yml")

    def environment_yaml(self, build_id: int) -> ArtifactFile:
        """Return the environment.yml with exact versions; raise `NotFound` without packages."""
        build = self._builds.get(build_id)
        path = Path(self._layout.yaml_artifact(build_id))
        if not path.is_file():
            if build.status is not BuildStatus.COMPLETED:
                raise _missing(build, "environment.yml")
            specification, _ = self._builds.specification(build)
            rows = self._packages.of_build(build_id, Listing()).items
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, pinned_environment(specification, (row.package for row in rows)))
        return ArtifactFile(path, "text/yaml", f"{_stem(build)}.yml")

    def archive(self, build_id: int) -> tuple[ArtifactFile, Future[None]]:
        """Return the archive, and a future that is done when it is there; raise `NotFound`."""
        build = self._builds.get(build_id)
        if build.status is not BuildStatus.COMPLETED:
            raise _missing(build, "archive")
        path = Path(self._layout.archive_artifact(build_id))
        file = ArtifactFile(path, "application/gzip", f"{_stem(build)}.tar.gz")
        if path.is_file():
            there: Future[None] = Future()
            there.set_result(None)
            return file, there
        return file, self._archives.make(Path(build.prefix), path)

    def refuse_installer(self, build_id: int) -> None:
        """Raise `NotFound`, or `Refused` in conda-store's words: no build has an installer."""
        self._builds.get(build_id)
        raise Refused(
            f"Build {build_id} doesn't have an installer",
            "Installers are not made; the archive holds the same packages.",
        )

    def refuse_docker_manifest(self, build_id: int) -> None:
        """Raise `NotFound`, or `Refused` in conda-store's words: no build has an image."""
        self._builds.get(build_id)
        raise Refused(
            f"Build {build_id} doesn't have a docker manifest",
            "Images are not made; the archive holds the same packages.",
        )


def _stem(build: Build) -> str:
    # The colon of a shared store's namespace is no part of a file's name everywhere.
    return f"{build.namespace.replace(':', '-')}-{build.name}-{build.id}"


def _missing(build: Build, what: str) -> NotFound:
    hint = (
        "It has it when it is COMPLETED; wait for that."
        if not build.status.ended
        else "Build the environment again to have one."
    )
    return NotFound(f"Build {build.id} has no {what}: it is {build.status.value}.", hint)
