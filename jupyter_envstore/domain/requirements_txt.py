"""A requirements.txt as a specification: pip's lines become the pip section, or are refused.

What pip reads of such a file: https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .draft import Draft
from .pip_lines import pip_line_problem
from .yaml_text import refuse_large

_COMMENT = re.compile(r"(^|\s)#.*$")
_OPTION = re.compile(r"(--?[A-Za-z][\w-]*)(?:[\s=]+(.*))?$", re.DOTALL)
_OF_REQUIREMENT = re.compile(r" (--[a-z][\w-]*)[ =]")
_VARIABLE = re.compile(r"\$\{[A-Z0-9_]+\}")
_PATH = re.compile(r"\.{0,2}[/\\]|\.{1,2}$|[A-Za-z]:[\\/]|file:|~")
_ARCHIVE = re.compile(r"\.(?:whl|zip|tar\.gz|tar\.bz2|tgz)(?:\[[^\]]*\])?$")
_EXPORTED = re.compile(r"([A-Za-z0-9_][\w.-]*)=([^=\s]+)=([^=\s]+)")

_INDEX_OPTIONS = {
    "-i": "--index-url",
    "--pypi-url": "--index-url",
    "--index-url": "--index-url",
    "--extra-index-url": "--extra-index-url",
    "--trusted-host": "--trusted-host",
}
_WHY_NOT = {
    "-r": (
        "The file {value} is not part of this one, so what it names would be missing.",
        "Put its lines here in place of this one.",
    ),
    "-c": (
        "The constraints in {value} are not part of this file, and an environment.yml has none.",
        "Put the bounds on the requirements themselves, e.g. flask<3.",
    ),
    "-e": (
        "{value} would be installed as a link to a directory that changes; builds never change.",
        "Name a released version, or the archive of a revision: name @ https://host/archive.tar.gz",
    ),
    "-f": (
        "Builds do not look for packages in {value}: only package indexes are asked.",
        "Name the file itself: name @ URL, or use --extra-index-url.",
    ),
}
_LONG = {
    "--requirement": "-r",
    "--constraint": "-c",
    "--editable": "-e",
    "--find-links": "-f",
}
_HASHES = (
    "The hashes of this file (--hash) are left out: a build writes its own into its lockfile, and "
    "does not compare them with these."
)


def read_requirements(text: str) -> Draft:
    """Return what the file asks for; lines that cannot be kept are its problems, with numbers."""
    refuse_large(text)
    lines = list(_logical_lines(text))
    draft = Draft()
    if lines and all(_EXPORTED.fullmatch(line) for _, line in lines):
        _read_conda_list(draft, [line for _, line in lines])
    else:
        for number, line in lines:
            _read_line(draft, number, line)
    if not lines:
        draft.refuse("The file names no requirement.", "Write one on each line, e.g. flask>=3")
    draft.ensure_python()
    return draft


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines as pip has them, joined where they end in a backslash, with their numbers."""
    joined, begins = "", 0
    for number, raw in enumerate([*text.lstrip("\ufeff").splitlines(), ""], start=1):
        begins = begins or number
        # A comment ends a line that goes on; pip's order of the two steps.
        if raw.endswith("\\") and not raw.lstrip().startswith("#"):
            joined += raw[:-1] + " "
            continue
        line = " ".join(_COMMENT.sub("", joined + raw).split())
        if line:
            yield begins, line
        joined, begins = "", 0


def _read_conda_list(draft: Draft, lines: list[str]) -> None:
    """Read what ``conda list --export`` writes, which only has the name in common with pip's."""
    for line in lines:
        name, version, build = line.split("=")
        if build.startswith("pypi"):
            draft.pip.append(f"{name}=={version}")
        else:
            draft.conda.append(line)
    draft.warn(
        "The file is a list of conda's packages (`conda list --export`) and names no channels: "
        "those of the store's settings are used.",
        "Add channels if the packages came from others.",
    )


def _read_line(draft: Draft, number: int, line: str) -> None:
    if line.startswith("-"):
        _read_option(draft, number, line)
        return
    if _VARIABLE.search(line):
        draft.refuse(
            f"Line {line!r} has a variable that pip would fill in; a build has no such variables.",
            "Write what it stands for.",
            line=number,
        )
        return
    requirement = _without_options(draft, number, line)
    if requirement is None:
        return
    requirement = _with_name(requirement)
    if _PATH.match(requirement) or (_ARCHIVE.search(requirement) and "://" not in requirement):
        draft.refuse(
            f"{requirement} is a file of the machine where this was written.",
            "Name a package of an index, or a URL: name @ https://...",
            line=number,
        )
        return
    if problem := pip_line_problem(requirement):
        draft.refuse(problem[0], _hint(requirement) or problem[1], line=number)
        return
    draft.pip.append(requirement)


def _read_option(draft: Draft, number: int, line: str) -> None:
    matched = _OPTION.match(line)
    if matched is None and (short := re.match(r"(-[a-z])(\S.*)$", line)):
        matched = short  # -rfile, as pip allows.
    option, value = (matched[1], (matched[2] or "").strip()) if matched else (line, "")
    if len(option) > 2 and option[1] != "-":
        option, value = option[:2], option[2:] + value
    known = _INDEX_OPTIONS.get(option)
    if known and value:
        if _VARIABLE.search(value):
            draft.warn(
                f"The variables in the URL of {known} are not filled in.",
                "Builds take credentials from UV_INDEX_* or a netrc file.",
                line=number,
            )
        draft.pip.append(f"{known} {value}")
        return
    reason = _WHY_NOT.get(_LONG.get(option, option))
    if reason and value:
        draft.refuse(reason[0].format(value=value), reason[1], line=number)
        return
    draft.refuse(
        f"The option {option} has no counterpart in an environment.yml.",
        "Remove the line if the environment is right without it.",
        line=number,
    )


def _without_options(draft: Draft, number: int, line: str) -> str | None:
    """Return a requirement without the options behind it; None if they cannot be left out."""
    first = _OF_REQUIREMENT.search(f"{line} ")
    if first is None:
        return line
    others = set(_OF_REQUIREMENT.findall(f"{line[first.start() :]} ")) - {"--hash"}
    if others:
        draft.refuse(
            f"The options {', '.join(sorted(others))} of a requirement have no counterpart in an "
            "environment.yml.",
            "Remove them if the environment is right without.",
            line=number,
        )
        return None
    if not any(warning.message == _HASHES for warning in draft.warnings):
        draft.warn(_HASHES, line=number)
    return line[: first.start()].strip()


def _with_name(requirement: str) -> str:
    """Turn ``URL#egg=name`` into what PEP 508 has for it: ``name @ URL``."""
    url, _, fragment = requirement.partition("#")
    names = [part[4:] for part in fragment.split("&") if part.startswith("egg=")]
    others = [part for part in fragment.split("&") if part and not part.startswith("egg=")]
    if not names or "://" not in url or " @ " in url:
        return requirement
    return f"{names[0]} @ {url}{'#' if others else ''}{'&'.join(others)}"


def _hint(requirement: str) -> str | None:
    matched = re.fullmatch(r"([A-Za-z0-9._-]+)\s*=\s*([\w.*+!-]+)", requirement)
    return f"pip writes {matched[1]}=={matched[2]}; a single = is conda's." if matched else None
