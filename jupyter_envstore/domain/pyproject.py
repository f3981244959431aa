"""A pyproject.toml or a pixi.toml as a specification: what a project or a workspace needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from packaging.specifiers import InvalidSpecifier

from . import toml_text
from .draft import Draft
from .pip_lines import pip_line_problem
from .pixi_manifest import Manifest, read_manifest
from .project_needs import DEFAULT, ProjectNeeds

_POETRY = (
    "The dependencies are in [tool.poetry], which only Poetry understands.",
    "Export them first: poetry export -f requirements.txt",
)
_DYNAMIC = (
    "The project's dependencies are dynamic: they are known only when the project is built.",
    "Import the file that they come from, e.g. requirements.txt.",
)


def read_pixi_toml(text: str, environment: str | None, platform: str) -> Draft:
    """Return what one environment of a pixi.toml asks for; raise `InvalidInput` for no TOML."""
    manifest = Manifest(toml_text.load(text), toml_text.lines_of(text))
    draft = read_manifest(manifest, environment, platform)
    draft.ensure_python()
    return draft


def read_pyproject(text: str, environment: str | None, platform: str) -> Draft:
    """Return what a project needs; raise `InvalidInput` for what is no TOML.

    `environment` is one of pixi's where the file has ``[tool.pixi]``; else it names extras and
    dependency groups, with commas between.
    """
    document, lines = toml_text.load(text), toml_text.lines_of(text)
    project = ProjectNeeds(document)
    tools = document.get("tool")
    pixi = tools.get("pixi") if isinstance(tools, Mapping) else None
    if isinstance(pixi, Mapping):
        manifest = Manifest(pixi, lines, ("tool", "pixi"), project)
        draft = read_manifest(manifest, environment, platform)
    else:
        draft = Draft(name=project.name)
        _read_project(draft, project, environment, lines)
        if not draft.pip and not draft.problems and _is_poetry_s(document):
            draft.refuse(*_POETRY, line=lines.get(("tool", "poetry", "dependencies")))
    if project.is_dynamic:
        draft.refuse(*_DYNAMIC, line=lines.get(("project", "dynamic")))
    _add_python(draft, project, lines)
    return draft


def _read_project(
    draft: Draft,
    project: ProjectNeeds,
    environment: str | None,
    lines: Mapping[tuple[str, ...], int],
) -> None:
    chosen = [part.strip() for part in (environment or "").split(",") if part.strip()]
    chosen = [name for name in chosen if name != DEFAULT]
    choices = project.choices
    if unknown := [name for name in chosen if name not in choices]:
        draft.refuse(
            f"The file has no extra or dependency group named {', '.join(unknown)}.",
            f"It has: {', '.join(choices)}." if choices else "It has none.",
            place="environment",
        )
        return
    if environment is None and choices:
        draft.warn(
            "Only what the project itself needs was taken. The file has extras and groups: "
            f"{', '.join(choices)}.",
            "Choose some by their names.",
            place="environment",
        )
    for name in dict.fromkeys([DEFAULT, *chosen]):
        for text in project.requirements(name):
            if problem := pip_line_problem(text):
                draft.refuse(*problem, line=lines.get(("project", "dependencies")))
            draft.pip.append(text)
    if project.name:
        draft.warn(f"The project itself ({project.name}) is left out: what it needs is installed.")


def _add_python(draft: Draft, project: ProjectNeeds, lines: Mapping[tuple[str, ...], int]) -> None:
    """Ask for a Python that the project accepts, where the dependencies name none."""
    if draft.names_python:
        return
    try:
        python = project.python
    except InvalidSpecifier:
        python = None
        draft.warn(
            f"requires-python = {project.requires_python!r} is no range of versions and was left "
            "out.",
            line=lines.get(("project", "requires-python")),
        )
    if python is not None:
        draft.conda.insert(0, python)
    draft.ensure_python()


def _is_poetry_s(document: Mapping[str, Any]) -> bool:
    return isinstance(document.get("tool"), Mapping) and "poetry" in document["tool"]
