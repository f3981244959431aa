"""Write a directory tree as a ``.conda`` package.

The format is that of conda's documentation ("Package specification", and CEP 27 for ``.conda``): a
zip of two zstd-compressed tars, ``pkg-`` with the files and ``info-`` with what is known about
them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from conda_package_streaming.create import conda_builder  # type: ignore[import-untyped]

PREFIX_LENGTH = 255
"""Characters of the longest prefix that conda can write into a binary file."""

PLACEHOLDER = ("/opt/local_channel/" + "prefix_placeholder_" * PREFIX_LENGTH)[:PREFIX_LENGTH]
"""Stands in a package's files for the prefix that they will be installed to."""

TIMESTAMP = 1_760_000_000
"""Seconds since the epoch, for all packages and files: byte code is tied to its source by it."""

# Level 19, the usual one, is ten times slower for packages a tenth smaller.
COMPRESSION_LEVEL = 6


@dataclass(frozen=True)
class Metadata:
    """What a package says about itself in ``info/``."""

    name: str
    version: str
    build_string: str
    build_number: int = 0
    subdir: Literal["linux-64", "noarch"] = "linux-64"
    noarch: Literal["python", "generic"] | None = None
    depends: tuple[str, ...] = ()
    constrains: tuple[str, ...] = ()
    entry_points: tuple[str, ...] = ()  # "name = module:function", for noarch python only
    license: str = ""
    summary: str = ""
    run_exports: Mapping[str, list[str]] = field(default_factory=dict)
    site_packages: str | None = None  # python itself tells where modules go

    @property
    def stem(self) -> str:
        return f"{self.name}-{self.version}-{self.build_string}"

    def index(self) -> dict[str, Any]:
        """The content of ``info/index.json``, which becomes the record in repodata."""
        native = self.subdir == "linux-64"
        index: dict[str, Any] = {
            "arch": "x86_64" if native else None,
            "build": self.build_string,
            "build_number": self.build_number,
            "depends": list(self.depends),
            "license": self.license,
            "name": self.name,
            "platform": "linux" if native else None,
            "subdir": self.subdir,
            "timestamp": TIMESTAMP * 1000,
            "version": self.version,
        }
        if self.constrains:
            index["constrains"] = list(self.constrains)
        if self.noarch:
            index["noarch"] = self.noarch
        if self.site_packages:
            index["python_site_packages_path"] = self.site_packages
        return index


def write_package(
    tree: Path, metadata: Metadata, channel: Path, *, file_mode: int | None = None
) -> Path:
    """Write the files of ``tree`` as a package into ``channel``, and return its path.

    ``tree/info`` is written (``info/licenses`` is kept if there is one). Files that hold
    :data:`PLACEHOLDER` are recorded for prefix replacement, as text or as binary. Modes become 0755
    or 0644, whatever the umask was; ``file_mode`` gives every file that mode instead.

    Raises FileExistsError if the channel holds a package of that name, version and build string
    already.
    """
    paths = [_path_entry(tree, file) for file in _files(tree)]
    _write_info(tree / "info", metadata, paths)
    directory = channel / metadata.subdir
    directory.mkdir(parents=True, exist_ok=True)

    def normalise(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        member.mtime = TIMESTAMP
        if member.isfile():
            usual = 0o755 if member.mode & 0o111 else 0o644
            is_content = not member.name.startswith("info/")
            member.mode = file_mode if file_mode is not None and is_content else usual
        return member

    with conda_builder(metadata.stem, directory, compression_level=COMPRESSION_LEVEL) as archive:
        for file in _files(tree, with_info=True):
            archive.add(file, file.relative_to(tree).as_posix(), recursive=False, filter=normalise)
    return directory / f"{metadata.stem}.conda"


def _files(tree: Path, *, with_info: bool = False) -> Iterator[Path]:
    for path in sorted(tree.rglob("*")):
        is_info = path.relative_to(tree).parts[0] == "info"
        if (path.is_symlink() or path.is_file()) and (with_info or not is_info):
            yield path


def _path_entry(tree: Path, file: Path) -> dict[str, Any]:
    # A link is described by what it points at, as conda-build does; one that dangles, as empty.
    content = file.read_bytes() if file.is_file() else b""
    entry: dict[str, Any] = {
        "_path": file.relative_to(tree).as_posix(),
        "path_type": "softlink" if file.is_symlink() else "hardlink",
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_in_bytes": len(content),
    }
    if not file.is_symlink() and PLACEHOLDER.encode() in content:
        entry["file_mode"] = "binary" if b"\0" in content else "text"
        entry["prefix_placeholder"] = PLACEHOLDER
    return entry


def _write_info(info: Path, metadata: Metadata, paths: list[dict[str, Any]]) -> None:
    info.mkdir(exist_ok=True)
    for stale in info.iterdir():
        if stale.name != "licenses":
            shutil.rmtree(stale) if stale.is_dir() else stale.unlink()
    documents: dict[str, Any] = {
        "index.json": metadata.index(),
        "paths.json": {"paths": paths, "paths_version": 1},
        "about.json": {"license": metadata.license, "summary": metadata.summary},
    }
    if metadata.noarch == "python":
        link: dict[str, Any] = {"type": "python"}
        if metadata.entry_points:
            link["entry_points"] = list(metadata.entry_points)
        documents["link.json"] = {"noarch": link, "package_metadata_version": 1}
    if metadata.run_exports:
        documents["run_exports.json"] = dict(metadata.run_exports)
    for name, document in documents.items():
        (info / name).write_text(json.dumps(document, indent=1), encoding="utf-8")
    (info / "files").write_text("".join(f"{p['_path']}\n" for p in paths), encoding="utf-8")
    replaced = [p for p in paths if "file_mode" in p]
    if replaced:
        lines = (f"{PLACEHOLDER} {p['file_mode']} {p['_path']}\n" for p in replaced)
        (info / "has_prefix").write_text("".join(lines), encoding="utf-8")
