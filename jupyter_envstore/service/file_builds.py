"""Builds of files of any kind that describe environments: one way in for all who have a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..domain.errors import InvalidInput, Problem
from ..domain.renamed import renamed
from ..domain.specification import CheckMatchSpec, parse_specification
from ..domain.watched_files import environment_named_by
from .access import Access
from .conversion import ConversionService
from .environments import EnvironmentService, Submitted
from .lockfiles import LockfileService


class FileBuilds:
    """Asks for builds of environment.yml files, lockfiles, requirements and manifests."""

    def __init__(
        self,
        *,
        conversion: ConversionService,
        environments: EnvironmentService,
        lockfiles: LockfileService,
        check_match_spec: CheckMatchSpec,
    ) -> None:
        self._conversion = conversion
        self._environments = environments
        self._lockfiles = lockfiles
        self._check_match_spec = check_match_spec

    def submit(
        self,
        text: str,
        path: str,
        namespace: str | None,
        *,
        name: str | None = None,
        author: str | None = None,
        client: str | None = None,
        access: Access | None = None,
        noted: Callable[[str, int], None] = lambda _name, _build_id: None,
    ) -> Submitted:
        """Ask for a build of a file; `path` tells its kind where its content does not.

        The environment is called `name`, else as the file says, else after the file or its
        folder. `noted` is called with that and the build's id: see `submit_specification`.
        Raises `InvalidInput` for what is wrong with the file, and what that raises.
        """
        converted = self._conversion.convert(text, path)
        if converted.problems:
            raise InvalidInput(converted.problems)
        chosen = name or converted.name or environment_named_by(path)
        if converted.is_lockfile:
            return self._lockfiles.submit(
                text,
                namespace,
                name=chosen,
                author=author,
                client=client,
                access=access,
                noted=lambda made: noted(chosen, made),
            )
        read = parse_specification(
            converted.specification or "",
            check_match_spec=self._check_match_spec,
            needs_name=False,
        )
        # Under its name it is read again: what is wrong with the name is said of it.
        specification = parse_specification(
            renamed(read, chosen).text, check_match_spec=self._check_match_spec
        )
        submitted = self._environments.submit_specification(
            specification,
            namespace,
            author=author,
            client=client,
            access=access,
            noted=lambda made: noted(chosen, made),
        )
        warnings: tuple[Problem, ...] = (*converted.warnings, *submitted.warnings)
        return replace(submitted, warnings=tuple(dict.fromkeys(warnings)))
