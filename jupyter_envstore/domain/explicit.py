"""Explicit files: the URLs of packages, one a line, as ``conda create --file`` takes them.

Source of the format: ``conda list --explicit``, with ``--md5`` (``URL#<hash>``) or ``--sha256``
(``URL#sha256:<hash>``). pip's packages are comments, ``# pip NAME @ URL#sha256=<hash>``, as
conda-lock writes them and ``conda-lock install`` and micromamba read them. The comments
``# channels:``, for their order, and ``# variables:`` are ours.
"""

from __future__ import annotations

import re

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)

from .lock import Gathered, Lock, LockedPackage
from .lock_variables import read_variables, variables_comment
from .package_urls import read_package_url
from .pip_lines import direct_reference

KIND = "explicit file"
MARK = "@EXPLICIT"

_COMMENT = re.compile(r"#\s*(?P<key>platform|channels):\s*(?P<value>.*)")
_PIP = re.compile(r"#\s*pip\s+(?P<name>\S+)\s*(?:@\s*(?P<url>\S+)|==\s*\S+)\s*(?P<options>.*)")
_HASH = re.compile(r"(?P<url>[^#]*)(?:#(?:(?P<kind>md5|sha256)[:=])?(?P<hash>[0-9A-Fa-f]*))?")
_PIP_HASH = re.compile(r"(?:[#&]|--hash=)(?P<kind>md5|sha256)[:=](?P<hash>[0-9A-Fa-f]+)")


def explicit_text(lock: Lock, platform: str) -> str:
    """Return the explicit file of one platform of a lock."""
    packages = lock.installed_on(platform)
    lines = [
        "# This file may be used to create an environment using:",
        "# $ conda create --name <env> --file <this file>",
        f"# platform: {platform}",
        f"# channels: {' '.join(lock.channels)}",
        *variables_comment(lock.variables),
        MARK,
    ]
    lines += [_line(package) for package in packages if package.manager == "conda"]
    lines += [_pip_line(package) for package in packages if package.manager == "pip"]
    return "\n".join(lines) + "\n"


def _line(package: LockedPackage) -> str:
    if package.sha256:
        return f"{package.url}#sha256:{package.sha256}"
    return f"{package.url}#{package.md5}" if package.md5 else package.url


def _pip_line(package: LockedPackage) -> str:
    named = direct_reference(package.name, package.url, package.sha256, package.md5)
    return f"# pip {named}"


# -- reading ----------------------------------------------------------------------------------


def read_explicit(text: str, platform: str) -> Lock:
    """Return what an explicit file says.

    `platform` is the one that it is for if neither a comment nor a URL tells. Raises
    `InvalidInput` with everything that is wrong, by lines.
    """
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    comments = {
        found["key"]: found["value"].strip()
        for _, line in lines
        if (found := _COMMENT.fullmatch(line))
    }
    platform = comments.get("platform") or _platform_of_urls(lines) or platform
    gathered = Gathered(KIND)
    for number, line in lines:
        if found := _PIP.fullmatch(line):
            _read_pip(gathered, found, platform, number)
        elif line and line != MARK and not line.startswith("#"):
            _read_conda(gathered, line, platform, number)
    return gathered.lock(comments.get("channels", "").split(), read_variables(text))


def _platform_of_urls(lines: list[tuple[int, str]]) -> str | None:
    files = (read_package_url(line.partition("#")[0].strip()) for _, line in lines)
    return next((file.subdir for file in files if file and file.subdir != "noarch"), None)


def _read_conda(gathered: Gathered, line: str, platform: str, number: int) -> None:
    found = _HASH.fullmatch(line)
    if found is None:
        gathered.refuse(f"{line[:200]!r} is not the URL of a package.", line=number)
        return
    url, digest = found["url"].strip(), found["hash"] or None
    is_sha256 = found["kind"] == "sha256" or (found["kind"] is None and len(digest or "") == 64)
    gathered.add_conda(
        f"line {number}",
        url=f"file://{url}" if url.startswith("/") else url,
        platform=platform,
        md5=None if is_sha256 else digest,
        sha256=digest if is_sha256 else None,
        line=number,
    )


def _read_pip(gathered: Gathered, found: re.Match[str], platform: str, number: int) -> None:
    written = found["url"]
    if written is None:
        gathered.refuse(
            f"The file of pip's package {found['name']} is not named.",
            hint="Write it as: # pip NAME @ URL#sha256=HASH",
            line=number,
        )
        return
    digests = _PIP_HASH.finditer(f"{written} {found['options']}")
    hashes = {digest["kind"]: digest["hash"] for digest in digests}
    url = _PIP_HASH.sub("", written).rstrip("#&")
    gathered.add_pip(
        f"line {number}",
        name=found["name"],
        version=_version_of_archive(url),
        url=url,
        platform=platform,
        line=number,
        **hashes,
    )


def _version_of_archive(url: str) -> str:
    """Return the version that the name of an archive tells; ``0`` if it tells none."""
    name = url.partition("#")[0].rpartition("/")[2]
    try:
        if name.endswith(".whl"):
            return str(parse_wheel_filename(name)[1])
        return str(parse_sdist_filename(name)[1])
    except (InvalidWheelFilename, InvalidSdistFilename):
        return "0"
