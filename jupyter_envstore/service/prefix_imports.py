"""Conda environments that others made, built in the store of the very same packages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..domain.environment_text import environment_text
from ..domain.errors import InvalidInput, Problem
from ..domain.explicit import explicit_text
from ..domain.names import name_problem
from ..engine.foreign_prefix import ForeignPrefix, read_foreign_prefix
from .environments import EnvironmentService, Submitted
from .lockfiles import LockfileService


class PrefixImports:
    """Reads prefixes of this machine's disk: for administrators, who may read it anyway."""

    def __init__(
        self, *, environments: EnvironmentService, lockfiles: LockfileService, subdir: str
    ) -> None:
        self._environments = environments
        self._lockfiles = lockfiles
        self._subdir = subdir

    def submit(
        self,
        prefix: Path,
        namespace: str | None,
        name: str,
        *,
        author: str | None = None,
        client: str | None = None,
    ) -> Submitted:
        """Ask for a build of what is in a prefix; that stays as it is.

        conda's packages are installed by their URLs and hashes. Where pip has added packages, no
        record says from which files: then all is pinned, by version and build, and solved.
        Raises what `read_foreign_prefix` and `submit_specification` raise.
        """
        if problem := name_problem(name):
            raise InvalidInput([Problem(problem[0], "name", problem[1])])
        found = read_foreign_prefix(prefix, self._subdir)
        if found.pip:
            submitted = self._environments.submit(
                _pinned(found, name), namespace, author=author, client=client
            )
            warnings: tuple[Problem, ...] = (_solved(found),)
        else:
            text = explicit_text(found.lock, self._subdir)
            submitted = self._lockfiles.submit(
                text, namespace, name=name, author=author, client=client
            )
            warnings = ()
        warnings = (*found.lock.warnings, *warnings, *submitted.warnings)
        return replace(submitted, warnings=tuple(dict.fromkeys(warnings)))


def _pinned(found: ForeignPrefix, name: str) -> str:
    files = [package.file for package in found.lock.packages]
    return environment_text(
        name=name,
        channels=found.lock.channels,
        conda=[f"{file.name}={file.version}={file.build}" for file in files],
        pip=found.pip,
        variables=found.lock.variables,
    )


def _solved(found: ForeignPrefix) -> Problem:
    number = len(found.pip)
    what = "1 package was" if number == 1 else f"{number} packages were"
    return Problem(
        f"{what} installed there by pip, which keeps no record of the files: conda's packages are "
        "pinned by version and build, pip's by version.",
        "pip",
    )
