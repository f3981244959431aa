"""pixi's lockfile: versions 6 and 7 are read, 6 is written, which every pixi of today reads.

Source of the format: ``rattler_lock``'s models of both versions. A file has environments, each
with packages by platform, and one table of all packages; version 7 gives platforms names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from .lock import Gathered, Lock, LockedPackage
from .lock_variables import variables_comment

KIND = "pixi.lock"
ENVIRONMENT = "default"
"""The environment of a workspace that has only one."""

_VERSIONS = ("6", "7")
_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_PYPI = "https://pypi.org/simple"


def pixi_lock_text(lock: Lock) -> str:
    """Return the text of a lock, as the only environment of a workspace."""
    packages = {platform: lock.installed_on(platform) for platform in lock.platforms}
    table = {package.url: package for found in packages.values() for package in found}
    environment: dict[str, Any] = {"channels": [{"url": url} for url in lock.channels]}
    if any(package.manager == "pip" for package in table.values()):
        environment["indexes"] = [_PYPI]
    environment["packages"] = {
        platform: [{_key(package): package.url} for package in found]
        for platform, found in packages.items()
    }
    document = {
        "version": 6,
        "environments": {ENVIRONMENT: environment},
        "packages": [_entry(table[url]) for url in sorted(table)],
    }
    head = "".join(f"{line}\n" for line in variables_comment(lock.variables))
    # Wide: every entry is a line, however long.
    return head + str(yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=100_000))


def _key(package: LockedPackage) -> str:
    return "conda" if package.manager == "conda" else "pypi"


def _entry(package: LockedPackage) -> dict[str, Any]:
    entry: dict[str, Any] = {_key(package): package.url}
    if package.manager == "pip":
        entry |= {"name": package.name, "version": package.version}
    elif package.url.startswith("file:"):
        # rattler reads such URLs as paths, of which it derives nothing.
        entry |= {"subdir": package.file.subdir, "channel": package.file.channel}
    entry |= {
        kind: digest
        for kind, digest in (("sha256", package.sha256), ("md5", package.md5))
        if digest is not None
    }
    if package.depends:
        entry["depends" if package.manager == "conda" else "requires_dist"] = list(package.depends)
    return entry


# -- reading ----------------------------------------------------------------------------------


def read_pixi_lock(
    document: Any, environment: str | None = None, variables: Mapping[str, str] | None = None
) -> Lock:
    """Return what a document says of one environment, which is `default` or the only one.

    The `variables` are what `lock_variables` has found in its text. Raises `InvalidInput` with
    everything that is wrong.
    """
    gathered = Gathered(KIND)
    document = _mapping(document)
    if str(document.get("version")) not in _VERSIONS:
        gathered.refuse(
            f"This is version {document.get('version')!r} of pixi's format; 6 and 7 can be read.",
            "version",
            "Write the file again with pixi lock.",
        )
        return gathered.lock(())
    chosen = _environment(gathered, _mapping(document.get("environments")), environment)
    subdirs = {
        str(platform.get("name")): str(platform.get("subdir") or platform.get("name"))
        for platform in map(_mapping, _list(document.get("platforms")))
    }
    table: dict[tuple[str, str], dict[str, Any]] = {}
    for entry in map(_mapping, _list(document.get("packages"))):
        for key in ("conda", "pypi"):
            if isinstance(entry.get(key), str):
                table.setdefault((key, entry[key]), entry)
    for name, found in _mapping(chosen.get("packages")).items():
        for index, entry in enumerate(map(_mapping, _list(found))):
            place = f"packages.{name}[{index}]"
            _read_package(gathered, place, entry, table, subdirs.get(name, name))
    channels = [_mapping(channel).get("url", channel) for channel in _list(chosen.get("channels"))]
    return gathered.lock([url for url in channels if isinstance(url, str)], variables)


def _environment(
    gathered: Gathered, environments: dict[str, Any], wanted: str | None
) -> dict[str, Any]:
    known = ", ".join(sorted(environments)) or "none"
    name = wanted or (ENVIRONMENT if ENVIRONMENT in environments else "")
    if not name and len(environments) == 1:
        (name,) = environments
    if name not in environments:
        gathered.refuse(
            f"The file has no environment {name or ENVIRONMENT!r}; it has: {known}.",
            "environments",
            "Lock a workspace whose default environment is the one to build.",
        )
        return {}
    if len(environments) > 1:
        gathered.warn(f"The environment {name} was taken of those in the file: {known}.")
    return _mapping(environments[name])


def _read_package(
    gathered: Gathered,
    place: str,
    reference: dict[str, Any],
    table: dict[tuple[str, str], dict[str, Any]],
    platform: str,
) -> None:
    key = next((key for key in ("conda", "pypi") if isinstance(reference.get(key), str)), None)
    entry = table.get((key, reference[key])) if key else None
    if key is None or entry is None or not _is_archive(reference[key]):
        what = ", ".join(str(value) for value in reference.values()) or "This"
        gathered.refuse(
            f"{what[:200]} is no archive: pixi builds it from its sources.",
            place,
            "Only packages that have been built can be installed from a lockfile.",
        )
        return
    url = entry[key]
    url = f"file://{url}" if url.startswith("/") else url
    hashes: dict[str, Any] = {
        kind: str(entry[kind]) for kind in ("md5", "sha256") if entry.get(kind)
    }
    if key == "conda":
        depends = [str(need) for need in _list(entry.get("depends"))]
        gathered.add_conda(place, url=url, platform=platform, depends=depends, **hashes)
    else:
        gathered.add_pip(
            place,
            name=str(entry.get("name")),
            version=str(entry.get("version")),
            url=url.removeprefix("direct+"),
            platform=platform,
            depends=[str(need) for need in _list(entry.get("requires_dist"))],
            **hashes,
        )


def _is_archive(location: str) -> bool:
    return "://" in location or location.startswith("/")


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
