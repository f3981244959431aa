"""A package cache in the form of conda's and mamba's, made of the entries of the store's.

The tools look for ``<package>/info/repodata_record.json``, which says of what URL and hash a
package is; with it they take the package as it is, and ask nobody for the archive. The store's own
entries stay as they are: the view has a directory for each, with links to what is in the entry.
Everything below these links is the very file of the cache, and the tool's hard links are of it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rattler import RepoDataRecord

from ..domain.credentials import without_credentials
from .package_cache import PackageCache, entry_name

RECORD = "repodata_record.json"


def make_view(view: Path, records: Iterable[RepoDataRecord], cache: PackageCache) -> None:
    """Make the cache `view`, with an entry for each record that `cache` has."""
    view.mkdir(exist_ok=True)
    # Without it conda takes a directory for a cache that it may not write.
    (view / "urls.txt").touch()
    for record in records:
        _add(view / entry_name(record), record, cache.entry(record))


def _add(target: Path, record: RepoDataRecord, entry: Path) -> None:
    target.mkdir()
    with os.scandir(entry) as children:
        for child in children:
            if child.name == "info":
                _add_info(target / "info", record, entry / "info")
            elif child.is_dir(follow_symlinks=False):
                (target / child.name).symlink_to(child.path)
            else:
                # A symbolic link to a file would itself be linked.
                link_or_copy(child.path, target / child.name)


def _add_info(target: Path, record: RepoDataRecord, info: Path) -> None:
    target.mkdir()
    with os.scandir(info) as children:
        for child in children:
            if child.is_dir(follow_symlinks=False):
                (target / child.name).symlink_to(child.path)
            elif child.name != RECORD:
                # Real files: by linking one of them conda finds out whether it can link at all.
                link_or_copy(child.path, target / child.name)
    index = json.loads((info / "index.json").read_bytes())
    (target / RECORD).write_text(json.dumps(describe(record, index)), encoding="utf-8")


def describe(record: RepoDataRecord, index: dict[str, Any]) -> dict[str, Any]:
    """Return what the tools keep of a package: its own index, and what the channel says of it."""
    said = {
        "channel": f"{without_credentials(record.channel).rstrip('/')}/{record.subdir}",
        "constrains": list(record.constrains),
        "depends": list(record.depends),
        "fn": record.file_name,
        "md5": record.md5.hex() if record.md5 else None,
        "sha256": record.sha256.hex() if record.sha256 else None,
        "size": record.size,
        "subdir": record.subdir,
        "url": without_credentials(record.url),
    }
    return {**index, **{key: value for key, value in said.items() if value is not None}}


def explicit_list(records: Iterable[RepoDataRecord]) -> str:
    """Return the list from which the tools install without solving, in the given order.

    Hashes are MD5, which all versions understand; what is linked has been checked already.
    """
    lines = [
        f"{without_credentials(record.url)}{f'#{record.md5.hex()}' if record.md5 else ''}"
        for record in records
    ]
    return "\n".join(["@EXPLICIT", *lines]) + "\n"


def link_or_copy(source: str | Path, target: Path) -> None:
    """Give a file a second name, or a copy where the system allows no link to it."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)
