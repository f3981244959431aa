"""Lockfiles: built as they are, on whichever store; and builds of exactly the same packages."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from ..domain.build import Build
from ..domain.conda_lock import conda_lock_text, read_conda_lock
from ..domain.credentials import has_credentials
from ..domain.errors import Conflict, InvalidInput, Problem
from ..domain.explicit import explicit_text
from ..domain.layout import Layout
from ..domain.lock import Lock
from ..domain.lockfiles import read_lock
from ..domain.names import name_problem
from ..domain.pixi_lock import pixi_lock_text
from ..domain.specification import Specification
from ..store.builds import Builds
from ..store.files import write_atomically
from .access import Access
from .environments import Checked, EnvironmentService, Submitted


class LockfileService:
    """The use cases around lockfiles. Everything is synchronous."""

    def __init__(
        self,
        *,
        builds: Builds,
        layout: Layout,
        environment_service: EnvironmentService,
        subdir: str,
    ) -> None:
        """`subdir` is the platform of this machine."""
        self._builds = builds
        self._layout = layout
        self._environment_service = environment_service
        self._subdir = subdir

    def submit(
        self,
        text: str,
        namespace: str | None,
        *,
        name: str,
        description: str = "",
        author: str | None,
        client: str | None,
        access: Access | None = None,
        noted: Callable[[int], None] = lambda _: None,
    ) -> Submitted:
        """Ask for a build of the packages of a lockfile, of any kind that is known.

        Raises `InvalidInput` with all problems of the file or of the name, and what
        `EnvironmentService.submit_specification` raises.
        """
        return self._environment_service.submit_specification(
            self._specification(text, name, description),
            namespace,
            author=author,
            client=client,
            access=access,
            noted=noted,
        )

    def check(self, text: str, namespace: str | None, access: Access, *, name: str) -> Checked:
        """Say what is wrong with a lockfile or the name, without storing anything.

        Raises `Forbidden` to who may not solve it there.
        """
        return self._environment_service.check_read(
            lambda: self._specification(text, name, ""), namespace, access
        )

    def rebuild(self, build_id: int, *, author: str | None, client: str | None) -> int:
        """Ask for a build of the very packages that another one has; return its id.

        Raises `NotFound`, and `Conflict` if the build has no lockfile.
        """
        build = self._builds.get(build_id)
        again = self._environment_service.submit_again(
            build, author=author, client=client, lock=self.lock(build)
        )
        return again.id

    def refuse_to_restore(self, build: Build) -> None:
        """Raise if a shelved build cannot come back now: `Conflict`, `Refused`, `InvalidInput`.

        One that was shelved here was allowed when it was built. One that was imported was asked for
        elsewhere: of it, nothing is installed that is forbidden here.
        """
        lock = self.lock(build)
        if lock.packages and not lock.installed_on(self._subdir):
            raise Conflict(
                f"Build {build.id} is for {', '.join(lock.platforms)}; builds of this store are "
                f"for {self._subdir}.",
                "Restore it in a store on such a machine, or rebuild it from its specification.",
            )
        self._environment_service.refuse_if_no_room(build)
        if build.imported:
            self._environment_service.refuse_if_forbidden(build, lock)

    def lock(self, build: Build) -> Lock:
        """Return the lock of a finished build. Raises `Conflict` if there is none."""
        path = Path(self._layout.lock_artifact(build.id))
        try:
            return read_conda_lock(json.loads(path.read_bytes()))
        except FileNotFoundError:
            raise Conflict(
                f"Build {build.id} has no lockfile: it is {build.status.value}.",
                "Only a build that was finished once can be built again exactly.",
            ) from None

    def explicit(self, build_id: int) -> Path:
        """Return a lock as an explicit file. Raises `NotFound`, and `Conflict` as `lock`."""
        lock = self.lock(self._builds.get(build_id))
        return self._beside(build_id, "explicit.txt", explicit_text(lock, self._subdir))

    def pixi_lock(self, build_id: int) -> Path:
        """Return a build's lock as a pixi.lock. Raises `NotFound`, and `Conflict` as `lock`."""
        lock = self.lock(self._builds.get(build_id))
        return self._beside(build_id, "pixi.lock", pixi_lock_text(lock))

    def _beside(self, build_id: int, name: str, text: str) -> Path:
        path = Path(self._layout.lock_artifact(build_id)).with_name(name)
        write_atomically(path, text)
        return path

    def _specification(self, text: str, name: str, description: str) -> Specification:
        if problem := name_problem(name):
            raise InvalidInput([Problem(problem[0], "environment_name", problem[1])])
        lock = read_lock(text, self._subdir)
        if not lock.installed_on(self._subdir):
            raise InvalidInput(
                [
                    Problem(
                        f"The lockfile is for {', '.join(lock.platforms)}; builds of this store "
                        f"are for {self._subdir}.",
                        "platforms",
                        f"Lock the environment for {self._subdir}, too.",
                    )
                ]
            )
        specification = Specification(
            name=name,
            description=description,
            text=_public(text, lock),
            warnings=(*lock.warnings, *_extras(lock, self._subdir)),
        )
        return specification.as_lockfile(lock)


def _public(text: str, lock: Lock) -> str:
    """Return the text as it was sent, if there can be no secret in it; else that of the lock."""
    # Escapes can hide a URL from a search of the text.
    return conda_lock_text(lock) if has_credentials(text) or "\\" in text else text


def _extras(lock: Lock, platform: str) -> tuple[Problem, ...]:
    """Return what has to be said of packages that are left out."""
    installed = {package.url for package in lock.installed_on(platform)}
    others = {
        package.category
        for package in lock.packages
        if package.platform == platform and package.url not in installed
    }
    if not others:
        return ()
    return (
        Problem(
            f"Packages of the categories {', '.join(sorted(others))} are not installed: they are "
            "extras.",
            "package",
        ),
    )
