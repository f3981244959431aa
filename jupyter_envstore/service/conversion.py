"""Files that people describe environments with, made into specifications. Nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..domain.credentials import without_credentials
from ..domain.draft import Draft
from ..domain.errors import InvalidInput, Problem
from ..domain.file_kinds import LOCKFILES, FileKind, kind_of
from ..domain.names import name_problem
from ..domain.pyproject import read_pixi_toml, read_pyproject
from ..domain.requirements_txt import read_requirements
from ..domain.specification import CheckMatchSpec, parse_specification


@dataclass(frozen=True)
class Conversion:
    """What became of a file. `specification` is what is built of it; None where nothing can be."""

    kind: FileKind
    specification: str | None
    is_lockfile: bool = False
    name: str | None = None
    warnings: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()


class ConversionService:
    """One way in for every kind of file. It neither reads nor writes anything else."""

    def __init__(self, *, check_match_spec: CheckMatchSpec, subdir: str) -> None:
        """`subdir` is conda's name of the platform that files are read for by default."""
        self._check_match_spec = check_match_spec
        self._subdir = subdir

    def convert(
        self,
        text: str,
        filename: str | None = None,
        environment: str | None = None,
        platform: str | None = None,
    ) -> Conversion:
        """Return the specification that a text stands for, whatever kind of file it is.

        `environment` chooses among those of a pixi.toml or pyproject.toml. What cannot be kept is
        among the problems, what was understood otherwise or left out among the warnings: nothing
        is dropped in silence, and nothing is raised.
        """
        kind = kind_of(text, filename)
        if kind in LOCKFILES:
            return Conversion(kind, without_credentials(text), is_lockfile=True)
        if kind == "environment.yml":
            return self._as_it_is(text)
        try:
            draft = _read(kind, text, environment or None, platform or self._subdir)
        except InvalidInput as invalid:
            return Conversion(kind, None, problems=invalid.problems)
        return self._from_draft(kind, draft)

    def _as_it_is(self, text: str) -> Conversion:
        """An environment.yml stays as it was written; problems are shown in it."""
        try:
            specification = parse_specification(
                text, check_match_spec=self._check_match_spec, needs_name=False
            )
        except InvalidInput as invalid:
            return Conversion(
                "environment.yml", without_credentials(text), problems=invalid.problems
            )
        return Conversion(
            "environment.yml",
            specification.text,
            name=specification.name or None,
            warnings=specification.warnings,
        )

    def _from_draft(self, kind: FileKind, draft: Draft) -> Conversion:
        if draft.name is not None and (problem := name_problem(draft.name)):
            draft.warn(f"The file's name for the environment was left out. {problem[0]}")
            draft.name = None
        warnings, problems = draft.warnings, draft.problems
        specification = None
        try:
            specification = parse_specification(
                draft.text, check_match_spec=self._check_match_spec, needs_name=False
            )
        except InvalidInput as invalid:
            problems = [*problems, *map(_without_lines, invalid.problems)]
        else:
            warnings = [*warnings, *map(_without_lines, specification.warnings)]
        return Conversion(
            kind,
            specification.text if specification and not problems else None,
            name=draft.name,
            warnings=tuple(map(_public, warnings)),
            problems=tuple(map(_public, problems)),
        )


def _read(kind: FileKind, text: str, environment: str | None, platform: str) -> Draft:
    if kind == "requirements.txt":
        return read_requirements(text)
    if kind == "pixi.toml":
        return read_pixi_toml(text, environment, platform)
    return read_pyproject(text, environment, platform)


def _without_lines(problem: Problem) -> Problem:
    """Forget lines and columns: they are those of a text that nobody has seen."""
    return Problem(problem.message, problem.place, problem.hint)


def _public(problem: Problem) -> Problem:
    hint = problem.hint
    return replace(
        problem,
        message=without_credentials(problem.message),
        hint=None if hint is None else without_credentials(hint),
    )
