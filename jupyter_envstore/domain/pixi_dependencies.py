"""One dependency of a pixi manifest as a match spec, or as a requirement of a pip section."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from packaging.utils import canonicalize_name

from .draft import Draft
from .pip_lines import repository_problem

_CONDA_FIELDS = {
    "version": "version",
    "build": "build",
    "build-number": "build_number",
    "subdir": "subdir",
    "channel": "channel",
    "file-name": "fn",
    "md5": "md5",
    "sha256": "sha256",
}
"""The keys of a conda dependency's table, and what a match spec calls them."""
_PYPI_FIELDS = frozenset(["version", "extras", "subdirectory", "url", "env-markers"])
_BARE_VERSION = re.compile(r"v?\d[\w.+!-]*")
_OPERATOR = re.compile(r"[<>=!~^]")


def match_spec(draft: Draft, name: str, entry: Any, line: int | None) -> str | None:
    """Return the match spec; None, with a problem in the draft, if there is none."""
    if isinstance(entry, str):
        return f"{name}{_after_name(_range(draft, name, entry, line))}"
    if not isinstance(entry, Mapping):
        _refuse_type(draft, name, line)
        return None
    if isinstance(entry.get("url"), str):
        return str(entry["url"])
    if unknown := [key for key in entry if key not in _CONDA_FIELDS]:
        draft.refuse(
            f"The dependency {name} is taken from elsewhere ({', '.join(unknown)}); builds take "
            "conda packages from channels and URLs.",
            "Name a version that a channel has.",
            line=line,
        )
        return None
    given = {_CONDA_FIELDS[key]: str(value) for key, value in entry.items()}
    channel = given.pop("channel", "")
    whole = f"{channel}::{name}" if channel else name
    version = _range(draft, name, given.pop("version", "*"), line)
    if not given:
        return f"{whole}{_after_name(version)}"
    fields = {"version": version, **given} if version else given
    return f"{whole}[{','.join(f'{key}={value!r}' for key, value in fields.items())}]"


def requirement(
    draft: Draft, name: str, entry: Any, line: int | None, *, project: str | None
) -> str | None:
    """Return the requirement, as PEP 508 has it; None if the draft says why there is none.

    `project` is the name of the package whose file this is, if it is one's.
    """
    if isinstance(entry, str):
        return f"{name}{_pep440(entry)}"
    if not isinstance(entry, Mapping):
        _refuse_type(draft, name, line)
        return None
    if "path" in entry:
        _refuse_path(draft, name, str(entry["path"]), line, project)
        return None
    if "git" in entry:
        message, hint = repository_problem(name)
        draft.refuse(message, hint, line=line)
        return None
    if unknown := [key for key in entry if key not in _PYPI_FIELDS]:
        draft.refuse(
            f"The dependency {name} has {', '.join(unknown)}, which a pip section has no words "
            "for.",
            "Name an index for all packages: [pypi-options]",
            line=line,
        )
        return None
    extras = entry.get("extras")
    whole = f"{name}[{','.join(map(str, extras))}]" if isinstance(extras, list) and extras else name
    marker = f" ; {entry['env-markers']}" if entry.get("env-markers") else ""
    if "url" in entry:
        folder = f"#subdirectory={entry['subdirectory']}" if "subdirectory" in entry else ""
        return f"{whole} @ {entry['url']}{folder}{marker}"
    return f"{whole}{_pep440(str(entry.get('version', '*')))}{marker}"


def _range(draft: Draft, name: str, text: str, line: int | None) -> str:
    """Return a version or range as match specs have it, nothing if any version will do."""
    text = text.strip()
    if text in ("", "*"):
        return ""
    if not _BARE_VERSION.fullmatch(text) or text.endswith(".*"):
        return text
    draft.warn(
        f"{name} = {text!r} is read as =={text}, as pixi does.",
        f"Write {text}.* if any {text} will do.",
        line=line,
    )
    return f"=={text}"


def _after_name(version: str) -> str:
    return version if not version or _OPERATOR.match(version) else f" {version}"


def _pep440(text: str) -> str:
    text = text.strip()
    if text in ("", "*"):
        return ""
    return f"=={text}" if _BARE_VERSION.fullmatch(text) else text


def _refuse_type(draft: Draft, name: str, line: int | None) -> None:
    draft.refuse(
        f"The dependency {name} is neither text nor a table.",
        'Write a range of versions, e.g. ">=1.2,<2", or "*".',
        line=line,
    )


def _refuse_path(draft: Draft, name: str, path: str, line: int | None, project: str | None) -> None:
    is_here = path.rstrip("/\\") in (".", "")
    if is_here and project and canonicalize_name(name) == canonicalize_name(project):
        draft.warn(
            f"The project itself ({name}) is left out: no directory of yours becomes part of a "
            "build. What it needs is installed.",
            line=line,
        )
        return
    draft.refuse(
        f"The dependency {name} is the directory {path} of the machine where this was written.",
        "Name a released version, or a revision in a repository.",
        line=line,
    )
