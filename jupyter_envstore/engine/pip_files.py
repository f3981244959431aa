"""The files that pip's packages are installed from: those of a resolution that fit the platform.

uv answers in the form of ``pylock.toml`` (PEP 751), which has every file of each package that
could be installed. A lock has one of them: the wheel that fits best, else the source.
"""

from __future__ import annotations

import sys
from collections.abc import Container, Iterable
from typing import Any

from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from ..domain.credentials import without_credentials
from ..domain.lock import LockedPackage
from .refusal import BuildRefused

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_DIGESTS = ("sha256", "md5")


def read_resolution(
    text: str, platform: str, tags: Iterable[Tag], *, but: Container[str] = ()
) -> list[LockedPackage]:
    """Return the file of each package in a ``pylock.toml``; `tags` of wheels, the best first.

    Packages whose names are in `but` are left out. Raises `BuildRefused` of kind pip for what has
    no file with a hash.
    """
    ranks = {tag: rank for rank, tag in reversed(list(enumerate(tags)))}
    packages = tomllib.loads(text).get("packages", [])
    return [_locked(package, platform, ranks) for package in packages if package["name"] not in but]


def requirements_text(packages: Iterable[LockedPackage]) -> str:
    """Return the requirements of pip that name these very files, and demand their hashes."""
    lines = []
    for package in packages:
        kind = "sha256" if package.sha256 else "md5"
        digest = package.sha256 or package.md5
        lines.append(f"{package.name} @ {package.url} --hash={kind}:{digest}\n")
    return "".join(lines)


def _locked(package: dict[str, Any], platform: str, ranks: dict[Tag, int]) -> LockedPackage:
    name = str(package["name"])
    file = package.get("archive") or _best_wheel(package.get("wheels", []), ranks)
    file = file or package.get("sdist")
    hashes = {kind: file["hashes"].get(kind) for kind in _DIGESTS} if file else {}
    if file is None or not any(hashes.values()) or "url" not in file:
        raise BuildRefused(
            "pip",
            f"There is no archive of {name} {package.get('version', '')} whose hash is known.",
            "Repositories and directories cannot be locked: name an archive instead, e.g. "
            f"{name} @ https://example.org/{name}-1.0.tar.gz",
        )
    url = without_credentials(file["url"]).partition("#")[0]
    if file.get("subdirectory"):
        url = f"{url}#subdirectory={file['subdirectory']}"
    # Who has both needs only the better one.
    md5 = None if hashes["sha256"] else hashes["md5"]
    return LockedPackage(
        name=name,
        version=str(package.get("version", "0")),
        platform=platform,
        url=url,
        manager="pip",
        md5=md5,
        sha256=hashes["sha256"],
    )


def _best_wheel(wheels: list[dict[str, Any]], ranks: dict[Tag, int]) -> dict[str, Any] | None:
    ranked = [(rank, wheel) for wheel in wheels if (rank := _rank(wheel, ranks)) is not None]
    return min(ranked, key=lambda pair: pair[0])[1] if ranked else None


def _rank(wheel: dict[str, Any], ranks: dict[Tag, int]) -> int | None:
    name = str(wheel.get("name") or str(wheel.get("url", "")).partition("#")[0].rpartition("/")[2])
    try:
        fitting = [ranks[tag] for tag in parse_wheel_filename(name)[3] if tag in ranks]
    except InvalidWheelFilename:
        return None
    return min(fitting, default=None)
