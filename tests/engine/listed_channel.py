"""Channels of indexes alone: their packages can be looked for, and not be downloaded."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class ListedChannel:
    """A channel in a directory. `list` packages, then `write` the index."""

    directory: Path
    info: dict[str, Any] = field(default_factory=dict)
    subdirs: dict[str, dict[str, dict[str, Any]]] = field(
        default_factory=lambda: {"linux-64": {}, "noarch": {}}
    )

    @property
    def url(self) -> str:
        return self.directory.as_uri()

    def list(
        self,
        name: str,
        version: str = "1.0",
        build: str = "0",
        *,
        subdir: str = "linux-64",
        suffix: str = ".conda",
        **fields: Any,
    ) -> ListedChannel:
        file = f"{name}-{version}-{build}{suffix}"
        self.subdirs[subdir][file] = {
            "name": name,
            "version": version,
            "build": build,
            "build_number": 0,
            "depends": [],
            "license": "MIT",
            "sha256": hashlib.sha256(file.encode()).hexdigest(),
            "md5": hashlib.md5(file.encode()).hexdigest(),
            "size": 1234,
            "subdir": subdir,
            "timestamp": 1_700_000_000_000,
            **fields,
        }
        return self

    def write(self) -> ListedChannel:
        for subdir, records in self.subdirs.items():
            place = self.directory / subdir
            place.mkdir(parents=True, exist_ok=True)
            sections = {
                section: {f: r for f, r in records.items() if f.endswith(suffix)}
                for section, suffix in (("packages", ".tar.bz2"), ("packages.conda", ".conda"))
            }
            index = {"info": {"subdir": subdir, **self.info}, **sections, "removed": []}
            (place / "repodata.json").write_text(json.dumps(index))
        return self

    def describe(self, **summaries: str) -> ListedChannel:
        """Write ``channeldata.json``."""
        packages = {name: {"summary": summary} for name, summary in summaries.items()}
        self.directory.mkdir(parents=True, exist_ok=True)
        data = {"channeldata_version": 1, "packages": packages, "subdirs": list(self.subdirs)}
        (self.directory / "channeldata.json").write_text(json.dumps(data))
        return self
