"""The files that are made from builds: lockfile, pinned environment.yml, archives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..builder.archives import Archives
from ..builder.open_archive import OpenArchive
from ..domain.archives import FORMATS, INSTALLER, ArchiveFormat, ArchiveOrder
from ..domain.build import Build, BuildStatus
from ..domain.errors import NotFound, Refused
from ..domain.layout import Layout
from ..domain.pinned import pinned_environment
from ..domain.shared_names import is_shared_name
from ..store.artifacts import Artifact, Artifacts
from ..store.builds import Builds
from ..store.environments import Environments
from ..store.files import write_atomically
from ..store.listing import Listing
from ..store.packages import Packages
from .shared_files import lockfile_of, whole_view
from .shared_stores import SharedStores


@dataclass(frozen=True)
class ArtifactFile:
    """A file to hand out; `name` is what it is called where it is kept."""

    path: Path
    content_type: str
    name: str
    store: str | None = None
    """The directory that it has to be in, if it is a file of another store."""


ArtifactState = Literal["there", "being made", "on request"]


@dataclass(frozen=True)
class ArtifactView:
    """One file that a build can be had as, whether it is there or made when it is asked for."""

    artifact: Artifact
    state: ArtifactState
    address: str | None
    """Where it is served, below the API's root; None for the prefix, which no request gets."""
    format: str | None = None
    """Of an archive: what its name ends with. Of a lockfile and the like: what it is called."""
    size: int | None = None
    sha256: str | None = None
    """Both are known of what is there; the checksum of archives alone."""


class ArtifactService:
    """Finds artifacts, and makes those that are made when somebody asks for them."""

    def __init__(
        self,
        *,
        builds: Builds,
        environments: Environments,
        packages: Packages,
        artifacts: Artifacts,
        layout: Layout,
        archives: Archives,
        subdir: str,
        refuse_if_full: Callable[[str], None],
        shared: SharedStores,
    ) -> None:
        """`subdir` is the platform of this machine; `refuse_if_full` is told what is to be done."""
        self._shared = shared
        self._builds = builds
        self._environments = environments
        self._packages = packages
        self._artifacts = artifacts
        self._layout = layout
        self._archives = archives
        self._subdir = subdir
        self._refuse_if_full = refuse_if_full

    def list(self, build_id: int) -> tuple[ArtifactView, ...]:
        """Return every file that the build can be had as; raise `NotFound`."""
        if found := self._shared.get(build_id):
            return tuple(
                ArtifactView(artifact, "there", _address(build_id, artifact))
                for artifact in whole_view(found).artifacts or ()
            )
        build = self._builds.get(build_id)
        return tuple(
            view
            for artifact in there_are(build, self._artifacts.of_build(build_id))
            for view in self._views(build_id, artifact)
        )

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
            rows = self._packages.of_build(build_id, Listing()).items
            if build.status is not BuildStatus.COMPLETED and not (build.imported and rows):
                raise _missing(build, "environment.yml")
            specification, _ = self._builds.specification(build)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, pinned_environment(specification, (row.package for row in rows)))
        return ArtifactFile(path, "text/yaml", f"{_stem(build)}.yml")

    def archive(
        self, build_id: int, form: ArchiveFormat
    ) -> tuple[ArtifactFile, Future[OpenArchive]]:
        """Return how the archive is called, and the future of it, or of what there is by then.

        Raises `NotFound`, and `Refused` if there is no installer of the build, or no room.
        """
        build = self._builds.get(build_id)
        if form is INSTALLER and (reason := self._why_no_installer(build)):
            raise Refused(f"Build {build_id} doesn't have an installer", reason)
        if build.status is not BuildStatus.COMPLETED:
            raise _missing(build, "archive")
        if build.shelved_on is not None:
            raise NotFound(
                f"Build {build_id} has no archive: it is shelved.", "Restore it, then try again."
            )
        path = self._layout.archive(build_id, form.suffix)
        if form not in self._archives.facts(build_id):
            self._refuse_if_full("archive")
        order = ArchiveOrder(
            prefix=build.prefix,
            archive=path,
            suffix=form.suffix,
            title=f"{build.namespace}/{build.name}",
            name=build.name,
            subdir=self._subdir,
        )
        file = ArtifactFile(Path(path), form.content_type, f"{_stem(build)}.{form.suffix}")
        return file, self._archives.open(order)

    def _why_no_installer(self, build: Build) -> str | None:
        if build.status is not BuildStatus.COMPLETED:
            return f"It is {build.status.value}: only a COMPLETED build has one."
        if self._subdir.startswith("win"):
            return "Installers are made for unix; the archives hold the same packages."
        return None

    def refuse_docker_manifest(self, build_id: int) -> None:
        """Raise `NotFound`, or `Refused` in conda-store's words: no build has an image."""
        self._builds.get(build_id)
        raise Refused(
            f"Build {build_id} doesn't have a docker manifest",
            "Images are not made; the archive holds the same packages.",
        )

    def _views(self, build_id: int, artifact: Artifact) -> Iterator[ArtifactView]:
        forms = [form for form in FORMATS if form.artifact == artifact.type]
        facts = self._archives.facts(build_id) if forms else {}
        for form in forms:
            key = self._layout.archive(build_id, form.suffix)
            known = facts.get(form)
            state: ArtifactState = "there" if known else "on request"
            if known is None and self._archives.is_made(build_id, form):
                state = "being made"
            yield ArtifactView(
                artifact=Artifact(artifact.id, artifact.type, key),
                state=state,
                address=f"build/{build_id}/{form.file}",
                format=form.suffix,
                size=known and known.size,
                sha256=known and known.sha256,
            )
        texts = _TEXTS.get(artifact.type, {})
        for name, served in texts.items():
            path = Path(artifact.key).with_name(name)
            size = path.stat().st_size if path.is_file() else None
            yield ArtifactView(
                artifact=Artifact(artifact.id, artifact.type, str(path)),
                state="on request" if size is None else "there",
                address=f"build/{build_id}/{served}/",
                format=name,
                size=size,
            )
        if not forms and not texts:
            path = Path(artifact.key)
            size = path.stat().st_size if path.is_file() else None
            yield ArtifactView(artifact, "there", _address(build_id, artifact), size=size)


_TEXTS = {
    "LOCKFILE": {
        "conda-lock.yml": "lockfile",
        "explicit.txt": "explicit.txt",
        "pixi.lock": "pixi.lock",
    },
    "YAML": {"environment.yml": "yaml"},
}
"""By kind of artifact, the texts that it can be had as, and where each is served."""


def there_are(build: Build, artifacts: Iterable[Artifact]) -> tuple[Artifact, ...]:
    """Return those artifacts that a build has, or can be made of it: a shelved one has no files."""
    of_files = {"DIRECTORY", *(form.artifact for form in FORMATS)}
    gone = of_files if build.shelved_on is not None else set()
    return tuple(artifact for artifact in artifacts if artifact.type not in gone)


def _address(build_id: int, artifact: Artifact) -> str | None:
    served = {"LOGS": "logs", "LOCKFILE": "lockfile"}.get(artifact.type)
    return f"build/{build_id}/{served}/" if served else None


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
