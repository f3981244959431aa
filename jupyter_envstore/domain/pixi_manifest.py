"""A pixi.toml, or the ``[tool.pixi]`` of a pyproject.toml, as a specification of one environment.

Source of the format: https://pixi.sh/latest/reference/pixi_manifest/ An environment is the union of
its features; what stands at the top of the file is the feature ``default``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from packaging.utils import canonicalize_name

from .draft import Draft
from .pixi_dependencies import match_spec, requirement
from .project_needs import DEFAULT, ProjectNeeds

_MOST_FEATURES = 100
_CONDA_TABLES = ("dependencies", "host-dependencies", "build-dependencies")
_UNSUPPORTED = {
    "constraints": "An environment.yml has no bounds on packages that it does not ask for",
    "system-requirements": "The virtual packages are those of the machine that builds; set "
    "CONDA_OVERRIDE_* under variables for others",
    "dev": "It needs the sources of packages",
}
"""Tables that change an environment and have no counterpart, and what to know of each."""
_PYPI_OPTIONS = ("index-url", "extra-index-urls")


@dataclass(frozen=True)
class Manifest:
    """The tables of a manifest, and where they are in the file."""

    root: Mapping[str, Any]
    lines: Mapping[tuple[str, ...], int]
    above: tuple[str, ...] = ()
    """The path to `root`: ``("tool", "pixi")`` in a pyproject.toml."""
    project: ProjectNeeds | None = None
    """The package whose file this is: its requirements belong to features, too."""

    @property
    def workspace(self) -> Mapping[str, Any]:
        return _table(self.root, "workspace") or _table(self.root, "project")

    @property
    def features(self) -> Mapping[str, Mapping[str, Any]]:
        """All features by name."""
        named = {name: _table(self.root.get("feature"), name) for name in self._names()}
        return {DEFAULT: self.root, **named}

    def _names(self) -> list[str]:
        others = self.project.choices if self.project else ()
        return list(dict.fromkeys([*_table(self.root, "feature"), *others]))

    def line(self, *path: str) -> int | None:
        """Return the line of a key, or of the nearest table around it."""
        whole = (*self.above, *path)
        for length in range(len(whole), 0, -1):
            if (number := self.lines.get(whole[:length])) is not None:
                return number
        return None


def read_manifest(manifest: Manifest, environment: str | None, platform: str) -> Draft:
    """Return what one environment of the manifest asks for on a platform.

    `environment` is the name of one, of a feature, or of several features with commas between;
    without it, the default one is taken, and a warning names the others.
    """
    draft = Draft()
    workspace = manifest.workspace
    wanted = _chosen_features(manifest, environment, draft)
    project = manifest.project.name if manifest.project else None
    name = workspace.get("name") or project
    if isinstance(name, str):
        chosen = environment if environment not in (None, DEFAULT) else None
        draft.name = f"{name}-{chosen.replace(',', '-')}" if chosen else name
    if isinstance(workspace.get("description"), str):
        draft.description = workspace["description"]
    _read_channels(draft, manifest, wanted)
    _read_platforms(draft, manifest, platform)
    names: set[str] = set()
    for feature in wanted:
        _read_feature(draft, manifest, feature, platform, names)
    _read_pypi_options(draft, manifest, wanted)
    for feature in wanted:
        _read_pypi(draft, manifest, feature, platform, names)
    return draft


def _chosen_features(manifest: Manifest, environment: str | None, draft: Draft) -> list[str]:
    """Return the names of the environment's features; the default one is the last, as in pixi."""
    environments = _table(manifest.root, "environments")
    features = manifest.features
    name = environment or DEFAULT
    if name in environments or name == DEFAULT:
        table = _table(environments, name)
        listed = _list(table, "features") or _list(environments, name)
        without = table.get("no-default-feature") is True
        wanted = [*map(str, listed), *([] if without else [DEFAULT])]
    else:
        wanted = [*(part.strip() for part in name.split(",")), DEFAULT]
    if len(wanted) > _MOST_FEATURES:
        draft.refuse(
            f"The environment has {len(wanted)} features; at most {_MOST_FEATURES} are read."
        )
        return []
    unknown = [feature for feature in wanted if feature not in features]
    choice = [*environments, *(f for f in features if f not in environments and f != DEFAULT)]
    if unknown:
        draft.refuse(
            f"The file has no environment or feature named {', '.join(unknown)}.",
            f"It has: {', '.join(dict.fromkeys([DEFAULT, *choice]))}.",
            place="environment",
        )
    elif environment is None and set(choice) - {DEFAULT}:
        draft.warn(
            "The default environment was taken. The file has others: "
            f"{', '.join(name for name in choice if name != DEFAULT)}.",
            "Choose one by its name.",
            place="environment",
        )
    return [feature for feature in dict.fromkeys(wanted) if feature in features]


def _read_channels(draft: Draft, manifest: Manifest, wanted: list[str]) -> None:
    of_workspace = _list(manifest.workspace, "channels")
    found: list[tuple[int, str]] = []
    for name in wanted:
        own = _list(manifest.features[name], "channels") if name != DEFAULT else []
        for entry in own or of_workspace:
            channel = entry.get("channel") if isinstance(entry, Mapping) else entry
            priority = entry.get("priority") if isinstance(entry, Mapping) else 0
            if isinstance(channel, str):
                found.append((priority if isinstance(priority, int) else 0, channel))
    found.sort(key=lambda item: -item[0])
    draft.channels = list(dict.fromkeys(channel for _, channel in found))


def _read_platforms(draft: Draft, manifest: Manifest, platform: str) -> None:
    known = [
        entry.get("platform") or entry.get("name") if isinstance(entry, Mapping) else entry
        for entry in _list(manifest.workspace, "platforms")
    ]
    if known and platform not in known:
        draft.warn(
            f"The file is for {', '.join(map(str, known))}, and not for {platform}.",
            line=manifest.line("workspace", "platforms") or manifest.line("project", "platforms"),
            place="platforms",
        )


def _read_feature(
    draft: Draft, manifest: Manifest, feature: str, platform: str, names: set[str]
) -> None:
    """Add the conda packages and variables of a feature, and say what is left out of it."""
    for table in _CONDA_TABLES:
        for name, (spec, path) in _for_platform(manifest, feature, table, platform).items():
            line = manifest.line(*path)
            if (wanted := match_spec(draft, name, spec, line)) is not None:
                names.add(canonicalize_name(name))
                draft.conda.append(wanted)
    activation = _for_platform(manifest, feature, "activation", platform)
    if "scripts" in activation:
        draft.warn("Activation scripts are left out: a specification has no files.")
    env = activation.get("env", ({}, ()))[0]
    for name, value in env.items() if isinstance(env, Mapping) else ():
        draft.variables.setdefault(name, value if isinstance(value, (str, int)) else str(value))
        if isinstance(value, str) and re.search(r"[$%]\w", value):
            draft.warn(f"The variable {name} is set as it stands: {value!r} is not expanded.")
    for table, why in _UNSUPPORTED.items():
        if manifest.features[feature].get(table):
            draft.warn(
                f"The table {table} is left out. {why}.",
                line=manifest.line(*_path_of(feature), table),
                place=table,
            )


def _read_pypi(
    draft: Draft, manifest: Manifest, feature: str, platform: str, conda: set[str]
) -> None:
    """Add the PyPI packages of a feature, except those that conda brings, as pixi does."""
    entries = _for_platform(manifest, feature, "pypi-dependencies", platform)
    project = manifest.project
    own_name = project.name if project else None
    lines: list[tuple[str, str | None]] = [
        (name, requirement(draft, name, spec, manifest.line(*path), project=own_name))
        for name, (spec, path) in entries.items()
    ]
    if project is not None:
        lines += [(_name_of(text), text) for text in project.requirements(feature)]
    for name, text in lines:
        if text is not None and canonicalize_name(name) not in conda:
            draft.pip.append(text)


def _read_pypi_options(draft: Draft, manifest: Manifest, wanted: list[str]) -> None:
    scopes = [_table(manifest.workspace, "pypi-options")]
    scopes += [_table(manifest.features[name], "pypi-options") for name in reversed(wanted)]
    index, extra = None, []
    for options in scopes:
        index = options.get("index-url") or index
        extra += [
            item.get("url") if isinstance(item, Mapping) else item
            for item in _list(options, "extra-index-urls")
        ]
        for option in options:
            if option not in ("index-url", "extra-index-urls"):
                draft.warn(
                    f"pypi-options has {option}, which an environment.yml has no words for: it is "
                    "left out.",
                    line=manifest.line("pypi-options", option),
                    place="pypi-options",
                )
    if index:
        draft.pip.append(f"--index-url {index}")
    draft.pip += [f"--extra-index-url {url}" for url in dict.fromkeys(extra) if url]


# -- tables -------------------------------------------------------------------------------------


def _for_platform(
    manifest: Manifest, feature: str, table: str, platform: str
) -> dict[str, tuple[Any, tuple[str, ...]]]:
    """Return a table's entries with their paths; those of nearer platforms replace others."""
    top = manifest.features[feature]
    above = _path_of(feature)
    entries = {key: (value, (*above, table, key)) for key, value in _table(top, table).items()}
    for target in _targets(platform):
        found = _table(_table(_table(top, "target"), target), table)
        path = (*above, "target", target, table)
        entries |= {key: (value, (*path, key)) for key, value in found.items()}
    return entries


def _targets(platform: str) -> Iterator[str]:
    """Yield the names under which a manifest may mean a platform, the nearest last."""
    system = platform.partition("-")[0]
    if system in ("linux", "osx"):
        yield "unix"
    yield system
    yield platform


def _path_of(feature: str) -> tuple[str, ...]:
    return () if feature == DEFAULT else ("feature", feature)


def _name_of(text: str) -> str:
    matched = re.match(r"[A-Za-z0-9._-]+", text)
    return matched[0] if matched else text


def _list(parent: Any, key: str) -> list[Any]:
    value = parent.get(key) if isinstance(parent, Mapping) else None
    return value if isinstance(value, list) else []


def _table(parent: Any, key: str) -> Mapping[str, Any]:
    """Return a table below another, or an empty one where there is none."""
    value = parent.get(key) if isinstance(parent, Mapping) else None
    return value if isinstance(value, Mapping) else {}
