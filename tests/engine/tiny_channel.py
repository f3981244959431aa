"""Channels of very small packages, written in the test that needs them."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SUBDIRS = ("linux-64", "noarch")
PLACEHOLDER = "/placeholder" + "_hold" * 48 + "_pl"
"""As long as conda-build's: 255 characters."""
assert len(PLACEHOLDER) == 255

Content = str | bytes


@dataclass
class TinyChannel:
    """A channel in a directory; `add` packages, then read it by its `url`."""

    directory: Path
    records: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {subdir: {} for subdir in SUBDIRS}
    )

    @property
    def url(self) -> str:
        return self.directory.as_uri()

    def add(
        self,
        name: str,
        version: str = "1.0",
        files: Mapping[str, Content] | None = None,
        *,
        depends: Iterable[str] = (),
        subdir: str = "linux-64",
        modes: Mapping[str, int] | None = None,
        about: Mapping[str, str] | None = None,
        build: str = "0",
        placeholder: str = PLACEHOLDER,
        deprecated: bool = False,
    ) -> Path:
        """Write a package and index the channel; return the archive's path.

        A file whose content has the `placeholder` is one with a prefix to replace: as text, or as
        binary if it has a NUL. A `deprecated` package lists its files as old ones do.
        """
        contents = {path: _bytes(text) for path, text in (files or {f"share/{name}": name}).items()}
        index = {
            "name": name,
            "version": version,
            "build": build,
            "build_number": 0,
            "depends": list(depends),
            "subdir": subdir,
        }
        paths = [_path(path, content, placeholder) for path, content in contents.items()]
        info = {
            "info/index.json": index,
            "info/about.json": dict(about or {"license": "BSD-3-Clause", "summary": f"A {name}"}),
        }
        archive = self.directory / subdir / f"{name}-{version}-{build}.tar.bz2"
        archive.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive, "w:bz2") as tar:
            for path, content in contents.items():
                _write(tar, path, content, (modes or {}).get(path, 0o644))
            for path, document in info.items():
                _write(tar, path, json.dumps(document).encode(), 0o644)
            for path, text in _lists(paths, deprecated):
                _write(tar, path, text.encode(), 0o644)
        data = archive.read_bytes()
        self.records.setdefault(subdir, {})[archive.name] = {
            **index,
            "size": len(data),
            "md5": hashlib.md5(data).hexdigest(),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        self.index()
        return archive

    def index(self) -> None:
        for subdir, records in self.records.items():
            document = {"info": {"subdir": subdir}, "packages": records, "packages.conda": {}}
            file = self.directory / subdir / "repodata.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(document))


def _bytes(content: Content) -> bytes:
    return content if isinstance(content, bytes) else content.encode()


def _lists(paths: list[dict[str, Any]], deprecated: bool) -> Iterator[tuple[str, str]]:
    if not deprecated:
        yield "info/paths.json", json.dumps({"paths": paths, "paths_version": 1})
        return
    yield "info/files", "".join(f"{entry['_path']}\n" for entry in paths)
    yield (
        "info/has_prefix",
        "".join(
            f"{entry['prefix_placeholder']} {entry['file_mode']} {entry['_path']}\n"
            for entry in paths
            if "prefix_placeholder" in entry
        ),
    )


def _path(path: str, content: bytes, placeholder: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "_path": path,
        "path_type": "hardlink",
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_in_bytes": len(content),
    }
    if placeholder.encode() in content:
        entry["prefix_placeholder"] = placeholder
        entry["file_mode"] = "binary" if b"\0" in content else "text"
    return entry


def _write(tar: tarfile.TarFile, path: str, content: bytes, mode: int) -> None:
    member = tarfile.TarInfo(path)
    member.size = len(content)
    member.mode = mode
    member.mtime = 1_700_000_000
    tar.addfile(member, io.BytesIO(content))
