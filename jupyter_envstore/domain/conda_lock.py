"""conda-lock's lockfile, version 1, as conda-store serves it: written as JSON, which is YAML too.

Source of the format: conda-lock's ``lockfile/v1/models.py``. A lock has one text: whoever builds
it gets the same bytes, so that they can be compared. Differences to conda-lock's own files: the
content hash is that of the packages and not of the question they answer, and variables of the
environment, for which the format has no place, are custom metadata.
"""

from __future__ import annotations

import json
from typing import Any

from .lock import Gathered, Lock, LockedPackage
from .lock_variables import usable_variables

KIND = "conda-lock.yml"

_VARIABLE = "variable "
"""How the names of custom metadata that are variables begin."""


def conda_lock_text(lock: Lock) -> str:
    """Return the text of a lock; locks that are equal have equal texts."""
    return json.dumps(conda_lock_document(lock), indent=4) + "\n"


def conda_lock_document(lock: Lock) -> dict[str, Any]:
    """Return the document of a lock: primitives only."""
    metadata: dict[str, Any] = {
        "content_hash": {platform: lock.content_hash(platform) for platform in lock.platforms},
        "channels": [{"url": channel, "used_env_vars": []} for channel in lock.channels],
        "platforms": list(lock.platforms),
        "sources": ["environment.yml"],
    }
    if lock.variables:
        metadata["custom_metadata"] = {
            f"{_VARIABLE}{name}": lock.variables[name] for name in sorted(lock.variables)
        }
    return {
        "version": 1,
        "metadata": metadata,
        "package": [_entry(package) for package in lock.packages],
    }


def _entry(package: LockedPackage) -> dict[str, Any]:
    hashes = {"md5": package.md5, "sha256": package.sha256}
    entry = {
        "name": package.name,
        "version": package.version,
        "manager": package.manager,
        "platform": package.platform,
        "dependencies": dict(_pair(need) for need in package.depends or ()),
        "url": package.url,
        "hash": {name: value for name, value in hashes.items() if value},
        "category": package.category,
        "optional": package.category != "main",
    }
    if package.depends is None:
        del entry["dependencies"]  # It is not known that there are none.
    return entry


def _pair(need: str) -> tuple[str, str]:
    name, _, constraint = need.partition(" ")
    return name, constraint


# -- reading ----------------------------------------------------------------------------------


def read_conda_lock(document: Any) -> Lock:
    """Return what a document says. Raises `InvalidInput` with everything that is wrong."""
    gathered = Gathered(KIND)
    document = document if isinstance(document, dict) else {}
    if str(document.get("version")) != "1":
        gathered.refuse(
            f"This is version {document.get('version')!r} of conda-lock's format; version 1 can "
            "be read.",
            "version",
            "Write the file with conda-lock 2, 3 or 4.",
        )
        return gathered.lock(())
    packages = document.get("package")
    for index, entry in enumerate(packages if isinstance(packages, list) else ()):
        _read_entry(gathered, f"package[{index}]", entry)
    metadata = document.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    return gathered.lock(_channels(metadata), _variables(metadata))


def _read_entry(gathered: Gathered, place: str, entry: Any) -> None:
    fields = entry if isinstance(entry, dict) else {}
    texts = {key: fields.get(key) for key in ("name", "version", "platform", "url")}
    if wrong := [key for key, value in texts.items() if not isinstance(value, str)]:
        gathered.refuse(f"The package has no {' and no '.join(wrong)}.", place)
        return
    if str(texts["name"]).startswith("__"):
        return  # A virtual package, which conda-lock has let slip through.
    hashes = fields.get("hash")
    hashes = hashes if isinstance(hashes, dict) else {}
    category = fields.get("category") or "main"
    found = {
        **{key: str(value) for key, value in texts.items()},
        **{key: str(hashes[key]) for key in ("md5", "sha256") if hashes.get(key)},
    }
    manager = fields.get("manager")
    if manager not in ("conda", "pip"):
        gathered.refuse(
            f"{found['name']} is of the manager {manager!r}, which is not known.", place
        )
        return
    add: Any = gathered.add_conda if manager == "conda" else gathered.add_pip
    add(place, depends=_depends(fields.get("dependencies")), category=str(category), **found)


def _depends(dependencies: Any) -> list[str] | None:
    if not isinstance(dependencies, dict):
        return None
    return [f"{name} {constraint or ''}".strip() for name, constraint in dependencies.items()]


def _channels(metadata: dict[str, Any]) -> list[str]:
    channels = metadata.get("channels")
    urls = [
        channel.get("url") if isinstance(channel, dict) else channel
        for channel in (channels if isinstance(channels, list) else ())
    ]
    return [url for url in urls if isinstance(url, str) and url.strip()]


def _variables(metadata: dict[str, Any]) -> dict[str, str]:
    custom = metadata.get("custom_metadata")
    return usable_variables(
        {
            name.removeprefix(_VARIABLE): value
            for name, value in (custom.items() if isinstance(custom, dict) else ())
            if name.startswith(_VARIABLE)
        }
    )
