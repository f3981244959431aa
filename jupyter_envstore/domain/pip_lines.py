"""The lines of a pip section: requirements, and the options that conda-store knows."""

from __future__ import annotations

import re
from collections.abc import Iterable

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

PIP_OPTIONS = ("--index-url", "--extra-index-url", "--trusted-host")

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")
_REPOSITORY = re.compile(r"(?:git|hg|svn|bzr)\+")


def pip_line_problem(line: str) -> tuple[str, str] | None:
    """Return (message, hint) if a line is no requirement (PEP 508) and no known option."""
    if line.startswith("-"):
        option = re.split(r"[\s=]", line, maxsplit=1)[0]
        if option in PIP_OPTIONS:
            return None
        return (
            f"Invalid pip option {line!r}, supported options are {list(PIP_OPTIONS)}",
            "Remove the option; name each requirement on a line of its own.",
        )
    try:
        requirement = Requirement(line)
    except InvalidRequirement as error:
        hint = "Write requirements as PEP 508 has them, e.g. flask>=3"
        if _REPOSITORY.match(line):
            hint = _AN_ARCHIVE.format(name="name")
        elif _URL.match(line):
            hint = f"Give the package's name first: name @ {line}"
        reason = str(error).splitlines()[0]
        return f'Invalid pypi package dependency "{line}": {reason}', hint
    if _REPOSITORY.match(requirement.url or ""):
        return repository_problem(requirement.name)
    return None


_AN_ARCHIVE = (
    "Name the archive of a revision instead, e.g. "
    "{name} @ https://github.com/OWNER/REPOSITORY/archive/REVISION.tar.gz"
)


def repository_problem(name: str) -> tuple[str, str]:
    """Return (message, hint) of a package that is to come from a repository."""
    message = f"{name} would come from a repository, which has no hash: a lock could not name it."
    return message, _AN_ARCHIVE.format(name=name)


def direct_reference(name: str, url: str, sha256: str | None, md5: str | None) -> str:
    """Return the requirement that names an archive, and its hash if one is known."""
    digest = f"sha256={sha256}" if sha256 else f"md5={md5}" if md5 else ""
    joint = ("&" if "#" in url else "#") if digest else ""
    return f"{name} @ {url}{joint}{digest}"


def directly_named(lines: Iterable[str]) -> set[str]:
    """Return the normalised names of the packages that a pip section names an archive of."""
    requirements = (Requirement(line) for line in lines if not line.startswith("-"))
    return {canonicalize_name(found.name) for found in requirements if found.url}
