"""A conda environment that others made: the very packages that are in it, by its own records."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from ..domain.credentials import without_credentials
from ..domain.errors import Conflict, NotFound
from ..domain.lock import Gathered, Lock
from ..domain.package_urls import read_package_url
from ..domain.pip_lines import direct_reference

MAX_RECORD = 64 << 20
"""Bytes of one record. It lists all files of its package."""

_SITE_PACKAGES = ("lib/python3.*/site-packages", "Lib/site-packages")
_HASH = re.compile(r"(?P<kind>sha256|md5)=(?P<hash>[0-9a-f]+)")


@dataclass(frozen=True)
class ForeignPrefix:
    """What is in a prefix: conda's packages as a lock, and those that pip has added, as lines."""

    lock: Lock
    pip: tuple[str, ...] = ()


def read_foreign_prefix(prefix: Path, platform: str) -> ForeignPrefix:
    """Read the records of a prefix; nothing in it is run.

    Raises `NotFound`, `Conflict` for a directory that is no conda environment of this platform, and
    `InvalidInput` with every package that nobody could install again, by its name.
    """
    try:
        _refuse_others(prefix)
    except OSError as error:
        raise Conflict(
            f"{prefix} cannot be read: {error.strerror}.",
            "Let the user who runs the server read it, or run the command as one who may.",
        ) from error
    records = [_record(path) for path in sorted((prefix / "conda-meta").glob("*.json"))]
    _refuse_other_platform(prefix, records, platform)
    gathered = Gathered("prefix")
    for record in records:
        _add(gathered, record, platform)
    pip = list(_pip_lines(gathered, prefix, records))
    channels = Counter(
        found.channel for record in records if (found := read_package_url(_url(record)))
    )
    ordered = [channel for channel, _ in channels.most_common()]
    return ForeignPrefix(gathered.lock(ordered, _variables(prefix)), tuple(pip))


def _refuse_others(prefix: Path) -> None:
    if not prefix.is_dir():
        raise NotFound(f"There is no directory {prefix}.", "Name the prefix of an environment.")
    if (prefix / "pyvenv.cfg").exists():
        raise Conflict(
            f"{prefix} is a virtual environment of Python's (it has a pyvenv.cfg): its Python is "
            "another installation's, and no record says which files its packages came from.",
            "Import what it has instead: pip freeze > requirements.txt, then import that file.",
        )
    if not any((prefix / "conda-meta").glob("*.json")):
        raise Conflict(
            f"{prefix} is no conda environment: it has no records in conda-meta.",
            "Name the directory that has bin and conda-meta; conda env list shows them.",
        )


def _refuse_other_platform(prefix: Path, records: list[dict[str, Any]], platform: str) -> None:
    platforms = {str(record.get("subdir")) for record in records} - {"noarch", "None", platform}
    if platforms:
        raise Conflict(
            f"{prefix} is for {', '.join(sorted(platforms))}; builds of this store are for "
            f"{platform}.",
            "Import it into a store on such a machine.",
        )


def _record(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_RECORD:
            raise ValueError(f"it has more than {MAX_RECORD:,} bytes")
        record = json.loads(path.read_bytes())
        if not all(isinstance(record[key], str) for key in ("name", "version", "build")):
            raise ValueError("it names no package")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Conflict(
            f"The record {path} cannot be read: {error}.",
            "Install the package again there, or leave it out: conda remove, then import.",
        ) from error
    return dict(record)


def _url(record: dict[str, Any]) -> str:
    return str(record.get("url") or "").partition("#")[0]


def _add(gathered: Gathered, record: dict[str, Any], platform: str) -> None:
    url, place = _url(record), str(record["name"])
    hashes = {kind: record[kind] for kind in ("md5", "sha256") if isinstance(record.get(kind), str)}
    what = f"{place} {record['version']} {record['build']}"
    if read_package_url(url) is None:
        gathered.refuse(
            f"{what} has no URL in its record: it was built on that machine, or installed from a "
            "file.",
            place,
            "Put the package into a channel and install it from there, or remove it there.",
        )
    elif not hashes:
        gathered.refuse(
            f"{what} has no hash in its record: nobody could tell whether it is the same.",
            place,
            "Install it again there, with a conda that writes hashes.",
        )
    else:
        gathered.add_conda(place, url=url, platform=platform, **hashes)


# -- what pip has added -----------------------------------------------------------------------


def _pip_lines(gathered: Gathered, prefix: Path, records: list[dict[str, Any]]) -> Iterator[str]:
    """Yield a requirement for each distribution that no conda package has brought."""
    owned = {
        prefix / str(file).rpartition("/")[0]
        for record in records
        for file in record.get("files") or ()
        if str(file).endswith(("/METADATA", "/PKG-INFO"))
    }
    found = (path for pattern in _SITE_PACKAGES for path in prefix.glob(f"{pattern}/*.dist-info"))
    for path in sorted(found):
        distribution = PathDistribution(path)
        if path in owned or _installer(distribution) == "conda":
            continue
        # Without them it is what an installation that was broken off has left.
        if not distribution.read_text("METADATA") or not (name := distribution.metadata["Name"]):
            continue
        line = _requirement(canonicalize_name(name), distribution)
        if line is None:
            gathered.refuse(
                f"{name} {distribution.version} was installed by pip from a directory or a "
                "repository, of which there is no archive.",
                f"pip {name}",
                "Install a released version there, or remove it there.",
            )
        else:
            yield line


def _installer(distribution: Distribution) -> str:
    return (distribution.read_text("INSTALLER") or "").strip()


def _requirement(name: str, distribution: Distribution) -> str | None:
    """Return the line; None for what has no archive."""
    direct = distribution.read_text("direct_url.json")
    if direct is None:
        return f"{name}=={distribution.version}"
    try:
        said = json.loads(direct)
        archive, url = said["archive_info"], without_credentials(str(said["url"]))
    except (ValueError, KeyError, TypeError):
        return None
    if url.startswith("file:"):
        # A wheel of that machine, as stores install them: an index may have the version.
        return f"{name}=={distribution.version}"
    told = archive.get("hashes") or {}
    hashes = {kind: told[kind] for kind in ("sha256", "md5") if isinstance(told.get(kind), str)}
    if not hashes and (match := _HASH.fullmatch(str(archive.get("hash")))):
        hashes = {match["kind"]: match["hash"]}
    # uv notes no hash: then what the URL brings now is locked, and its hash with it.
    return direct_reference(name, url, hashes.get("sha256"), hashes.get("md5"))


def _variables(prefix: Path) -> dict[str, str]:
    try:
        state = json.loads((prefix / "conda-meta" / "state").read_text(encoding="utf-8"))
        variables = {str(key): str(value) for key, value in state["env_vars"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    # conda keeps what was unset so.
    return {key: value for key, value in variables.items() if value != "***unset***"}
